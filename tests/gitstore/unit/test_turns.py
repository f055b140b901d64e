"""The log of turns: what of the journals is in git, and which files may not have got to the disk."""

import errno
import os
from pathlib import Path

import pytest

from gitstore import Outcome
from gitstore.changes.journal import frame, scan
from gitstore.disk.files import Files
from gitstore.objects.batch import Batch
from gitstore.objects.editing import Touched
from gitstore.turns import turns
from gitstore.turns.turns import Result, Turn, TurnLog
from tests.support.stores import FailingFiles, WatchedFiles

FORMAT = {"turn": 16, "settled": 17, "begun anew": 18, "checked": 19}
"""As docs/format.md has it."""


def turn(number: int, *paths: str, boot: str | None = "now", follow: bool = True) -> Turn:
    touched = [Touched(path, f"{path} {number - 1}", f"{path} {number}") for path in paths]
    result = Result(100 * number, Outcome.APPLIED, f"{number:040}", None)
    before, tip = f"{number - 1:040}", f"{number:040}"
    offsets = {"1-a.wal": 100 * number}
    return Turn(before, tip, offsets, {"1-a.wal": [result]}, touched, f"pack-{number}", follow, boot)


def log_in(folder: Path, files: Files | None = None) -> TurnLog:
    return TurnLog(files or Files(), folder / "gitstore")


def take(log: TurnLog, *taken: Turn, settle: bool = True) -> None:
    for each in taken:
        with Batch(Files()) as batch:
            log.write(each, batch)
            batch.flush()
        if settle:
            log.settle(each, f"index of {int(each.tip)}")


def never(_: Turn) -> bool:
    return False


def kinds(folder: Path) -> list[int]:
    return [found.type for found in scan((folder / "gitstore/turns").read_bytes()).frames]


