"""Where the branch is, and how it is moved."""

import errno
from pathlib import Path

import pytest

from gitstore import BranchDamaged
from gitstore.disk.files import Files
from gitstore.git import refs
from gitstore.git.gitlock import Taken
from gitstore.git.refs import BRANCH, Moved
from gitstore.objects.batch import Batch
from tests.support.stores import FailingFiles, WatchedFiles

ONE, TWO, OTHER = "1" * 40, "2" * 40, "a" * 40


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "refs/heads").mkdir(parents=True)
    (tmp_path / "HEAD").write_text(f"ref: {BRANCH}\n")
    (tmp_path / BRANCH).write_text(ONE + "\n")
    return tmp_path


def move(files: Files, directory: Path, expected: str = ONE, patience: float = 0) -> None:
    with Batch(files) as batch:
        lock = refs.prepare(batch, directory, TWO)
        batch.flush()
    who = "A <a> 1 +0000"
    refs.move(files, directory, lock, expected=expected, new=TWO, who=who, why="why", patience=patience)


def test_a_ref_is_a_file_or_a_line_of_packed_refs_and_the_file_counts(directory: Path) -> None:
    packed = f"# pack-refs with: peeled\n{TWO} {BRANCH}\n{OTHER} refs/tags/v1\n^{ONE}\n{OTHER}\n"
    (directory / "packed-refs").write_text(packed)
    assert refs.read(directory) == ONE
    (directory / BRANCH).unlink()
    assert refs.read(directory) == TWO
    assert refs.read(directory, "refs/tags/v1") == OTHER
    assert refs.read(directory, "refs/tags/v2") is None
    assert refs.packed(directory) == {BRANCH: TWO, "refs/tags/v1": OTHER}
    (directory / "packed-refs").unlink()
    assert refs.read(directory) is None
    assert refs.packed(directory) == {}


def test_a_folder_in_place_of_a_ref_is_none(directory: Path) -> None:
    assert refs.read(directory, "refs/heads") is None
    assert refs.read(directory, f"{BRANCH}/below") is None


@pytest.mark.parametrize("content", ["", "\n", ONE[1:], ONE + "1", "ref: refs/heads/other", "g" * 40])
def test_a_file_that_names_no_commit_is_damage_and_not_absence(directory: Path, content: str) -> None:
    (directory / BRANCH).write_text(content)
    with pytest.raises(BranchDamaged) as raised:
        refs.read(directory)
    assert (raised.value.place, raised.value.reason) == (BRANCH, "names no commit")


def test_a_ref_that_cannot_be_read_is_damage_and_not_absence(directory: Path) -> None:
    (directory / BRANCH).unlink()
    (directory / BRANCH).symlink_to("main")  # a loop
    with pytest.raises(BranchDamaged) as raised:
        refs.read(directory)
    assert raised.value.place == BRANCH


