import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.paths import Home
from dexter.sessions import Facts
from dexter.sessions.catalog.statistics import Sum, compute
from dexter.sessions.footprint import KINDS, footprints

NOVEMBER = 1_795_000_000_000
PRICES = {"cheap": Decimal("0.001"), "dear": Decimal("1.5"), "free": Decimal(0)}


def price(exchange: Facts) -> Decimal | None:
    if exchange.model == "free":
        return Decimal(0)
    if exchange.input_tokens is None or exchange.model not in PRICES:
        return None
    return PRICES[exchange.model] * exchange.input_tokens


def facts(
    model: str = "cheap",
    tokens: tuple[int, int] | None = (10, 5),
    status: str = "complete",
    timestamp: int = NOVEMBER,
    provider: str | None = "p",
) -> Facts:
    given, made = tokens or (None, None)
    return Facts("a7k3m9x2", "1", timestamp, provider, model, status, 1, given, made)


def test_nothing_comes_to_nothing() -> None:
    found = compute(0, [], price)
    assert found.total == Sum()
    assert dict(found.statuses) == {"complete": 0, "interrupted": 0, "error": 0}
    assert found.models == found.months == found.unknown_prices == ()


def test_an_unknown_price_is_named_and_its_tokens_count() -> None:
    found = compute(1, [facts(), facts("new")], price)
    assert found.unknown_prices == (("p", "new"),)
    assert found.total == Sum(2, 20, 10, Decimal("0.010"), unpriced=1, uncosted=1)


def test_without_a_count_of_tokens_the_cost_is_open_unless_the_model_is_free() -> None:
    found = compute(1, [facts(tokens=None), facts("free", tokens=None)], price)
    assert found.total == Sum(exchanges=2, uncounted=2, uncosted=1)
    assert found.unknown_prices == ()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone can't be set here")
def test_months_are_those_of_the_clock_on_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    last_of_october = 1_793_489_400_000  # half past eleven in the evening, UTC
    try:
        for zone, month in (("UTC", "2026-10"), ("FAR-14", "2026-11")):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            found = compute(1, [facts(timestamp=last_of_october)], price)
            assert [each for each, _ in found.months] == [month]
    finally:
        monkeypatch.undo()
        time.tzset()


@given(
    st.lists(
        st.builds(
            facts,
            st.sampled_from(["cheap", "dear", "free", "new", ""]),
            st.none() | st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)),
            st.sampled_from(["complete", "interrupted", "error"]),
            st.integers(0, 4_000_000_000_000),
            st.sampled_from([None, "", "p", "q"]),
        )
    )
)
def test_models_and_months_and_statuses_add_up_to_the_total(exchanges: list[Facts]) -> None:
    found = compute(3, exchanges, price)
    assert sum((each for _, each in found.models), Sum()) == found.total
    assert sum((each for _, each in found.months), Sum()) == found.total
    assert sum(found.statuses.values()) == found.total.exchanges == len(exchanges)
    assert [month for month, _ in found.months] == sorted({month for month, _ in found.months})


def test_every_file_of_a_home_is_counted_once_under_its_kind(tmp_path: Path) -> None:
    sessions = tmp_path / "sessions"
    files = {
        sessions / ".git/objects/pack/p.pack": "packs",
        sessions / ".git/objects/ab/cdef": "loose objects",
        sessions / ".git/gitstore/journal/1-1.wal": "journals",
        sessions / ".git/index": "rest of .git",
        sessions / "cli/a7k3m9x2/history.jsonl": "histories",
        sessions / "cli/a7k3m9x2/steps/1.jsonl": "steps",
        sessions / "cli/a7k3m9x2/session.json": "metadata",
        sessions / "gitstore.json": "rest of the work tree",
        tmp_path / "catalog/live.db": "catalog",
        tmp_path / "cache/sec/facts/AAPL_0123456789ab.json": "cache",
        tmp_path / "scratchpad/one.jsonl": "scratchpad",
        tmp_path / "messages/chat_history.json": "messages",
        tmp_path / "settings.json": "rest of the home",
    }
    assert sorted(files.values()) == sorted(KINDS)
    for size, path in enumerate(files, start=1):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    (sessions / "cli/everything").symlink_to("/")
    found = {each.kind: each for each in footprints(Home(tmp_path))}
    for size, (path, kind) in enumerate(files.items(), start=1):
        extra = (1, 1) if path.name == "gitstore.json" else (0, 0)  # the link itself, one character long
        assert (found[kind].files, found[kind].bytes) == (1 + extra[0], size + extra[1])


def test_a_home_that_is_not_there_takes_nothing(tmp_path: Path) -> None:
    assert sum(each.bytes for each in footprints(Home(tmp_path / "none"))) == 0
    assert not (tmp_path / "none").exists()
