"""Calls fail, one after the other and for good: an error of gitstore's or a receipt, and nothing is lost."""

import contextlib
import errno
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from gitstore import GitstoreError, NotSaved, Store, Unreadable
from gitstore.disk.files import Files
from tests.gitstore.crash.faults.campaign import KINDS, Fault, play, rows
from tests.gitstore.crash.faults.scenes import SCENES, Stage
from tests.gitstore.crash.power.scenarios import Step
from tests.support.faults import NUMBERS, READING, FailingReads, short_writes
from tests.support.stores import WHO, exchange, in_child, judge, open_store, save

EACH = 17
"""Calls between two that fail, in the slice that is always run."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("faults")
    yield Stage(folder)
    shutil.rmtree(folder)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scene", SCENES)
def test_whatever_call_fails_nothing_acknowledged_is_lost(stage: Stage, scene: str, kind: str) -> None:
    numbers = NUMBERS if kind in {"change", "tear"} else READING
    each = {"change": EACH, "tear": 3 * EACH}.get(kind, 6 * EACH)
    turn, met = 0, True
    while met:
        number, for_good = numbers[turn % len(numbers)], turn % 2 == 1
        met = play(stage, Fault(scene, kind, number, for_good, 1 + turn * each + turn % each))
        turn += 1
    assert turn > 1


@pytest.mark.parametrize("scene", SCENES)
def test_a_system_that_takes_a_byte_or_seven_at_a_time_gets_all(
    stage: Stage, tmp_path: Path, scene: str
) -> None:
    for most in (1, 7):
        with short_writes(most):
            outcome = stage.play(scene, tmp_path / f"{most}", Files())
        assert outcome.errors == []
        stage.hold(scene, tmp_path / f"{most}", outcome, with_git=most == 7)


def test_the_campaign_has_every_scene_way_and_number() -> None:
    assert {row[0] for row in rows()} == set(SCENES)
    assert {row[2] for row in rows()} >= set(NUMBERS)
    assert errno.EINTR in READING


def test_what_cannot_be_read_now_is_neither_absent_nor_empty(stage: Stage, tmp_path: Path) -> None:
    outcome = stage.set("save", tmp_path / "disk")
    path = tmp_path / "disk" / "sessions"
    with open_store(path) as store, FailingReads(path, 1, errno.EIO, for_good=True):
        with pytest.raises(Unreadable) as told:
            store.snapshot().names("cli")
        assert str(path) in told.value.place
        assert told.value.reason == os.strerror(errno.EIO)
    with FailingReads(path, 1, errno.EMFILE, for_good=True), pytest.raises(Unreadable):
        open_store(path)
    stage.hold("save", tmp_path / "disk", outcome, with_git=True)


def test_a_reader_that_may_open_no_more_files_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    with open_store(path) as store:
        for number in range(4):
            save(store, "aaaaaaaa", number)

    def work(most: int) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        with contextlib.suppress(GitstoreError), Store.open(path, identity=WHO, create=False) as store:
            with contextlib.suppress(NotSaved):
                store.apply(exchange("bbbbbbbb", most))
            assert len(store.snapshot().files("cli/aaaaaaaa/steps")) == 4

    lowest = (
        max(int(name) for name in os.listdir("/proc/self/fd")) + 1 if Path("/proc/self/fd").is_dir() else 30
    )
    for most in range(lowest, lowest + 16):
        assert in_child(partial(work, most)) == 0
    with open_store(path) as store:
        save(store, "cccccccc", 1)
    judge(path, [*(("aaaaaaaa", number) for number in range(4)), ("cccccccc", 1)])


def test_a_process_that_may_write_no_longer_file_is_told_so(tmp_path: Path) -> None:
    path, told = tmp_path / "sessions", tmp_path / "told"
    with open_store(path) as store:
        save(store, "aaaaaaaa", 1)

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16_000, 16_000))
        refused = 0
        with Store.open(path, identity=WHO, create=False) as store, told.open("a", buffering=1) as list_:
            for number in range(2, 60):
                try:
                    store.apply(Step("aaaaaaaa", number).change())
                except NotSaved:
                    refused += 1
                else:
                    list_.write(f"{number}\n")
        assert refused or number == 59

    assert in_child(work) == 0
    with open_store(path) as store:
        save(store, "bbbbbbbb", 1)
    judge(path, [("aaaaaaaa", 1), *(("aaaaaaaa", int(line)) for line in told.read_text().split())])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 400 kB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    top = tmp_path / "small"
    top.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(top)], check=False, capture_output=True
    )
    if done.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.decode().strip()}")
    yield top
    subprocess.run(["umount", "-l", str(top)], check=True)


def test_on_a_disk_that_is_really_full_saving_is_refused_and_goes_on_when_there_is_room(
    small_disk: Path,
) -> None:
    path = small_disk / "sessions"
    saved, refused = [], 0
    with open_store(path) as store:
        for number in range(2000):
            try:
                save(store, f"session{number % 3}", number)
            except NotSaved as error:
                refused += 1
                assert error.reason
                if refused > 5:
                    break
            else:
                saved.append((f"session{number % 3}", number))
                assert len(store.snapshot().names("cli"))
        assert refused
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    with open_store(path) as store:
        save(store, "aaaaaaaa", 1)
        assert store.settle() is None
    judge(path, [*saved, ("aaaaaaaa", 1)])