def test_a_ref_that_git_packs_between_our_two_looks_is_found(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (directory / BRANCH).unlink()
    looks = iter([{}, {}])

    def meanwhile(where: Path) -> dict[str, str]:
        (where / BRANCH).write_text(TWO)
        return next(looks)

    monkeypatch.setattr(refs, "packed", meanwhile)
    assert refs.read(directory) == TWO


def test_head_names_a_ref_or_a_commit(directory: Path) -> None:
    assert refs.head(directory) == BRANCH
    (directory / "HEAD").write_text(ONE + "\n")
    assert refs.head(directory) == ONE
    (directory / "HEAD").write_text("ref:refs/heads/é\n")
    assert refs.head(directory) == "refs/heads/é"


def test_names_of_refs_are_bytes_that_need_not_be_letters(directory: Path) -> None:
    (directory / "packed-refs").write_bytes(f"{ONE} refs/heads/".encode() + b"\xc3\xa9 \xff\n")
    assert refs.packed(directory) == {"refs/heads/é \udcff": ONE}
    (directory / "HEAD").write_bytes(b"ref: refs/heads/\xc3\xa9\xff\n")
    assert refs.head(directory) == "refs/heads/é\udcff"


def test_a_reflog_takes_any_name_and_no_descriptor_is_kept(directory: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    with Batch(Files()) as batch:
        lock = refs.prepare(batch, directory, TWO)
    refs.move(Files(), directory, lock, expected=ONE, new=TWO, who="É\udcff", why="é", patience=0)
    assert (directory / "logs" / BRANCH).read_bytes() == f"{ONE} {TWO} É?\té\n".encode()
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_head_that_is_gone_does_not_hinder_the_move(directory: Path) -> None:
    (directory / "HEAD").unlink()
    move(Files(), directory)
    assert refs.read(directory) == TWO


def test_the_branch_is_moved_and_its_folder_flushed_before_anything_else(directory: Path) -> None:
    files = WatchedFiles()
    move(files, directory)
    assert (directory / BRANCH).read_text() == TWO + "\n"
    line = f"{ONE} {TWO} A <a> 1 +0000\twhy\n"
    assert (directory / "logs" / BRANCH).read_text() == line
    assert (directory / "logs/HEAD").read_text() == line
    assert not (directory / f"{BRANCH}.lock").exists()
    assert list((directory / "gitstore/locks").iterdir()) == []
    after = files.calls[files.calls.index("rename") :]
    assert after[:3] == ["rename", "unlink", "flush_directory"]
    assert files.calls[: files.calls.index("link")][-3:] == ["create", "write", "flush"]


def test_with_another_branch_checked_out_its_reflog_alone_tells_of_the_move(directory: Path) -> None:
    (directory / "HEAD").write_text("ref: refs/heads/other\n")
    move(Files(), directory)
    move_back = (directory / "logs" / BRANCH).read_text()
    assert move_back.startswith(ONE)
    assert not (directory / "logs/HEAD").exists()


def test_a_branch_that_is_elsewhere_is_left_there(directory: Path) -> None:
    with pytest.raises(Moved):
        move(Files(), directory, expected=OTHER)
    assert (directory / BRANCH).read_text() == ONE + "\n"
    assert not (directory / f"{BRANCH}.lock").exists()
    assert not (directory / "logs").exists()
    move(Files(), directory)


def test_a_branch_whose_folder_git_took_away_is_moved(directory: Path) -> None:
    (directory / BRANCH).unlink()
    (directory / "refs/heads").rmdir()
    (directory / "packed-refs").write_text(f"{ONE} {BRANCH}\n")
    move(Files(), directory)
    assert refs.read(directory) == TWO


def test_a_lock_of_gits_is_waited_for_and_never_broken(directory: Path) -> None:
    lock = directory / f"{BRANCH}.lock"
    lock.touch()
    with pytest.raises(Taken) as raised:
        move(Files(), directory)
    assert raised.value.path == lock
    assert lock.exists()
    assert refs.read(directory) == ONE


def test_a_reflog_that_cannot_be_written_does_not_undo_the_move(directory: Path) -> None:
    counting = WatchedFiles()
    (directory / "copy").mkdir()
    move(counting, directory)
    (directory / BRANCH).write_text(ONE + "\n")
    until = counting.calls.index("flush_directory", counting.calls.index("rename")) + 1
    created = counting.calls.index("write") - 1  # the first time, folders were made before
    move(FailingFiles(until - created + 1, errno.ENOSPC, for_good=True), directory)
    assert refs.read(directory) == TWO
    assert (directory / "logs" / BRANCH).read_text().count("\n") == 1


@pytest.mark.parametrize("torn", [b"1111", b"one\ntwo\n33"])
def test_half_a_line_that_a_crash_left_in_a_reflog_goes_with_the_next_one(
    torn: bytes, directory: Path
) -> None:
    for name in (BRANCH, "HEAD"):
        path = directory / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(torn)
    move(Files(), directory)
    whole = torn[: torn.rfind(b"\n") + 1] + f"{ONE} {TWO} A <a> 1 +0000\twhy\n".encode()
    assert (directory / "logs" / BRANCH).read_bytes() == (directory / "logs/HEAD").read_bytes() == whole