def test_without_a_log_nothing_is_in_git_and_nothing_is_left_to_do(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    standing = log.standing(never)
    assert (standing.turn, standing.settled, standing.void, standing.offsets) == (None, True, (), {})
    assert standing.result("1-a.wal", 100) is None
    assert log.stamp() == (0, 0)
    assert not log.rests_at("0" * 40)
    assert (log.index_left(), log.recent(), log.paths(), log.unflushed("now")) == (None, [], [], [])


def test_a_turn_is_flushed_with_its_batch_and_the_name_of_a_new_log_at_once(tmp_path: Path) -> None:
    files = WatchedFiles()
    log = log_in(tmp_path, files)
    for number, flushes_of_the_folder in ((1, 1), (2, 0)):
        (tmp_path / "gitstore").mkdir(exist_ok=True)
        files.calls.clear()
        with Batch(files) as batch:
            log.write(turn(number), batch)
            assert "flush" not in files.calls
            assert files.calls.count("flush_directory") == flushes_of_the_folder
            batch.flush()
        assert files.calls.count("write") == files.calls.count("flush") == 1
    assert kinds(tmp_path) == [FORMAT["turn"]] * 2


def test_a_log_is_begun_though_its_folder_is_gone_and_a_failing_disk_is_told(tmp_path: Path) -> None:
    take(log_in(tmp_path), turn(1))
    assert kinds(tmp_path) == [FORMAT["turn"], FORMAT["settled"]]
    failing = FailingFiles(2, errno.EIO)
    with Batch(failing) as batch, pytest.raises(OSError, match="Input/output"):
        log_in(tmp_path, failing).write(turn(2), batch)
    assert log_in(tmp_path).standing(never).turn == turn(1), "what is torn is no turn"


def test_a_settled_turn_holds_wherever_the_branch_is_and_another_only_if_the_branch_has_it(
    tmp_path: Path,
) -> None:
    log = log_in(tmp_path)
    take(log, turn(1), turn(2))
    take(log, turn(3), turn(4), settle=False)
    standing = log.standing(never)
    assert (standing.turn, standing.settled) == (turn(2), True)
    assert standing.void == (turn(4), turn(3))
    standing = log.standing(lambda each: each == turn(3))
    assert (standing.turn, standing.settled, standing.void) == (turn(3), False, (turn(4),))
    assert standing.offsets == {"1-a.wal": 300}
    assert standing.result("1-a.wal", 300) == turn(3).results["1-a.wal"][0]
    assert standing.result("1-a.wal", 299) is None
    assert standing.result("2-b.wal", 300) is None
    log.checked()
    assert log.standing(lambda each: each == turn(4)).turn == turn(4)
    assert log.standing(never).turn == turn(2)


def test_the_log_rests_at_the_tip_of_its_last_turn_once_that_is_settled(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    take(log, turn(1))
    assert log.rests_at(turn(1).tip)
    assert not log.rests_at(turn(2).tip)
    log.checked()
    assert log.rests_at(turn(1).tip)
    take(log, turn(2), settle=False)
    assert not log.rests_at(turn(1).tip)
    assert not log.rests_at(turn(2).tip)


def test_only_settled_turns_are_recent_and_the_oldest_come_first(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    take(log, turn(1), turn(2), turn(3))
    take(log, turn(4), settle=False)
    assert log.recent() == [turn(1), turn(2), turn(3)]
    assert log.recent(2) == [turn(2), turn(3)]
    take(log, *map(turn, range(5, 60)))
    assert len(log.recent()) >= 12, "as docs/format.md promises"
    assert log.recent() == [turn(number) for number in range(60 - len(log.recent()), 60)]


def test_the_index_is_as_the_latest_settled_turn_left_it_if_that_wrote_it(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    take(log, turn(1), turn(2))
    take(log, turn(3), settle=False)
    assert log.index_left() == "index of 2"
    log.settle(turn(3))
    assert log.index_left() is None
    assert log.rests_at(turn(3).tip)


def test_what_other_runs_of_the_system_did_not_flush_is_told_until_it_has_been_checked(
    tmp_path: Path,
) -> None:
    log = log_in(tmp_path)
    flushed, elsewhere = turn(2, boot=None), turn(3, boot="before", follow=False)
    take(log, turn(1, boot="before"), flushed, elsewhere, turn(4, boot="long before"), turn(5))
    assert log.unflushed("now") == [turn(1, boot="before"), turn(4, boot="long before")]
    assert log.unflushed("before") == [turn(4, boot="long before"), turn(5)]
    assert log.unflushed(None) == [turn(1, boot="before"), turn(4, boot="long before"), turn(5)]
    log.checked()
    assert log.unflushed(None) == []
    take(log, turn(6))
    assert log.unflushed("later") == [turn(6)]
    assert kinds(tmp_path)[-3:] == [FORMAT["checked"], FORMAT["turn"], FORMAT["settled"]]


def test_the_files_that_nobody_flushed_are_told_once_each(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    take(log, turn(1, "b", "a"), turn(2, "a", boot="before"))
    take(log, turn(3, "flushed", boot=None), turn(4, "elsewhere", follow=False))
    assert log.paths() == ["a", "b"]


def test_what_others_write_is_seen_and_a_torn_end_once_it_is_whole(tmp_path: Path) -> None:
    log, other = log_in(tmp_path), log_in(tmp_path)
    take(log, turn(1))
    stamp = log.stamp()
    assert stamp == other.stamp()
    assert other.recent() == [turn(1)]
    path = tmp_path / "gitstore/turns"
    before = path.read_bytes()
    take(log, turn(2))
    whole = path.read_bytes()
    for end in (len(before) + 3, len(whole) - 60, len(whole) - 1):
        os.truncate(path, len(before))
        with path.open("ab") as file:
            file.write(whole[len(before) : end])
        assert other.recent() == [turn(1)]
        with path.open("ab") as file:
            file.write(whole[end:])
        assert other.recent() == [turn(1), turn(2)]
        other = log_in(tmp_path)
    assert log.stamp() != stamp
    assert log.standing(never) == log_in(tmp_path).standing(never)


def test_a_log_that_takes_the_place_of_another_is_read_anew_even_if_it_is_as_long(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    take(log, turn(1))
    for number in (2, 3):
        (tmp_path / "gitstore/turns").rename(tmp_path / "gitstore/old")
        take(log_in(tmp_path), turn(number))
        assert log.recent() == [turn(number)]
    os.truncate(tmp_path / "gitstore/turns", 0)
    assert log.recent() == []
    take(log_in(tmp_path), turn(4))
    assert log.recent() == [turn(4)]
    (tmp_path / "gitstore/turns").unlink()
    assert log.recent() == []
    assert log.stamp() == (0, 0)
    take(log_in(tmp_path), turn(4), turn(5))
    assert log.recent() == [turn(4), turn(5)]
    (tmp_path / "gitstore/turns").unlink()
    assert log.recent() == []
    take(log_in(tmp_path), turn(4), turn(6))
    assert log.recent() == [turn(4), turn(6)], "it begins as the one before, and is as long"


def test_a_note_that_is_gone_again_or_says_nothing_is_none(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    take(log, turn(1), turn(2))
    assert log.rests_at(turn(2).tip)
    path = tmp_path / "gitstore/turns"
    *_, last, _ = scan(path.read_bytes()).frames
    os.truncate(path, last.end)
    assert log.recent() == [turn(1)]
    with path.open("ab") as file:
        file.write(frame(FORMAT["settled"], b"\xff\xfe") + frame(99, b"of a newer program"))
    assert log.recent() == [turn(1)]
    assert log.standing(lambda each: each == turn(2)).settled is False


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux shows what is open")
def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    before = len(list(Path("/proc/self/fd").iterdir()))
    take(log, turn(1))
    assert log.recent() == [turn(1)]
    assert log.recent() == [turn(1)]
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_shorter_log_has_the_latest_turns_as_flushed_and_is_taken_for_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_COMPACT_AT", 4000)
    log, other = log_in(tmp_path), log_in(tmp_path)
    for number in range(1, 99):
        take(log, turn(number, "a"))
        assert other.recent()[-1] == turn(number, "a")
        if log.is_long:
            break
    assert 4000 < log.stamp()[1] < 4600
    beginnings = set()
    for _ in range(2):
        log.compact()
        beginnings.add((tmp_path / "gitstore/turns").read_bytes()[:21])
        assert 1600 < log.stamp()[1] < 2600
        assert not log.is_long
        assert kinds(tmp_path)[:3] == [FORMAT["begun anew"], FORMAT["turn"], FORMAT["settled"]]
        for each in (log, other, log_in(tmp_path)):
            recent = each.recent()
            first = number + 1 - len(recent)
            assert len(recent) > 3
            assert recent == [turn(rank, "a", boot=None) for rank in range(first, number + 1)]
            assert each.index_left() == f"index of {number}"
            assert each.standing(never).offsets == {"1-a.wal": 100 * number}
            assert each.unflushed("later") == []
            assert each.paths() == []
            assert each.rests_at(turn(number).tip)
    assert len(beginnings) == 2
    assert [path.name for path in (tmp_path / "gitstore").iterdir()] == ["turns"]


def test_what_turns_made_of_a_path_is_the_last_and_what_it_was_is_all_before() -> None:
    def each(*changes: tuple[str, str | None, str | None], follow: bool = True) -> Turn:
        return Turn("", "", {}, {}, [Touched(*change) for change in changes], None, follow)

    made = turns.made_of_paths(
        [
            each(("a", None, "1"), ("b", "x", "y")),
            each(("a", "1", "2"), ("c", None, "1")),
            each(("a", "2", "9"), ("d", None, "1"), follow=False),
            each(("a", "3", None), ("b", "y", "x")),
        ]
    )
    assert made == {"a": (None, {"1", "2", "3"}), "b": ("x", {"y"}), "c": ("1", {None})}


@pytest.mark.parametrize("settle", [True, False])
def test_what_a_crash_left_half_written_is_cut_off_by_the_next_note(settle: bool, tmp_path: Path) -> None:
    take(log_in(tmp_path), turn(1), settle=False)
    path = tmp_path / "gitstore/turns"
    whole = path.read_bytes()
    path.write_bytes(whole + frame(FORMAT["turn"], b"x" * 50)[:-9])
    log = log_in(tmp_path)
    if settle:
        log.settle(turn(1))
    else:
        take(log, turn(2))
    found = scan(path.read_bytes())
    assert (len(found.frames), found.damaged, found.torn) == (2 if settle else 3, [], 0)
    assert path.read_bytes().startswith(whole)
