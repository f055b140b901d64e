"""One turn: what is on the disk before what, what it has to say, and what it does about those beside it."""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gitstore import BranchElsewhere, Change, Delay, GitBlocked, Outcome, RemoveDirectory
from gitstore.changes.journal import scan
from gitstore.disk import strangers, streams
from gitstore.disk.files import Files
from gitstore.git import gitlock
from gitstore.objects.packfile import Pack
from gitstore.turns.turns import SETTLED, TURN
from tests.support.stores import WHO, exchange, git, ids, in_child, judge, leftovers, open_store, save
from tests.support.telling import Telling


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        for number in (1, 2):
            save(store, "aaaaaaaa", number)
    return path


def kinds(path: Path) -> list[int]:
    return [found.type for found in scan((path / ".git/gitstore/turns").read_bytes()).frames]


def blocked(store: Any) -> list[GitBlocked]:
    return [notice for notice in store.notices if isinstance(notice, GitBlocked)]


def test_all_that_the_branch_will_name_is_on_the_disk_before_it_moves_and_files_follow_then(
    path: Path,
) -> None:
    files = Telling()
    with open_store(path, files=files) as store:
        save(store, "aaaaaaaa", 3)  # it begins a journal
        files.told.clear()
        save(store, "aaaaaaaa", 4)
    told, at = files.told, files.at
    (pack,) = [each.split()[1] for each in told if each.startswith("rename pack-") and each.endswith(".pack")]
    (index,) = [each.split()[1] for each in told if each.startswith("rename pack-") and each.endswith(".idx")]
    moved = at("rename main")
    saved = next(
        rank for rank, each in enumerate(told) if each.startswith("flush ") and each.endswith(".wal")
    )
    assert saved < at(f"write {pack}"), "first of all it is saved"
    for flushed in (f"flush {pack}", f"flush {index}", "flush turns"):
        assert at(flushed) < at(f"link {pack[:-5]}.keep") < at(f"rename {pack}") < at(f"rename {index}")
    assert at(f"rename {index}") < at("flush folder pack") < at("link main.lock") < moved
    own = [each for each in told[:moved] if each.startswith("flush ") and each.split()[1].count("-") == 1]
    assert any(not each.startswith("flush pack-") and not each.endswith(".wal") for each in own), "the lock"
    assert moved < at("flush folder heads") < at("write main")
    assert at("write main") < at("rename history.jsonl") < at("rename index")
    assert "write turns" in told[at("rename index") :], "it is settled"
    assert told.index(f"unlink {pack[:-5]}.keep") > at("rename index")
    judge(path, [("aaaaaaaa", 3), ("aaaaaaaa", 4)])


class Elsewhere(Files):
    """A disk on which somebody commits each time just before the branch is locked."""

    def __init__(self, path: Path, times: int) -> None:
        self.path, self.times, self.met = path, times, 0

    def link(self, old: str | Path, new: str | Path) -> None:
        if Path(new).name == "main.lock":
            self.met += 1
            if self.met <= self.times:
                made = git(self.path, "commit-tree", "main^{tree}", "-p", "main", "-m", f"{self.met}").strip()
                git(self.path, "update-ref", "refs/heads/main", made)
        super().link(old, new)


def test_a_branch_that_others_move_is_followed_and_given_up_for_now_if_it_never_rests(path: Path) -> None:
    files = Elsewhere(path, 3)
    with open_store(path, files=files) as store:
        receipt = save(store, "aaaaaaaa", 3)
        assert receipt.commit == git(path, "rev-parse", "main").strip()
        assert files.met == 4
        files.times, files.met = 99, 0
        assert save(store, "aaaaaaaa", 4).delayed is Delay.MOVING
        assert files.met == 20
        assert [notice.reason for notice in blocked(store)] == [Delay.MOVING]
        assert [each for each in leftovers(path) if not each.endswith(".wal")] == []
        assert git(path, "status", "--porcelain") == ""
        assert ids(path, "aaaaaaaa") == ["000001", "000002", "000003"]
        files.times = 0
        assert save(store, "aaaaaaaa", 5).commit
        assert blocked(store) == []
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3, 4, 5)])


