"""Which commit a word means, and what damage looks like to a reader."""

import datetime as dt
import subprocess
import zlib
from pathlib import Path

import pytest

from gitstore import BranchDamaged, CommitNotFound, Damaged, Delay, ObjectCorrupt, ObjectMissing, Store, dates
from tests.support.stores import git, judge, open_store, save

NOON = dt.datetime(2026, 2, 25, 12, 0).astimezone().timestamp()  # a Wednesday
DAY = 86400.0


@pytest.fixture
def dated(tmp_path: Path) -> tuple[Store, list[str]]:
    """A store with one commit a day at noon, ten days up to yesterday."""
    now = [NOON - 11 * DAY]
    store = open_store(tmp_path / "sessions", clock=lambda: now[0])
    commits = []
    for number in range(10):
        now[0] += DAY
        commits.append(save(store, "aaaaaaaa", number).commit or "")
    now[0] = NOON
    return store, commits


@pytest.mark.parametrize(
    ("when", "days_ago"),
    [
        ("yesterday", 1),
        ("now", 1),
        ("today", 1),
        ("2 days ago", 2),
        ("3.days.ago", 3),
        ("a week ago", 7),
        ("last week", 7),
        ("2026-02-21", 4),
        ("2026-02-21 11:59", 5),
        ("2026-02-21T12:00:00", 4),
        ("2026/02/20", 5),
        ("21 Feb 2026", 4),
        ("2026-02", 1),
        ("monday", 2),
        ("last friday", 5),
        ("yesterday 9:30", 2),
        ("yesterday 1 pm", 1),
        ("HEAD", 1),
        ("HEAD^", 2),
        ("main~2", 3),
        ("refs/heads/main", 1),
    ],
)
def test_a_moment_or_a_ref_names_the_commit_of_that_time(
    dated: tuple[Store, list[str]], when: str, days_ago: int
) -> None:
    store, commits = dated
    assert store.resolve(when) == commits[10 - days_ago]


def test_a_moment_with_a_zone_is_that_moment(dated: tuple[Store, list[str]]) -> None:
    store, commits = dated
    at = dt.datetime.fromtimestamp(NOON - 5 * DAY, dt.UTC)
    assert store.resolve(at.strftime("%Y-%m-%dT%H:%M:%SZ")) == commits[5]
    assert store.resolve((at - dt.timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S.5Z")) == commits[4]
    assert store.resolve(str(int(NOON - 5 * DAY))) == commits[5]


def test_an_abbreviated_commit_a_tag_and_an_earlier_state_are_found(dated: tuple[Store, list[str]]) -> None:
    store, commits = dated
    git(store.path, "tag", "-am", "a tag", "v1", commits[3])
    assert (
        store.resolve(commits[3][:9])
        == store.resolve("v1")
        == store.resolve(commits[3].upper())
        == commits[3]
    )
    assert len(store.snapshot(store.resolve("v1")).files("cli/aaaaaaaa/steps")) == 4


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("nonsense", "unknown"),
        ("", "unknown"),
        ("ffff", "unknown"),
        ("..", "unknown"),
        ("../../HEAD", "unknown"),
        ("2026-13-45", "unknown"),
        ("99999999999 years ago", "unknown"),
        ("2020-01-01", "too early"),
        ("main~400", "unknown"),
    ],
)
def test_what_names_no_commit_is_an_error(dated: tuple[Store, list[str]], when: str, reason: str) -> None:
    with pytest.raises(CommitNotFound) as caught:
        dated[0].resolve(when)
    assert caught.value.reason == reason


