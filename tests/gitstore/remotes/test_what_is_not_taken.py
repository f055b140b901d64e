"""What a remote has and what is not taken: what is missing, refused, too much, or no store of ours."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gitstore import errors
from gitstore.transport import Fetched, Limits, direct
from tests.support.remotes import serve
from tests.support.remotes.copies import bare, given, sound, store, tip, transport, untouched
from tests.support.stores import git


def spoil(kind: str) -> Callable[[Path], None]:
    def act(far: Path) -> None:
        if kind == "missing blob":
            blob = git(far, "rev-parse", "main:cli/one/history.jsonl").strip()
            for pack in (far / "objects/pack").glob("*.pack"):
                pack.rename(far / "moved.pack")
                git(far, "unpack-objects", "-q", stdin=(far / "moved.pack").read_bytes())
            for left in (far / "objects/pack").iterdir():
                left.unlink()
            (far / "objects" / blob[:2] / blob[2:]).unlink()
        else:
            names = {"dot git": b".git", "dots": b"..", "slash": b"a/b"}
            raw = bytes.fromhex(git(far, "rev-parse", "main:gitstore.json").strip())
            entries = {b"gitstore.json": raw, names[kind]: raw}
            tree = b"".join(b"100644 %s\0%s" % (name, entries[name]) for name in sorted(entries))
            made = git(far, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=tree).strip()
            commit = git(far, "commit-tree", made, "-p", "main", "-m", "spoiled").strip()
            git(far, "update-ref", "refs/heads/main", commit)

    return act


@pytest.mark.parametrize("kind", ["missing blob"])
@pytest.mark.parametrize("server", ["folder", "daemon"])
@pytest.mark.parametrize("large", [0, 1 << 20])
def test_a_history_of_which_something_is_missing_is_not_taken(
    kind: str, server: str, *, large: int, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "_LARGE", large)
    with serve(server, tmp_path / "served") as served:
        far = bare(served.root / "far.git")
        given(store(tmp_path / "one", 1, 2), far)
        spoil(kind)(far)
        two = store(tmp_path / "two", url=served.url())
        before = tip(two)
        with pytest.raises((errors.RemoteBroken, errors.RemoteUnreachable)):
            transport(two, way, served).fetch("far")
        untouched(two, before)


@pytest.mark.parametrize("kind", ["dot git", "dots", "slash"])
@pytest.mark.parametrize("server", ["folder", "daemon"])
@pytest.mark.parametrize("large", [0, 1 << 20])
def test_what_git_refuses_is_left_out_and_the_rest_is_taken(
    kind: str, server: str, *, large: int, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "_LARGE", large)
    with serve(server, tmp_path / "served") as served:
        far = bare(served.root / "far.git")
        one = given(store(tmp_path / "one", 1, 2), far)
        spoil(kind)(far)
        two = store(tmp_path / "two", url=served.url())
        before = tip(two)
        found = transport(two, way, served).fetch("far")
        assert found.refused is not None
        assert [each.path for each in found.left_out] == [
            {"dot git": ".git", "dots": "..", "slash": "a/b"}[kind]
        ]
        assert found.tip == tip(two, "refs/remotes/far/main") != tip(far)
        assert git(two, "rev-parse", f"{found.tip}^").strip() == tip(one)
        assert git(two, "ls-tree", "--name-only", found.tip or "").split() == ["gitstore.json"]
        again = transport(two, way, served).fetch("far")
        assert (again.tip, again.refused, again.rewound) == (found.tip, found.refused, False)
        assert tip(two) == before
        sound(two)


@pytest.mark.parametrize("server", ["folder", "daemon"])
def test_an_object_that_is_too_large_is_refused(server: str, way: str, tmp_path: Path) -> None:
    with serve(server, tmp_path / "served") as served:
        far = bare(served.root / "far.git")
        one = store(tmp_path / "one", 1)
        (one / "large").write_bytes(b"a" * 300_000)  # a few hundred bytes when it is compressed
        git(one, "add", "large")
        git(one, "commit", "--quiet", "-m", "large")
        given(one, far)
        two = store(tmp_path / "two", url=served.url())
        before = tip(two)
        with pytest.raises(errors.RemoteTooLarge) as caught:
            transport(two, way, served, limits=Limits(object=200_000)).fetch("far")
        assert caught.value.limit == 200_000
        untouched(two, before)
        assert transport(two, way, served, limits=Limits(object=300_000)).fetch("far").tip == tip(one)


@pytest.mark.parametrize("server", ["folder", "daemon"])
def test_too_many_bytes_are_refused(server: str, way: str, tmp_path: Path) -> None:
    with serve(server, tmp_path / "served") as served:
        far = bare(served.root / "far.git")
        one = store(tmp_path / "one", 1)
        (one / "large").write_bytes(os.urandom(3_000_000))
        git(one, "add", "large")
        git(one, "commit", "--quiet", "-m", "large")
        given(one, far)
        two = store(tmp_path / "two", url=served.url())
        before = tip(two)
        with pytest.raises(errors.RemoteTooLarge):
            transport(two, way, served, limits=Limits(total=100_000)).fetch("far")
        untouched(two, before)


def committed(far: Path, names: dict[str, bytes]) -> None:
    rows = "".join(
        f"100644 blob {git(far, 'hash-object', '-w', '--stdin', stdin=content).strip()}\t{name}\n"
        for name, content in names.items()
    )
    tree = git(far, "mktree", stdin=rows.encode()).strip()
    git(far, "update-ref", "refs/heads/main", git(far, "commit-tree", tree, "-m", "made").strip())


@pytest.mark.parametrize(
    ("names", "error"),
    [
        ({"gitstore.json": b'{"format": 2}'}, errors.RemoteTooNew),
        ({"gitstore.json": b"nonsense"}, errors.RemoteNotAStore),
        ({"gitstore.json": b'{"format": true}'}, errors.RemoteNotAStore),
        ({"main.c": b"int main;", "README.md": b"a program"}, errors.RemoteNotAStore),
    ],
)
def test_what_is_no_store_of_ours_is_not_taken(
    names: dict[str, bytes], error: type[errors.RemoteError], way: str, tmp_path: Path
) -> None:
    committed(bare(tmp_path / "far.git"), names)
    two = store(tmp_path / "two", url=str(tmp_path / "far.git"))
    before = tip(two)
    with pytest.raises(error):
        transport(two, way).fetch("far")
    untouched(two, before)


@pytest.mark.parametrize(
    ("names", "is_store"),
    [
        ({"README.md": b"hello", "LICENSE": b"mine", ".gitignore": b""}, False),
        ({"gitstore.json": b'{"format": 1}\n', "notes.txt": b"kept"}, True),
    ],
)
def test_what_a_host_or_a_person_put_there_is_no_hindrance(
    names: dict[str, bytes], is_store: bool, way: str, tmp_path: Path
) -> None:
    far = bare(tmp_path / "far.git")
    committed(far, names)
    two = store(tmp_path / "two", url=str(far))
    assert transport(two, way).fetch("far") == Fetched(tip(far), is_store=is_store)


def test_a_shallow_remote_is_told(way: str, tmp_path: Path) -> None:
    one = store(tmp_path / "one", 1, 2, 3)
    git(tmp_path, "clone", "--quiet", "--bare", "--depth=1", f"file://{one}", str(tmp_path / "far.git"))
    two = store(tmp_path / "two", url=f"file://{tmp_path / 'far.git'}")
    before = tip(two)
    with pytest.raises(errors.RemoteBroken, match="shallow"):
        transport(two, way).fetch("far")
    untouched(two, before)


def test_a_shallow_store_exchanges(way: str, tmp_path: Path) -> None:
    far = bare(tmp_path / "far.git")
    one = given(store(tmp_path / "one", 1, 2, 3), far)
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{far}", str(tmp_path / "two"))
    two = store(tmp_path / "two", 5)
    git(two, "update-ref", "-d", "refs/remotes/origin/main")
    given(store(one, 4), far)
    found = transport(two, way).fetch("origin")
    assert found.tip == tip(far)
    git(two, "fsck", "--full", "--strict")