def test_what_changes_nothing_is_noted_as_taken_without_a_commit(path: Path) -> None:
    tip = git(path, "rev-parse", "main")
    git(path, "checkout", "-q", "--detach")
    with open_store(path) as store:
        before = kinds(path)
        assert save(store, "aaaaaaaa", 2).outcome is Outcome.ALREADY
        assert kinds(path) == [*before, TURN, SETTLED]
        assert store.settle() is None
        assert kinds(path) == [*before, TURN, SETTLED], "there is nothing more to note"
        assert store.notices == (), "no file would have had to follow"
        assert save(store, "aaaaaaaa", 3).outcome is Outcome.APPLIED
        assert store.notices == (BranchElsewhere(tip.strip()),)
    git(path, "checkout", "-q", "main")
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])


def test_the_note_that_something_was_taken_without_a_commit_is_flushed(path: Path) -> None:
    files = Telling()
    with open_store(path, files=files) as store:
        save(store, "aaaaaaaa", 2)
    assert "flush turns" in files.told
    assert files.at("flush turns") < files.at("unlink")


def test_the_journal_of_one_who_died_goes_though_all_of_it_is_in_git(path: Path) -> None:
    def work() -> None:
        store = open_store(path)
        assert save(store, "aaaaaaaa", 3).commit
        os._exit(9)

    assert in_child(work) == 9
    assert any(each.endswith(".wal") for each in leftovers(path))
    before = kinds(path)
    with open_store(path) as store:
        assert store.notices == ()
        assert leftovers(path) == []
        assert kinds(path) == before
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])


def test_a_change_that_meets_damage_waits_and_those_of_others_do_not(path: Path) -> None:
    with open_store(path) as store:
        save(store, "bbbbbbbb", 1)
    for found in (path / ".git/objects/pack").glob("*.idx"):
        listed = git(path, "verify-pack", "-v", str(found))
        if git(path, "rev-parse", "main:cli/bbbbbbbb").strip() not in listed:
            found.unlink()
            found.with_suffix(".pack").unlink()
    with open_store(path) as store, open_store(path) as other:
        store.apply(exchange("aaaaaaaa", 3), wait=False)
        receipt = save(other, "bbbbbbbb", 2)
        assert receipt.commit == git(path, "rev-parse", "main").strip()
        assert [notice.reason for notice in blocked(other)] == [Delay.DAMAGED]
        assert store.settle() is Delay.DAMAGED
        assert ids(path, "bbbbbbbb") == ["000001", "000002"]
        assert not (path / ".git/index.lock").exists()


@pytest.mark.parametrize("between", ["there already", "refused"])
def test_what_is_saved_after_a_change_that_comes_to_nothing_is_taken_in_the_same_turn(
    path: Path, between: str
) -> None:
    nothing = exchange("aaaaaaaa", 2)
    if between == "refused":
        nothing = Change((RemoveDirectory("cli/nowhere"),), "nowhere: deleted")
    with open_store(path) as store:
        before = kinds(path)
        for change in (exchange("aaaaaaaa", 3), nothing, exchange("aaaaaaaa", 4), nothing):
            store.apply(change, wait=False)
        receipt = save(store, "bbbbbbbb", 1)
        assert receipt.commit == git(path, "rev-parse", "main").strip()
        assert kinds(path) == [*before, TURN, SETTLED]
        assert store.notices == ()
    assert git(path, "rev-list", "--count", "main").strip() == "6"
    judge(path, [("aaaaaaaa", 3), ("aaaaaaaa", 4), ("bbbbbbbb", 1)])


def test_a_clone_whose_settings_are_locked_gets_them_with_a_later_turn(path: Path) -> None:
    clone = path.parent / "clone"
    git(path.parent, "clone", "-q", str(path), str(clone))
    lock = clone / ".git/config.lock"
    lock.touch()
    with open_store(clone) as store:
        assert save(store, "aaaaaaaa", 3).commit
        assert git(clone, "config", "gc.auto", succeeds=False) == ""
        lock.unlink()
        assert save(store, "aaaaaaaa", 4).commit
        assert git(clone, "config", "gc.auto").strip() == "0"


