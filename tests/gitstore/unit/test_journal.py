"""The journal of one process: its bytes, when it is flushed, and what a failing disk leaves."""

import errno
import os
import struct
import zlib
from pathlib import Path

import pytest

from gitstore import Identity, NotSaved, ReadOnly
from gitstore.changes import journal
from gitstore.changes.journal import Journal, Saved
from gitstore.disk.files import Files
from gitstore.disk.locking import locked_by_another
from tests.support.stores import FailingFiles, WatchedFiles, exchange, in_child

SAVED = Saved(exchange("aaaaaaaa", 1), Identity("A", "a@example.invalid"), 12.5)


def test_a_frame_is_laid_out_as_the_format_says() -> None:
    payload = b"payload"
    head = b"GSJ1" + struct.pack(">II", 7, zlib.crc32(b"\x01" + payload)) + b"\x01"
    assert journal.frame(1, payload) == head + payload
    (found,) = journal.scan(head + payload).frames
    assert (found.type, found.payload, found.end) == (1, payload, len(head) + 7)


def test_frames_are_found_from_an_offset_on_and_what_lies_between_is_told() -> None:
    one, two = journal.frame(1, b"one"), journal.frame(16, b"two")
    content = b"??" + one + b"!!!" + two + b"GSJ1 torn"
    found = journal.scan(content)
    assert [(frame.type, frame.payload) for frame in found.frames] == [(1, b"one"), (16, b"two")]
    assert found.damaged == [(0, 2), (2 + len(one), 5 + len(one))]
    assert found.torn == 9
    later = journal.scan(content, 2 + len(one))
    assert [frame.payload for frame in later.frames] == [b"two"]
    assert later.frames[0].end == len(content) - 9
    assert later.damaged == [(2 + len(one), 5 + len(one))]
    assert journal.scan(b"").torn == 0
    assert journal.scan(one).torn == 0


@pytest.mark.parametrize("length", [8, (1 << 30) + 1, 0xFFFF_FFFF])
def test_a_length_beyond_the_file_is_no_frame(length: int) -> None:
    head = b"GSJ1" + struct.pack(">II", length, zlib.crc32(b"\x01payload")) + b"\x01"
    assert journal.scan(head + b"payload") == journal.Scan([], [], len(head) + 7)


def test_a_change_is_written_and_flushed_before_it_counts_as_saved(tmp_path: Path) -> None:
    files = WatchedFiles()
    own = Journal(files, tmp_path / "journal")
    assert own.name is None
    end = own.append(SAVED)
    assert files.calls == [
        "make_directory", "flush_directory", "create", "flush_directory", "write", "flush",
    ]  # fmt: skip
    files.calls.clear()
    assert own.append(SAVED) == 2 * end
    assert files.calls == ["write", "flush"]
    assert own.path is not None
    assert own.path.stat().st_size == 2 * end
    assert own.name == own.path.name
    assert own.name.startswith(f"{os.getpid()}-")
    assert [journal.decode(frame.payload) for frame in journal.scan(own.path.read_bytes()).frames] == [
        SAVED,
        SAVED,
    ]
    assert journal.list_journals(tmp_path / "journal") == [own.path]
    own.close()


def test_its_owner_holds_its_lock_until_it_is_closed(tmp_path: Path) -> None:
    own = Journal(Files(), tmp_path)
    own.append(SAVED)
    path = own.path
    assert path is not None
    assert in_child(lambda: os._exit(40 + locked_by_another(path))) == 41
    own.close()
    assert path.exists()
    assert (own.path, own.name) == (None, None)
    assert in_child(lambda: os._exit(40 + locked_by_another(path))) == 40
    own.close()


def test_it_is_drained_when_all_of_it_is_in_git_and_discarded_then(tmp_path: Path) -> None:
    own = Journal(Files(), tmp_path)
    assert not own.drained({})
    end = own.append(SAVED)
    name = own.name or ""
    assert not own.drained({})
    assert not own.drained({name: end - 1})
    assert not own.drained({"other": end})
    assert own.drained({name: end})
    own.rotate({name: end})
    assert own.name == name, "a short one goes on"
    own.discard()
    assert journal.list_journals(tmp_path) == []
    own.discard()
    assert own.append(SAVED) == end
    assert own.name not in {None, name}
    own.close()


def test_a_long_one_is_begun_anew_once_it_is_in_git(tmp_path: Path) -> None:
    own = Journal(Files(), tmp_path)
    end = own.append(Saved(exchange("aaaaaaaa", 1, "x" * (1 << 20)), SAVED.author, 1.0))
    name = own.name or ""
    own.rotate({name: end - 1})
    assert own.name == name
    own.rotate({name: end})
    assert own.name is None
    assert journal.list_journals(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.ENOSPC, NotSaved), (errno.EROFS, ReadOnly), (errno.EACCES, ReadOnly), (errno.EPERM, ReadOnly)],
)
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_a_failing_disk_is_told_by_its_reason_and_the_file_is_not_trusted_again(
    tmp_path: Path, number: int, error: type[NotSaved], at: int
) -> None:
    folder = tmp_path / "journal"
    folder.mkdir()
    files = FailingFiles(0, number)
    own = Journal(files, folder)
    end = own.append(SAVED)
    first = own.path
    assert first is not None
    files.count, files.at = 0, min(at, 2)
    with pytest.raises(NotSaved) as raised:
        own.append(SAVED)
    assert type(raised.value) is error
    if error is ReadOnly:
        assert isinstance(raised.value, ReadOnly)
        assert raised.value.path == folder
    else:
        assert raised.value.reason == os.strerror(number)
    assert own.path is None
    assert first.stat().st_size == end, "what was not acknowledged is cut"
    files.count, files.at = 0, at if at in {3, 4} else 0
    if files.at:  # the write or the flush of a new file
        with pytest.raises(NotSaved):
            own.append(SAVED)
    files.at = 0
    assert own.append(SAVED) == end
    assert own.path not in {None, first}
    own.close()


def test_where_even_cutting_fails_the_failure_is_told_all_the_same(tmp_path: Path) -> None:
    files = FailingFiles(0, errno.EIO)
    own = Journal(files, tmp_path)
    own.append(SAVED)
    files.count, files.at, files.for_good = 0, 1, True
    with pytest.raises(NotSaved, match=os.strerror(errno.EIO)):
        own.append(SAVED)
    assert own.path is None


def test_a_file_that_was_cleared_away_before_it_was_locked_is_not_written_to(tmp_path: Path) -> None:
    class Clearing(Files):
        left = 2

        def create(self, path: str | Path, *, directory: int | None = None, mode: int = 0o666) -> int:
            descriptor = super().create(path, directory=directory, mode=mode)
            if self.left:
                self.left -= 1
                Path(path).unlink()
            return descriptor

    before = len(list(Path("/dev/fd").iterdir()))
    own = Journal(Clearing(), tmp_path)
    own.append(SAVED)
    assert journal.list_journals(tmp_path) == [own.path]
    own.close()
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_no_descriptor_is_kept_of_a_file_that_could_not_be_begun(tmp_path: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(3):
        with pytest.raises(NotSaved):
            Journal(FailingFiles(2, errno.EIO), tmp_path).append(SAVED)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_only_journals_are_listed_in_the_order_of_their_names(tmp_path: Path) -> None:
    assert journal.list_journals(tmp_path / "none") == []
    for name in ("3-c.wal", "1-a.wal", "notes", "2-b.wal", "x.wal.new"):
        (tmp_path / name).touch()
    assert [path.name for path in journal.list_journals(tmp_path)] == ["1-a.wal", "2-b.wal", "3-c.wal"]
