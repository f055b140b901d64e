"""What a killed exchange with a remote left is removed by whoever saves later, and nothing that is in use."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from gitstore.disk import rooms
from gitstore.disk.files import Files
from gitstore.transport.workroom import Workroom
from tests.support.remotes.copies import sound, store
from tests.support.stores import open_store, save

_HOLD = """
import sys
from pathlib import Path
from gitstore.disk.files import Files
from gitstore.transport.workroom import Workroom
with Workroom(Files(), Path(sys.argv[1]) / ".git") as room:
    room.furnish([])
    (room.packs / "tmp_pack_x").write_bytes(b"half of it")
    print("here", flush=True)
    sys.stdin.read()
"""


def holding(path: Path) -> subprocess.Popen[bytes]:
    """A process that is in the midst of an exchange."""
    child = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"here\n"
    return child


def end(child: subprocess.Popen[bytes], number: int) -> None:
    child.send_signal(number)
    child.communicate()


def grow_old(path: Path) -> None:
    an_age = time.time() - 7200
    for each in (path / ".git/gitstore/fetching").iterdir():
        os.utime(each, (an_age, an_age))


def test_what_a_dead_owner_left_goes_with_a_save_once_it_is_old(tmp_path: Path) -> None:
    path = store(tmp_path / "one", 1)
    fetching = path / ".git/gitstore/fetching"
    end(holding(path), signal.SIGKILL)
    with open_store(path) as opened:
        save(opened, "one", 2)
        assert len(list(fetching.iterdir())) == 2
        grow_old(path)
        save(opened, "one", 3)
    assert not fetching.exists()
    sound(path)


def test_what_has_no_owner_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    path = store(tmp_path / "one", 1)
    fetching = path / ".git/gitstore/fetching"
    child = holding(path)
    (fetching / "1-0123456789ab").mkdir()
    (fetching / "1-0123456789ab/HEAD").touch()
    grow_old(path)
    before = {each.name for each in fetching.iterdir()}
    with open_store(path) as opened:
        save(opened, "one", 2)
    assert {each.name for each in fetching.iterdir()} == before - {"1-0123456789ab"}
    end(child, signal.SIGKILL)
    with Workroom(Files(), path / ".git"):
        assert len(list(fetching.iterdir())) == 1
    assert not fetching.exists()
    sound(path)


def test_a_folder_that_is_not_there_is_none_to_sweep(tmp_path: Path) -> None:
    rooms.sweep(Files(), tmp_path / "fetching", keep=Path.exists)
    (tmp_path / "fetching").mkdir()
    rooms.sweep(Files(), tmp_path / "fetching", keep=Path.exists)
    assert not (tmp_path / "fetching").exists()


class Swept(Files):
    """A disk on which somebody sweeps just after an owner's file was made, before it is locked."""

    def __init__(self) -> None:
        self.times = 2

    def open_append(self, path: str | Path, *, directory: int | None = None) -> int:
        descriptor = super().open_append(path, directory=directory)
        if self.times:
            self.times -= 1
            rooms.sweep(Files(), Path(path).parent, keep=lambda _: False)
        return descriptor


def test_a_room_whose_owner_is_swept_away_before_it_is_locked_is_made_again(tmp_path: Path) -> None:
    path = store(tmp_path / "one", 1)
    with Workroom(Swept(), path / ".git") as room:
        room.clear_a_place()
        rooms.sweep(Files(), path / ".git/gitstore/fetching", keep=lambda _: False)
        assert room.packs.is_dir()
    assert not (path / ".git/gitstore/fetching").exists()