@pytest.mark.parametrize("name", ["index", "refs/heads/main"])
def test_a_lock_that_its_owner_left_long_ago_goes_for_good(path: Path, name: str) -> None:
    lock = path / f".git/{name}.lock"
    lock.touch()
    os.utime(lock, (1, 1))  # before the system was started
    files = Telling()
    with open_store(path, files=files) as store:
        assert save(store, "aaaaaaaa", 3).commit
    assert files.told[files.at(f"unlink {lock.name}") + 1] == f"flush folder {lock.parent.name}"
    judge(path, [("aaaaaaaa", 3)])


def test_half_a_pack_goes_once_nobody_can_be_putting_the_other_half_beside_it(path: Path) -> None:
    folder = path / ".git/objects/pack"
    now = time.time()
    for name, age in (("pack-1.pack", 500), ("pack-2.pack", 700), ("pack-3.idx", 700)):
        (folder / name).touch()
        os.utime(folder / name, (now - age, now - age))
    with open_store(path, clock=lambda: now) as store:
        save(store, "aaaaaaaa", 3)
    assert [name for name in ("1.pack", "2.pack", "3.idx") if (folder / f"pack-{name}").exists()] == [
        "1.pack"
    ]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
    """Gives how many seconds were waited for locks since it was last asked; nobody does wait."""
    waited = [0.0, 0.0]

    def sleep(seconds: float) -> None:
        waited[0] += seconds

    def since() -> float:
        done, waited[1] = waited[0] - waited[1], waited[0]
        return done

    monkeypatch.setattr(gitlock, "time", SimpleNamespace(monotonic=lambda: waited[0], sleep=sleep))
    return since


@pytest.mark.parametrize("name", ["index", "refs/heads/main"])
def test_a_lock_is_waited_for_a_second_and_hardly_at_all_if_it_was_there_before(
    path: Path, name: str, pauses: Callable[[], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "_uptime", lambda: 7200.0)
    lock = path / f".git/{name}.lock"
    reason = Delay.INDEX_LOCKED if name == "index" else Delay.BRANCH_LOCKED
    with open_store(path) as store:
        for _ in range(2):
            lock.touch()
            assert save(store, "aaaaaaaa", 3).delayed is reason
            assert 1.0 <= pauses() < 1.1
            for _ in range(2):
                assert save(store, "aaaaaaaa", 4).delayed is reason
                assert 0.02 <= pauses() < 0.1
            lock.unlink()
        lock.touch()
        an_age = time.time() - 6
        os.utime(lock, (an_age, an_age))
        assert save(store, "aaaaaaaa", 5).delayed is reason
        assert pauses() < 0.1
        assert [notice.detail for notice in blocked(store)] == [str(lock)]
        lock.unlink()
        assert save(store, "aaaaaaaa", 6).commit
        assert (pauses(), blocked(store)) == (0.0, [])
    judge(path, [("aaaaaaaa", number) for number in (3, 4, 5, 6)])


def test_nothing_is_written_in_vain_while_the_branch_is_locked(path: Path) -> None:
    (path / ".git/refs/heads/main.lock").touch()
    files = Telling()
    with open_store(path, files=files) as store:
        assert save(store, "aaaaaaaa", 3).delayed is Delay.BRANCH_LOCKED
    assert not any("pack" in told for told in files.told)
    (path / ".git/refs/heads/main.lock").unlink()


def test_the_reflog_tells_who_moved_the_branch_when_and_for_what(path: Path) -> None:
    with open_store(path, clock=lambda: 1_790_000_000.0) as store:
        for number in (3, 4):
            store.apply(exchange("aaaaaaaa", number), wait=False)
        store.settle()
    told = git(path, "log", "-g", "-1", "--format=%gn <%ge>|%gs|%gd", "--date=unix", "main")
    assert told.startswith(f"{WHO.name} <{WHO.email}>|gitstore: 2 saved|main@{{1790000000")


def test_packing_tells_how_objects_lay_and_how_they_lie_now(path: Path) -> None:
    (path / "notes.txt").write_text("mine")
    git(path, "add", "notes.txt")
    git(path, "commit", "-qm", "mine")
    loose = [found for found in (path / ".git/objects").glob("??/*") if found.is_file()]
    packs = list((path / ".git/objects/pack").glob("*.pack"))
    size = sum(found.stat().st_size for found in (path / ".git/objects").rglob("*") if found.is_file())
    with open_store(path) as store:
        before, after = store.pack()
    assert (before.packs, before.loose, before.bytes) == (len(packs), len(loose), size)
    assert (after.packs, after.loose) == (1, 0)
    assert after.bytes == sum(
        found.stat().st_size for found in (path / ".git/objects").rglob("*") if found.is_file()
    )
    judge(path, [("aaaaaaaa", 1), ("aaaaaaaa", 2)])


def test_a_failing_disk_is_told_and_what_was_saved_stays(path: Path) -> None:
    class Full(Files):
        def open_append(self, path: str | Path, **options: Any) -> int:
            if Path(path).name == "turns":
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().open_append(path, **options)

    with open_store(path, files=Full()) as store:
        assert save(store, "aaaaaaaa", 3).delayed is Delay.NOT_WRITABLE
        (notice,) = blocked(store)
        assert "No space left" in notice.detail
        assert store.snapshot().pending == 1
    with open_store(path):
        pass
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])


