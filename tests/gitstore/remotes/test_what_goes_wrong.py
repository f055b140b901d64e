import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitstore import errors
from gitstore.disk.files import Files
from gitstore.git import remotes
from gitstore.transport import Fetched, Limits, Pushed, Rejected, direct
from tests.support.remotes import Served, cutting, missing, serve, silent
from tests.support.remotes.copies import WAYS, bare, given, sound, store, tip, transport
from tests.support.stores import git

QUICK = Limits(silence=1.0)


@pytest.fixture
def tmp_path(memory: Path) -> Path:
    return memory


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Served]:
    if reason := missing("http"):
        pytest.skip(reason)
    with serve("http", tmp_path / "served") as found:
        yield found


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Served]:
    if reason := missing("daemon"):
        pytest.skip(reason)
    with serve("daemon", tmp_path / "served") as found:
        yield found


def untouched(path: Path, before: str | None) -> None:
    sound(path)
    assert tip(path) == before
    assert tip(path, "refs/remotes/far/main") is None


def test_a_wrong_password_is_told_and_not_shown(web: Served, way: str, tmp_path: Path) -> None:
    given(store(tmp_path / "one", 1), bare(web.root / "far.git"))
    two = store(tmp_path / "two", 2, url=web.wrong_password())
    before = tip(two)
    assert before is not None
    for act in (
        lambda: transport(two, way, web).fetch("far"),
        lambda: transport(two, way, web).push("far", before, None),
    ):
        with pytest.raises(errors.RemoteRefused) as caught:
            act()
        assert "wr0ng" not in str(caught.value)
        assert caught.value.remote == "far"
    assert "wr0ng" not in remotes.find(two / ".git", "far").shown
    untouched(two, before)


def test_who_has_no_password_is_refused_and_nobody_is_asked(web: Served, way: str, tmp_path: Path) -> None:
    bare(web.root / "far.git")
    two = store(tmp_path / "two", url=f"http://127.0.0.1:{web.port}/far.git")
    with pytest.raises(errors.RemoteRefused):
        transport(two, way, web).fetch("far")


def test_a_password_is_asked_for_where_gitstore_speaks(web: Served, tmp_path: Path) -> None:
    one = given(store(tmp_path / "one", 1), bare(web.root / "far.git"))
    two = store(tmp_path / "two", url=f"http://127.0.0.1:{web.port}/far.git")
    asked: list[str] = []

    def answer(host: str) -> tuple[str, str]:
        asked.append(host)
        return ("tester", "s3cret-word")

    assert transport(two, "direct", web, credentials=answer).fetch("far").tip == tip(one)
    assert asked == ["127.0.0.1"]


def test_a_page_that_moved_is_followed(web: Served, way: str, tmp_path: Path) -> None:
    one = given(store(tmp_path / "one", 1), bare(web.root / "far.git"))
    two = store(tmp_path / "two", url=web.url("moved/far.git"))
    assert transport(two, way, web).fetch("far").tip == tip(one)


@pytest.mark.parametrize("kind", ["folder", "file", "daemon", "http", "ssh"])
def test_a_repository_that_is_not_there_is_told(kind: str, way: str, tmp_path: Path) -> None:
    if reason := missing(kind):
        pytest.skip(reason)
    with serve(kind, tmp_path / "served") as served:
        two = store(tmp_path / "two", url=served.url("none.git"))
        before = tip(two)
        with pytest.raises((errors.RemoteUnreachable, errors.RemoteRefused)) as caught:
            transport(two, way, served).fetch("far")
        assert "s3cret" not in str(caught.value)
        untouched(two, before)


@pytest.mark.parametrize("scheme", ["git", "http", "ssh"])
def test_a_server_that_says_nothing_is_left(scheme: str, way: str, tmp_path: Path) -> None:
    if scheme == "ssh" and (reason := missing("ssh")):
        pytest.skip(reason)
    with silent() as port:
        two = store(tmp_path / "two", url=f"{scheme}://127.0.0.1:{port}/far.git")
        before = tip(two)
        assert before is not None
        for act in (
            lambda: transport(two, way, limits=QUICK).fetch("far"),
            lambda: transport(two, way, limits=QUICK).push("far", before, None),
        ):
            with pytest.raises(errors.RemoteSilent) as caught:
                act()
            assert caught.value.seconds == 1.0
        untouched(two, before)


def test_nobody_there_is_told(way: str, tmp_path: Path) -> None:
    with silent() as port:
        pass
    two = store(tmp_path / "two", url=f"git://127.0.0.1:{port}/far.git")
    with pytest.raises(errors.RemoteUnreachable):
        transport(two, way).fetch("far")


