"""What several journals hold, in the order in which it was saved."""

import os
import time as clock
from collections.abc import Callable
from pathlib import Path

import pytest

from gitstore import Identity, JournalDamaged
from gitstore.changes import journal, pending
from gitstore.changes.journal import Journal, Saved
from gitstore.disk.files import Files
from tests.support.stores import WatchedFiles, exchange, in_child

WHO = Identity("A", "a@example.invalid")


def saved(number: int, time: float) -> Saved:
    return Saved(exchange("aaaaaaaa", number), WHO, time)


def numbers(found: pending.Taking) -> list[str]:
    return [dict(item.saved.change.trailers)["Exchange"] for item in found.pending]


def test_journals_are_merged_by_time_and_each_keeps_its_order_though_the_clock_was_set_back(
    tmp_path: Path,
) -> None:
    one, other = Journal(Files(), tmp_path), Journal(Files(), tmp_path)
    for number, time in ((1, 10.0), (2, 40.0), (3, 20.0)):
        one.append(saved(number, time))
    for number, time in ((4, 5.0), (5, 30.0), (6, 50.0)):
        other.append(saved(number, time))
    found = pending.look(tmp_path, {}, own=None, orphans=False)
    assert numbers(found) == ["000004", "000001", "000005", "000002", "000003", "000006"]
    assert found.offsets == {one.name: 0, other.name: 0}
    assert (found.orphans, found.damaged) == ([], [])
    one.close()
    other.close()


def test_only_what_is_beyond_an_offset_is_taken_and_its_end_is_that_in_the_file(tmp_path: Path) -> None:
    own = Journal(Files(), tmp_path)
    ends = [own.append(saved(number, 1.0)) for number in (1, 2, 3)]
    name = own.name or ""
    found = pending.look(tmp_path, {name: ends[0], "gone.wal": 5}, own=name, orphans=True)
    assert numbers(found) == ["000002", "000003"]
    assert [(item.journal, item.end) for item in found.pending] == [(name, ends[1]), (name, ends[2])]
    assert found.offsets == {name: ends[0]}
    assert found.orphans == []
    own.close()


def test_a_journal_without_an_owner_is_an_orphan_unless_it_is_ours(tmp_path: Path) -> None:
    own, dead = Journal(Files(), tmp_path), Journal(Files(), tmp_path)
    own.append(saved(1, 1.0))
    dead.append(saved(2, 2.0))
    path = dead.path
    dead.close()
    name = own.name

    def work() -> None:
        assert pending.look(tmp_path, {}, own=None, orphans=True).orphans == [path]
        assert pending.look(tmp_path, {}, own=None, orphans=False).orphans == []
        own.close()
        assert len(pending.look(tmp_path, {}, own=name, orphans=True).orphans) == 1

    assert in_child(work) == 0
    own.close()


def test_bytes_that_are_no_frames_and_frames_of_a_newer_program_are_told_with_their_place(
    tmp_path: Path,
) -> None:
    content = journal.frame(1, b"\xc1 from the future")
    good = Journal(Files(), tmp_path)
    good.append(saved(1, 1.0))
    assert good.path is not None
    frame = good.path.read_bytes()
    good.discard()
    (tmp_path / "1-a.wal").write_bytes(frame + b"rubbish" + frame + content + b"torn")
    found = pending.look(tmp_path, {}, own=None, orphans=False)
    assert numbers(found) == ["000001", "000001"]
    assert found.damaged == [
        ("1-a.wal", len(frame), b"rubbish"),
        ("1-a.wal", 2 * len(frame) + 7 + len(content), b"torn"),
        ("1-a.wal", 2 * len(frame) + 7 + len(content), b"\xc1 from the future"),
    ]
    later = pending.look(tmp_path, {"1-a.wal": len(frame)}, own=None, orphans=False)
    assert later.damaged[0] == ("1-a.wal", len(frame), b"rubbish")
    assert later.pending[0].end == 2 * len(frame) + 7


def test_a_journal_that_goes_while_they_are_read_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Journal(Files(), tmp_path)
    own.append(saved(1, 1.0))
    there = [tmp_path / "0-gone.wal", own.path]
    monkeypatch.setattr("gitstore.changes.pending.journal.list_journals", lambda _folder: there)
    found = pending.look(tmp_path, {}, own=own.name, orphans=False)
    assert numbers(found) == ["000001"]
    assert found.offsets == {own.name: 0}
    own.close()