def test_what_a_commit_of_an_old_index_undid_while_nobody_had_the_store_open_is_put_back_by_the_next(
    path: Path,
) -> None:
    old = (path / ".git/index").read_bytes()
    with open_store(path) as store:
        save(store, "aaaaaaaa", 3)
    (path / ".git/index").write_bytes(old)
    git(path, "commit", "-qm", "mine, of an old index")
    assert ids(path, "aaaaaaaa") == ["000001", "000002"]
    with open_store(path) as store:
        assert next(store.log()).action == "repaired"
        assert ids(path, "aaaaaaaa") == ["000001", "000002", "000003"]
    judge(path, [("aaaaaaaa", 3)])


def test_when_a_store_is_closed_packs_that_are_small_beside_the_largest_become_one_with_it(
    path: Path,
) -> None:
    folder = path / ".git/objects/pack"
    with open_store(path) as store:
        for number in (3, 4, 5):
            assert store.apply(exchange("aaaaaaaa", number, os.urandom(70_000).hex())).commit
        assert len(list(folder.glob("*.pack"))) == 6, "with that of making the store"
    assert len(list(folder.glob("*.pack"))) == 1
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3, 4, 5)])


def test_a_lock_of_the_index_that_ours_left_goes_though_another_branch_is_checked_out(path: Path) -> None:
    git(path, "checkout", "-q", "-b", "other")
    own = path / ".git/gitstore/locks/1-left"
    own.parent.mkdir(exist_ok=True)
    own.touch()
    (path / ".git/index.lock").hardlink_to(own)
    with open_store(path) as store:
        assert save(store, "aaaaaaaa", 3).commit
        assert not (path / ".git/index.lock").exists()
    git(path, "checkout", "-q", "main")
    judge(path, [("aaaaaaaa", number) for number in (1, 2, 3)])


def test_a_long_history_goes_on_where_its_stream_ended_unless_it_lies_loose(path: Path) -> None:
    def streams_of_history() -> list[bytes]:
        blobs = [
            git(path, "rev-parse", f"main{back}:cli/aaaaaaaa/history.jsonl").strip() for back in ("", "~1")
        ]
        packs = [Pack(found) for found in (path / ".git/objects/pack").glob("*.idx")]
        lying = {name: (stream, base) for pack in packs for name, _, _, stream, base in pack.pieces()}
        assert {lying[blob][1] for blob in blobs} == {None}
        return [lying[blob][0] for blob in blobs]

    with open_store(path) as store:
        for number in range(3, 10):
            assert store.apply(exchange("aaaaaaaa", number, os.urandom(2000).hex())).commit
        newest, before = streams_of_history()
        assert streams.is_prolonged(before, newest)
        for found in (path / ".git/objects/pack").glob("*.pack"):
            content = found.read_bytes()
            found.with_suffix(".idx").unlink()
            found.unlink()
            git(path, "unpack-objects", "-q", stdin=content)
        for number in (10, 11):
            assert store.apply(exchange("aaaaaaaa", number, "on")).commit
        newest, before = streams_of_history()
        assert streams.is_prolonged(before, newest)
    judge(path, [("aaaaaaaa", number) for number in range(1, 12)])
