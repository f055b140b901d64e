"""The tools for filings against a stand-in for the SEC."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sec import Asking, sec


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    """Calls a tool by its name."""
    with sec() as server:
        yield Asking(server, tmp_path)