@pytest.mark.parametrize("kind", ["daemon", "http"])
def test_a_connection_cut_anywhere_leaves_nothing(kind: str, way: str, tmp_path: Path) -> None:
    if reason := missing(kind):
        pytest.skip(reason)
    with serve(kind, tmp_path / "served") as served:
        one = given(store(tmp_path / "one", 1, 2), bare(served.root / "far.git"))
        two = store(tmp_path / "two", 9, url="/nowhere")
        before = tip(two)
        assert served.port is not None
        with cutting(served.port) as passed:
            url = served.url().replace(str(served.port), str(passed.port))
            git(two, "config", "remote.far.url", url)
            assert transport(two, way, served).fetch("far").tip == tip(one)
        whole = passed.came
        git(two, "update-ref", "-d", "refs/remotes/far/main")
        git(two, "gc", "--quiet", "--prune=now")
        places = [0, 3, 40, whole // 3, whole // 2]
        if way == "direct":  # git is told what the server does, in more or fewer words
            # the server may send the same in one packet less, which is 5 bytes
            places += [whole - 200, whole - 30, whole - 12]
        for after in places:
            with cutting(served.port, after) as passed:
                url = served.url().replace(str(served.port), str(passed.port))
                git(two, "config", "remote.far.url", url)
                # Git takes half an answer to be one that refuses.
                with pytest.raises((errors.RemoteUnreachable, errors.RemoteBroken, errors.RemoteRefused)):
                    transport(two, way, served).fetch("far")
            untouched(two, before)


def test_a_cut_push_is_told_and_can_be_done_again(daemon: Served, way: str, tmp_path: Path) -> None:
    far = bare(daemon.root / "far.git")
    one = store(tmp_path / "one", 1, url="/nowhere")
    new = tip(one)
    assert new is not None
    assert daemon.port is not None
    for after in (0, 20, 60):
        with cutting(daemon.port, after) as passed:
            git(one, "config", "remote.far.url", f"git://127.0.0.1:{passed.port}/far.git")
            with pytest.raises((errors.RemoteUnreachable, errors.RemoteBroken)):
                transport(one, way).push("far", new, None)
        sound(one)
    git(one, "config", "remote.far.url", daemon.url())
    found = transport(one, way).fetch("far")
    if found.tip is None:
        assert transport(one, way).push("far", new, None) == Pushed(new)
    assert tip(far) == new


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


def test_a_branch_that_is_checked_out_there_is_told(way: str, tmp_path: Path) -> None:
    far = store(tmp_path / "far", 1)
    one = store(tmp_path / "one", 1, url=str(far))
    git(one, "fetch", "--quiet", "far", "main")
    git(one, "reset", "--quiet", "--hard", "FETCH_HEAD")
    (one / ".git/FETCH_HEAD").unlink()
    expected = tip(one)
    store(one, 2)
    new = tip(one)
    assert new is not None
    with pytest.raises(errors.RemoteRejected, match="checked out") as caught:
        transport(one, way).push("far", new, expected)
    assert not re.search(r"[\x00-\x1f]", caught.value.reason)
    assert tip(far) == expected
    assert git(far, "status", "--porcelain") == ""
    sound(one)


@pytest.mark.parametrize("server", ["daemon", "http"])
def test_what_a_hook_says_is_told(server: str, way: str, tmp_path: Path) -> None:
    with serve(server, tmp_path / "served") as served:
        far = bare(served.root / "far.git")
        hook = far / "hooks/pre-receive"
        hook.write_text("#!/bin/sh\nprintf '\\033[31mnot today\\n' >&2\nexit 1\n")
        hook.chmod(0o755)
        one = store(tmp_path / "one", 1, url=served.url())
        new = tip(one)
        assert new is not None
        with pytest.raises(errors.RemoteRejected, match="pre-receive hook declined"):
            transport(one, way, served).push("far", new, None)
        assert tip(far) is None


def test_nothing_of_the_stores_own_hooks_runs(tmp_path: Path) -> None:
    far = bare(tmp_path / "far.git")
    one = store(tmp_path / "one", 1, url=str(far))
    for name in ("pre-push", "reference-transaction", "post-merge", "post-checkout"):
        hook = one / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        hook.chmod(0o755)
    git(one, "config", "core.hooksPath", str(one / ".git/hooks"))
    git(one, "config", "remote.far.uploadpack", f"touch {tmp_path}/ran; git-upload-pack")
    new = tip(one)
    assert new is not None
    assert transport(one, "git").push("far", new, None) == Pushed(new)
    assert transport(one, "git").fetch("far").tip == new
    assert not (tmp_path / "ran").exists()


def test_an_address_that_names_a_program_is_never_used(way: str, tmp_path: Path) -> None:
    two = store(tmp_path / "two")
    for url in (
        f"ext::touch {tmp_path}/ran",
        "fd::3",
        "-u:x",
        "--upload-pack=touch",
        "ssh://-oProxyCommand=x/y",
    ):
        with pytest.raises(errors.UrlRefused):
            remotes.add(Files(), two / ".git", "far", url)
        git(two, "config", "remote.far.url", url)
        with pytest.raises(errors.UrlRefused):
            transport(two, way).fetch("far")
        git(two, "config", "--unset-all", "remote.far.url")
    with pytest.raises(errors.RemoteNotFound):
        transport(two, way).fetch("far")
    assert not (tmp_path / "ran").exists()


def test_who_pushes_at_the_same_time_is_told_apart(way: str, tmp_path: Path) -> None:
    far = bare(tmp_path / "far.git")
    one, two = store(tmp_path / "one", 1, url=str(far)), store(tmp_path / "two", 2, url=str(far))
    found = []
    for path in (one, two):
        new = tip(path)
        assert new is not None
        found.append(transport(path, way).push("far", new, None))
    assert isinstance(found[0], Pushed)
    assert isinstance(found[1], Rejected)
