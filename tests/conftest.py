"""Guards around every test, and what many of them share."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.support import guards

_ROOM = 1 << 30
"""Bytes that must be free in memory for tests to lie there."""
_HOME = Path(tempfile.mkdtemp(prefix="dexter-test-home-"))
guards.settle(_HOME)
# Who starts the tests in the background of a shell has them ignore Ctrl+C, and all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "seeded", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60
)
settings.register_profile(
    "deep", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=3000
)
settings.register_profile(  # for mutation testing: whether it fails, not how
    "quick",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "seeded"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """No workers where there is one core for them: they would only take turns. Else one more than cores.

    Many tests wait for a program that they started, for a flush or for a terminal to become quiet.
    """
    cores = _cores()
    return 0 if cores == 1 else cores + 1


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pytest_unconfigure() -> None:
    """Take the made-up home directory away."""
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, if there is some: for tests that flush thousands of times and try something else.

    It is removed in any case.
    """
    shared = Path("/dev/shm")
    if not shared.is_dir() or shutil.disk_usage(shared).free < _ROOM:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="dexter-test-", dir=shared, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test stands in an empty directory: a `.dexter` beside the project is never found."""
    folder = tmp_path / "cwd"
    folder.mkdir()
    monkeypatch.chdir(folder)
