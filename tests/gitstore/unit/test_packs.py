"""The names of packs: none that git's garbage collection may be about to remove."""

import subprocess
from functools import partial
from pathlib import Path

from gitstore import packfolder, packs
from gitstore.kinds import BLOB
from tests.support.stores import DyingFiles, WatchedFiles, git, in_child, judge, open_store, save


def named(path: Path) -> set[str]:
    return {found.stem for found in (path / ".git/objects/pack").glob("*.idx")}


def test_a_pack_gets_a_name_that_none_has_and_holds_the_same(tmp_path: Path) -> None:
    pieces = packs.pieces([packs.packed(BLOB, b"a" * 50), packs.packed(BLOB, b"b")], lambda _: None, set())
    folder = tmp_path / "objects" / "pack"
    folder.mkdir(parents=True)
    listed, names = set(), []
    for _ in range(4):
        name, content, index = packfolder.encode_anew(tmp_path, pieces)
        names.append(name)
        (folder / f"pack-{name}.pack").write_bytes(content)
        made = tmp_path / "made.idx"
        subprocess.run(
            ["git", "index-pack", "--strict", "-o", made, folder / f"pack-{name}.pack"],
            check=True,
            capture_output=True,
            cwd=tmp_path,
        )
        assert made.read_bytes() == index
        shown = subprocess.run(["git", "show-index"], input=index, check=True, capture_output=True).stdout
        listed.add(tuple(line.split()[1] for line in shown.splitlines()))
    assert names[0] == packs.encode(pieces)[0]
    assert len(set(names)) == 4
    assert len(listed) == 1


def test_a_turn_that_is_taken_again_does_not_take_a_packs_name_again(tmp_path: Path) -> None:
    def clock() -> float:
        return 1_790_000_000.0

    def die(path: Path, at: int) -> None:
        with open_store(path, clock=clock, files=DyingFiles(at, half=False)) as store:
            save(store, "aaaaaaaa", 2)

    first = tmp_path / "first"
    with open_store(first, clock=clock) as store:
        save(store, "aaaaaaaa", 1)
    watched = WatchedFiles()
    with open_store(first, clock=clock, files=watched) as store:
        before = len(watched.calls)
        save(store, "aaaaaaaa", 2)
        calls = watched.calls[: watched.calls.index("flush_directory", before + 4) + 1]
    path = tmp_path / "sessions"
    with open_store(path, clock=clock) as store:
        save(store, "aaaaaaaa", 1)
    old = named(path)
    tip = git(path, "rev-parse", "main")
    assert in_child(partial(die, path, len(calls) + 1)) == 9
    (void,) = named(path) - old
    assert git(path, "rev-parse", "main") == tip, "it died before the branch moved"
    ran = (path / f".git/objects/pack/{void}.pack").stat()
    with open_store(path, clock=clock):
        assert git(path, "rev-parse", "main") != tip
        (anew,) = named(path) - old - {void}
        again = (path / f".git/objects/pack/{void}.pack").stat()
        assert (ran.st_ino, ran.st_mtime_ns) == (again.st_ino, again.st_mtime_ns)
        for suffix in (".idx", ".pack"):  # as a git does in the end that had listed it before
            (path / f".git/objects/pack/{void}{suffix}").unlink()
        git(path, "cat-file", "-e", "main")
        assert anew != void
    judge(path, [("aaaaaaaa", 1), ("aaaaaaaa", 2)])
