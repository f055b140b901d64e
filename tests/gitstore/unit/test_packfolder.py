"""The folder of packs: how one gets there and goes, under a name that no git is about to remove."""

import errno
import subprocess
from functools import partial
from pathlib import Path

import pytest

from gitstore.disk.files import Files
from gitstore.kinds import BLOB
from gitstore.objects import packfolder, packs
from gitstore.objects.batch import Batch
from tests.support.stores import DyingFiles, WatchedFiles, git, in_child, judge, open_store, save
from tests.support.telling import Telling

KEEP = "gitstore: until the branch has moved\n"
"""The same in each version: one finds what another left."""


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


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A `.git` as far as packs need it."""
    directory = tmp_path / ".git"
    for below in ("objects/pack", "gitstore/stage"):
        (directory / below).mkdir(parents=True)
    (directory / "gitstore/keep").write_text(KEEP)
    return directory


PACK = packs.pack_of([packs.packed(BLOB, b"one"), packs.packed(BLOB, b"two")])
NAME = f"pack-{PACK[0]}"


def listed(directory: Path) -> list[str]:
    """The folder of packs, and what is on stage."""
    folders = (directory / "objects/pack", directory / "gitstore/stage")
    return sorted(path.name for folder in folders for path in folder.iterdir())


def test_a_pack_is_flushed_guarded_put_in_place_before_its_index_and_its_names_flushed(
    directory: Path,
) -> None:
    files = Telling()
    assert packfolder.install(files, directory, PACK, read_back=True) == NAME
    assert [told for told in files.told if not told.startswith("write")] == [
        f"flush {NAME}.pack",
        f"flush {NAME}.idx",
        f"link {NAME}.keep",
        f"rename {NAME}.pack",
        f"rename {NAME}.idx",
        "flush folder pack",
    ]
    assert listed(directory) == [f"{NAME}.idx", f"{NAME}.keep", f"{NAME}.pack"]
    folder = directory / "objects/pack"
    assert (folder / f"{NAME}.pack").read_bytes() == PACK[1]
    assert (folder / f"{NAME}.idx").read_bytes() == PACK[2]
    assert (folder / f"{NAME}.keep").read_text() == KEEP
    assert packfolder.unfinished(directory) == ([NAME], [])
    packfolder.release(files, directory, NAME)
    assert listed(directory) == [f"{NAME}.idx", f"{NAME}.pack"]
    packfolder.release(files, directory, NAME)


@pytest.mark.parametrize("found", ["a guard of somebody else", "no text", "no folders"])
def test_a_pack_is_guarded_whatever_is_missing_or_in_the_way(directory: Path, found: str) -> None:
    keep = directory / f"objects/pack/{NAME}.keep"
    if found == "a guard of somebody else":
        keep.write_text("by hand\n")
    else:
        (directory / "gitstore/keep").unlink()
    if found == "no folders":
        (directory / "objects/pack").rmdir()
        (directory / "gitstore/stage").rmdir()
    files = Telling()
    packfolder.install(files, directory, PACK)
    assert listed(directory) == [f"{NAME}.idx", f"{NAME}.keep", f"{NAME}.pack"]
    assert keep.read_text() == KEEP
    assert keep.samefile(directory / "gitstore/keep")
    if found == "no text":
        at = files.told.index("rename keep")
        assert files.told[at - 1 : at + 3] == [
            "flush keep",
            "rename keep",
            "flush folder gitstore",
            f"link {NAME}.keep",
        ]
    (directory / "gitstore/keep").write_text("as it is")
    (directory / "objects/pack").rename(directory / "objects/elsewhere")
    packfolder.install(Files(), directory, PACK)
    assert keep.read_text() == "as it is", "a text that is there is not written anew"


def test_a_pack_that_is_not_what_was_written_is_never_seen_by_git(directory: Path) -> None:
    class Wrong(Files):
        def write(self, descriptor: int, content: bytes | bytearray) -> None:
            super().write(descriptor, content[:-1] + b"?")

    with pytest.raises(OSError, match="not what was written") as raised:
        packfolder.install(Wrong(), directory, PACK, read_back=True)
    assert raised.value.errno == errno.EIO
    assert listed(directory) == []


@pytest.mark.parametrize("failing", ["link", "rename", "flush_directory"])
def test_a_pack_that_could_not_be_put_in_place_is_withdrawn(
    directory: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    files = Files()
    monkeypatch.setattr(files, failing, fail)
    with pytest.raises(OSError, match="Input/output"):
        packfolder.install(files, directory, PACK)
    seen = [f"{NAME}.idx", f"{NAME}.pack"] if failing == "flush_directory" else []
    assert listed(directory) == seen, "what git has seen whole is for git to drop"


@pytest.mark.parametrize("gone", [".idx", ".pack"])
def test_of_a_withdrawn_pack_half_goes_and_a_whole_one_stays_without_its_guard(
    directory: Path, gone: str
) -> None:
    packfolder.install(Files(), directory, PACK)
    with Batch(Files()) as batch:
        assert packfolder.stage(batch, directory, PACK) == NAME
        batch.flush()
    packfolder.withdraw(Files(), directory, NAME)
    assert listed(directory) == [f"{NAME}.idx", f"{NAME}.pack"]
    (directory / f"objects/pack/{NAME}{gone}").unlink()
    packfolder.withdraw(Files(), directory, NAME)
    assert listed(directory) == ([] if gone == ".idx" else [f"{NAME}.idx"])


def test_of_a_pack_that_is_removed_the_index_goes_first_and_all_that_git_put_beside_it(
    directory: Path,
) -> None:
    packfolder.install(Files(), directory, PACK)
    packfolder.release(Files(), directory, NAME)
    for suffix in (".rev", ".bitmap", ".mtimes"):
        (directory / f"objects/pack/{NAME}{suffix}").touch()
    (directory / "objects/pack/pack-other.pack").touch()
    files = Telling()
    packfolder.remove(files, directory, NAME)
    assert listed(directory) == ["pack-other.pack"]
    assert files.told[0] == f"unlink {NAME}.idx"
    assert files.told[-1] == f"unlink {NAME}.pack"


def test_guards_of_ours_and_halves_of_packs_are_told_and_nothing_else(directory: Path) -> None:
    folder = directory / "objects/pack"
    for name in ("pack-1.pack", "pack-1.idx", "pack-2.pack", "pack-3.idx", "tmp_pack_4", "4.pack", "4.idx"):
        (folder / name).touch()
    for name in ("pack-1.rev", "pack-5.bitmap", "multi-pack-index", "tmp_idx_6", "tmp-7.pack", "pack-8"):
        (folder / name).touch()
    (folder / "pack-1.keep").write_text(KEEP)
    (folder / "pack-2.keep").write_text("by hand\n")
    (folder / "pack-9.keep").write_text(KEEP)
    (folder / "mine.keep").write_text(KEEP)
    assert packfolder.unfinished(directory) == (
        ["pack-1", "pack-9"],
        [folder / "pack-2.pack", folder / "pack-3.idx"],
    )


def test_a_joint_index_goes_with_what_belongs_to_it(directory: Path) -> None:
    folder = directory / "objects/pack"
    (folder / "multi-pack-index-1.rev").touch()
    packfolder.forget_joint_index(Files(), directory)
    assert listed(directory) == ["multi-pack-index-1.rev"], "it is no business of ours"
    for name in ("multi-pack-index", "multi-pack-index-2.bitmap", "pack-1.idx"):
        (folder / name).touch()
    packfolder.forget_joint_index(Files(), directory)
    assert listed(directory) == ["pack-1.idx"]


def test_a_name_that_only_an_index_has_is_taken(directory: Path) -> None:
    pieces = packs.pieces([packs.packed(BLOB, b"one"), packs.packed(BLOB, b"two")], lambda _: None, set())
    (directory / f"objects/pack/pack-{packs.encode(pieces)[0]}.idx").touch()
    name, content, _ = packfolder.encode_anew(directory, pieces)
    assert name != packs.encode(pieces)[0]
    assert len(content) == len(packs.encode(pieces)[1]) + 5, "one empty block"
    assert packfolder.encode_anew(directory, pieces)[0] == name
