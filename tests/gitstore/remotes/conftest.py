"""What tests of remotes share: the ways to reach one, servers, and a folder in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.remotes import Served, missing, serve
from tests.support.remotes.copies import WAYS


@pytest.fixture
def tmp_path(memory: Path) -> Path:
    return memory


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """With a git program, or without."""
    return str(request.param)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Served]:
    if reason := missing("http"):
        pytest.skip(reason)
    with serve("http", tmp_path / "served") as found:
        yield found


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Served]:
    if reason := missing("daemon"):
        pytest.skip(reason)
    with serve("daemon", tmp_path / "served") as found:
        yield found