def test_a_day_in_a_leap_year_and_the_end_of_a_month_are_dates() -> None:
    march = dt.datetime(2026, 3, 31, 8, 0).astimezone().timestamp()
    assert dt.datetime.fromtimestamp(dates.parse("last month", march) or 0).astimezone().date() == dt.date(
        2026, 2, 28
    )
    assert dates.parse("2024-02-29", march) is not None
    assert dates.parse("2026-02-29", march) is None


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A store whose objects are loose, so that one of them can be hit."""
    path = tmp_path / "sessions"
    with open_store(path) as store:
        save(store, "aaaaaaaa", 1)
        save(store, "bbbbbbbb", 5)
    packs = sorted((path / ".git/objects/pack").glob("*.pack"))
    contents = [pack.read_bytes() for pack in packs]
    for pack in packs:
        for name in pack.parent.glob(pack.stem + ".*"):
            name.unlink()
    for content in contents:
        subprocess.run(["git", "-C", str(path), "unpack-objects", "-q"], input=content, check=True)
    return path


def _object(path: Path, name: str) -> Path:
    found = git(path, "rev-parse", name).strip()
    file = path / ".git/objects" / found[:2] / found[2:]
    file.chmod(0o644)
    return file


def test_a_missing_or_corrupt_object_is_an_error_that_names_the_file(damaged: Path) -> None:
    _object(damaged, "HEAD:cli/aaaaaaaa/history.jsonl").unlink()
    _object(damaged, "HEAD:cli/aaaaaaaa/steps").write_bytes(zlib.compress(b"tree 3\0abc"))
    with open_store(damaged) as store:
        now = store.snapshot()
        with pytest.raises(ObjectMissing) as missing:
            now.read("cli/aaaaaaaa/history.jsonl")
        assert missing.value.place == "cli/aaaaaaaa/history.jsonl"
        with pytest.raises(ObjectCorrupt) as corrupt:
            now.files("cli/aaaaaaaa")
        assert corrupt.value.place == "cli/aaaaaaaa/steps"
        assert now.files("cli/bbbbbbbb/steps") == ["cli/bbbbbbbb/steps/000005.jsonl"]


def test_saving_goes_on_in_a_damaged_store_and_other_directories_get_their_commits(damaged: Path) -> None:
    hit = _object(damaged, "HEAD:cli/aaaaaaaa/history.jsonl")
    content = hit.read_bytes()
    hit.unlink()
    with open_store(damaged) as store, open_store(damaged) as other:
        assert save(store, "aaaaaaaa", 2).delayed is Delay.DAMAGED
        assert save(other, "bbbbbbbb", 6).commit
    hit.write_bytes(content)
    with open_store(damaged):
        pass
    judge(damaged, [("aaaaaaaa", 2), ("bbbbbbbb", 5), ("bbbbbbbb", 6)])


@pytest.mark.parametrize("content", [b"", b"\0" * 41, b"nonsense\n", b"f" * 40 + b"\n"])
def test_a_damaged_branch_is_an_error_and_saving_goes_on(damaged: Path, content: bytes) -> None:
    branch = damaged / ".git/refs/heads/main"
    right = branch.read_bytes()
    branch.write_bytes(content)
    with open_store(damaged) as store:
        with pytest.raises(Damaged):
            store.snapshot()
        with pytest.raises(Damaged):
            list(store.log())
        assert save(store, "aaaaaaaa", 2).delayed is Delay.DAMAGED
    branch.unlink()
    with open_store(damaged) as store, pytest.raises(BranchDamaged):
        store.snapshot()
    branch.write_bytes(right)
    with open_store(damaged):
        pass
    judge(damaged, [("aaaaaaaa", 2)])


def test_a_loose_copy_heals_a_damaged_pack(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        save(store, "aaaaaaaa", 1)
    good = git(path, "cat-file", "blob", "HEAD:cli/aaaaaaaa/history.jsonl").encode()
    for pack in (path / ".git/objects/pack").glob("*.pack"):
        pack.chmod(0o644)
        content = bytearray(pack.read_bytes())
        for at in range(12, len(content) - 20):
            content[at] ^= 0xFF
        pack.write_bytes(content)
    with open_store(path) as store, pytest.raises(Damaged):
        store.snapshot().read("cli/aaaaaaaa/history.jsonl")
    assert good
