"""The power is cut: whatever POSIX lets a disk forget, nothing acknowledged is lost and nothing is half."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gitstore.crash.power import scenarios
from tests.gitstore.crash.power.campaign import ALL, Campaign, Tally
from tests.gitstore.crash.power.scenarios import Record
from tests.support.disks import Event, moments
from tests.support.recorder import ForgetfulRecorder, RecordingFiles

SEED = 1
SAMPLES = 16


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    folder = tmp_path_factory.mktemp("power")
    yield Campaign(folder, SEED)
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", ALL)
def test_after_a_cut_at_any_moment_the_store_is_whole(campaign: Campaign, name: str) -> None:
    count = SAMPLES // 8 if name == "recovery" else SAMPLES
    tally = campaign.samples(name, range(count))
    assert tally.broken == []
    assert len(tally.distinct) > 2


def test_after_each_change_of_the_disk_a_process_that_dies_leaves_the_store_whole(campaign: Campaign) -> None:
    record, cuts = campaign.records["turn"], campaign.cuts["turn"]
    for at in list(cuts)[::6]:
        assert campaign.problem(record, at, cuts[at], cuts[at].kept(), with_git=False) is None


def test_a_moment_with_few_states_is_tried_in_full(campaign: Campaign) -> None:
    tally, few, of = campaign.every("save", 4)
    assert tally.broken == []
    assert 1 < few < of


def test_the_same_number_stands_for_the_same_state(campaign: Campaign, tmp_path: Path) -> None:
    other = Campaign(tmp_path, SEED, ["save"])
    for number in range(30):
        _, at, state = campaign.drawn("save", number)
        _, at_there, state_there = other.drawn("save", number)
        assert at == at_there
        assert state.names == state_there.names


Forget = Callable[[Event], bool]


def _broken(folder: Path, forget: Forget, most: int = 400) -> list[str]:
    """Play a disk on which gitstore left out some flushes, until the promise is broken."""
    campaign = Campaign(folder, SEED, [])
    start = folder / "template"
    record: Record = scenarios.one_save(folder, start, lambda top: ForgetfulRecorder(top, forget))
    campaign.records["save"] = record
    campaign.cuts["save"] = moments(record.start, record.events)
    tally = Tally()
    for first in range(0, most, 20):
        tally = campaign.samples("save", range(first, first + 20))
        if tally.broken:
            break
    return tally.broken


@pytest.mark.parametrize(
    ("forget", "said"),
    [
        (lambda event: event.call == "flush", "lost|damaged|Damaged|missing"),
        (lambda event: event.call == "flush_directory", "lost|Damaged|missing"),
    ],
    ids=["contents", "names"],
)
def test_a_store_that_did_not_flush_is_found_out(tmp_path: Path, forget: Forget, said: str) -> None:
    broken = _broken(tmp_path, forget)
    assert broken
    assert re.search(said, " ".join(broken)), broken


def test_the_record_of_a_save_has_all_that_it_did(campaign: Campaign) -> None:
    calls = {event.call for event in campaign.records["save"].events}
    assert {"create", "write", "flush", "flush_directory", "rename", "link", "unlink", "mark"} <= calls
    assert RecordingFiles(campaign.folder / "save").start.files


def test_when_a_new_repository_gets_its_name_its_files_have_theirs_and_nothing_is_left_on_stage(
    campaign: Campaign,
) -> None:
    record = campaign.records["create"]
    named = next(at for at, event in enumerate(record.events, 1) if event.to and event.to[1] == ".git")
    (where, _) = record.events[named - 1].to or (0, "")
    disk = campaign.cuts["create"][named].disk
    unsure = set(disk.folders[where].changed)
    assert ".git" in unsure
    assert not unsure & {"gitstore.json", ".gitattributes"}
    stages = [event.inode for event in record.events[:named] if event.name == "stage"]
    assert stages
    assert not any(disk.folders[stage].changed for stage in stages)


def test_half_a_pack_without_its_guard_is_cleared_away_by_the_next_turn(campaign: Campaign) -> None:
    record = campaign.records["save"]
    halved = next(
        at for at, event in enumerate(record.events, 1) if event.to and event.to[1].endswith(".pack")
    )
    cut = campaign.cuts["save"][halved]
    guard = next(name for name in cut.names if name[1].endswith(".keep"))
    state = cut.without(cut.kept(), guard)
    names = [path for path, _, _ in cut.image(state).files if "objects/pack/" in path]
    assert not any(path.endswith(".keep") for path in names)
    assert sum(path.endswith(".pack") for path in names) == sum(path.endswith(".idx") for path in names) + 1
    assert campaign.problem(record, halved, cut, state) is None