def test_changes_of_one_moment_are_in_the_order_of_their_journals_and_places(tmp_path: Path) -> None:
    frames = {}
    for number in (1, 2, 3, 4):
        made = Journal(Files(), tmp_path)
        made.append(saved(number, 1.0))
        assert made.path is not None
        frames[number] = made.path.read_bytes()
        made.discard()
    (tmp_path / "1-a.wal").write_bytes(frames[3] + frames[1])
    (tmp_path / "0-b.wal").write_bytes(frames[4] + frames[2])
    found = pending.look(tmp_path, {}, own=None, orphans=False)
    assert numbers(found) == ["000004", "000002", "000003", "000001"]


def test_damage_is_set_aside_once(tmp_path: Path) -> None:
    taking = pending.Taking([], {}, [], [("1-a.wal", 7, b"rubbish")])
    files = WatchedFiles()
    folder = tmp_path / "quarantine"
    (notice,) = pending.set_aside(files, folder, taking)
    assert notice == JournalDamaged(str(folder / "1-a.wal-7"), 7)
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("1-a.wal-7", b"rubbish")]
    assert {"flush", "flush_directory"} <= set(files.calls)
    assert pending.set_aside(files, folder, taking) == []


@pytest.mark.parametrize("owned", [False, True])
def test_an_orphan_goes_when_all_of_it_is_in_git_and_nobody_has_it(tmp_path: Path, owned: bool) -> None:
    own = Journal(Files(), tmp_path)
    ends = [own.append(saved(number, 1.0)) for number in (1, 2)]
    path, name = own.path, own.name or ""
    assert path is not None
    if not owned:
        own.close()
    with path.open("ab") as file:
        file.write(b"GSJ1 torn")

    def work() -> None:
        pending.drop(Files(), [path, tmp_path / "gone.wal"], {})
        assert path.exists()
        pending.drop(Files(), [path], {name: ends[0]})
        assert path.exists()
        pending.drop(Files(), [tmp_path / "gone.wal", path], {name: ends[1]})
        assert path.exists() == owned

    assert in_child(work) == 0
    own.close()


def test_whether_all_that_waits_was_read_is_told(tmp_path: Path) -> None:
    own = Journal(Files(), tmp_path)
    for number in (1, 2, 3):
        own.append(saved(number, 1.0))
    assert pending.look(tmp_path, {}, own=own.name, orphans=False).complete
    part = pending.look(tmp_path, {}, own=own.name, orphans=False, most=1)
    assert numbers(part) == ["000001"]
    assert not part.complete
    own.close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What happens at each pause of a gathering, the first one first; a further pause fails."""
    left: list[Callable[[], object]] = []
    monkeypatch.setattr(pending.time, "sleep", lambda _: left.pop(0)())
    return left


def test_who_saves_beside_others_waits_until_each_of_them_has_something_new(
    tmp_path: Path, pauses: list[Callable[[], object]]
) -> None:
    own, other = Journal(Files(), tmp_path), Journal(Files(), tmp_path)
    far = clock.monotonic() + 60
    own.append(saved(1, 1.0))
    end = other.append(saved(2, 1.0))
    offsets = {other.name or "": end}
    for journal_ in (own, other):  # both at work at the same moment, however slow the disk is
        os.utime(tmp_path / (journal_.name or ""), (1e9, 1e9))
    pauses += [lambda: None, lambda: other.append(saved(3, 2.0))]
    pending.gather(tmp_path, own.name or "", offsets, far)
    assert pauses == []
    pending.gather(tmp_path, own.name or "", {}, far)  # it has all it can wait for
    own.close()
    other.close()


@pytest.mark.parametrize("over", [True, False])
def test_nobody_waits_for_who_is_not_at_work_or_longer_than_a_moment(
    tmp_path: Path, pauses: list[Callable[[], object]], over: bool
) -> None:
    own, other = Journal(Files(), tmp_path), Journal(Files(), tmp_path)
    own.append(saved(1, 1.0))
    end = other.append(saved(2, 1.0))
    if not over:
        os.utime(tmp_path / (other.name or ""), (1e9, 1e9))
    until = clock.monotonic() + (-1 if over else 60)
    pending.gather(tmp_path, own.name or "", {other.name or "": end}, until)
    assert pauses == []
    own.close()
    other.close()
