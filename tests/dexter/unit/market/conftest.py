"""The tools for markets against a stand-in for Financial Datasets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.market import AskingMarket, market


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[AskingMarket]:
    """Calls a tool by its name."""
    with market() as server:
        yield AskingMarket(server, tmp_path)
