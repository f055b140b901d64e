"""Empty, wrong, slow, huge and hostile answers of Financial Datasets; cache ages; pages; arguments."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.tools.errors import BadArgument, NotThere, Refused, ToolError, Unfit, Unreachable
from dexter.tools.market.rows import Reading, row_of
from dexter.tools.market.units import unit_of
from tests.dexter.unit.market.test_market_answers import CALLS
from tests.support.market import AskingMarket
from tests.support.servers.pages import Page, json_page

HOUR = 3600.0


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (json_page({}), NotThere),
        (json_page({"snapshot": {}}), NotThere),
        (json_page({"error": "no such ticker"}, status=404), NotThere),
        (json_page({"error": "Invalid API key"}, status=401), Refused),
        (json_page({"message": "Out of credits"}, status=402), Refused),
        (json_page([1, 2]), Unfit),
        (json_page({"snapshot": "text"}), Unfit),
        (Page(b"<html>sorry</html>"), Unfit),
        (Page(b'{"snapshot": {"price": NaN}}'), Unfit),
        (Page(b"[" * 200_000), Unfit),
        (Page(b" " * 11_000_000), Unfit),
        (Page(b"0" * 100_000, ending="endless"), Unfit),
        (Page(b'{"snapshot"', ending="torn"), Unreachable),
    ],
    ids=[
        "nothing", "empty", "not found", "wrong key", "no credit", "a list", "a text", "a page", "no number",
        "deep", "huge", "endless", "torn",
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_a_sentence_and_is_not_kept(
    asking: AskingMarket, page: Page, error: type[ToolError]
):
    asking.server.put("/financial-metrics/snapshot/", page)
    for _ in range(2):
        with pytest.raises(error, match=r"^[\w].+\.$") as caught:
            asking("key_ratios", ticker="ACMW")
        assert "fd-key" not in str(caught.value)
    assert len(asking.server.paths) == 2


@pytest.mark.parametrize("name", [name for name in CALLS if name != "stock_screener"])
def test_every_tool_says_so_when_there_is_nothing(asking: AskingMarket, name: str):
    for path in list(asking.server._pages):
        asking.server.put(path, json_page({}))
    with pytest.raises(NotThere, match=r"^Financial Datasets has no .+\.$"):
        asking(name, **CALLS[name])


@pytest.mark.parametrize(
    ("name", "arguments", "kept"),
    [
        ("market_price", {"ticker": "ACMW"}, 0),
        ("price_history", {"ticker": "ACMW", "from_date": "2024-01-01", "to_date": "2026-11-21"}, None),
        ("price_history", {"ticker": "ACMW", "from_date": "2024-01-01", "to_date": "2026-11-22"}, 0),
        ("market_tickers", {}, 24 * HOUR),
        ("financial_statements", {"ticker": "ACMW", "kind": "income"}, 24 * HOUR),
        ("earnings", {}, 24 * HOUR),
        ("key_ratios", {"ticker": "ACMW"}, HOUR),
        ("key_ratios", {"ticker": "ACMW", "period": "ttm"}, 6 * HOUR),
        ("company_news", {}, HOUR / 4),
        ("insiders", {"ticker": "ACMW"}, HOUR),
        ("owners", {"kind": "beneficial", "ticker": "ACMW"}, HOUR),
        ("dataset_filings", {"ticker": "ACMW"}, HOUR / 4),
    ],
)
def test_an_answer_is_kept_as_long_as_it_counts(
    asking: AskingMarket, name: str, arguments: dict[str, Any], kept: float | None
):
    # 13 hours later than the clock of the stand-in: the 21st has ended everywhere.
    asking.clock.now += 13 * HOUR
    asking(name, **arguments)
    asked = len(asking.server.paths)
    asking.clock.now += (kept or 0) * 0.9 if kept is not None else 1e9
    asking(name, **arguments)
    assert len(asking.server.paths) == (asked * 2 if kept == 0 else asked)
    if kept:
        asking.clock.now += kept * 0.2
        asking(name, **arguments)
        assert len(asking.server.paths) == asked * 2


def test_further_pages_are_asked_for_here_and_never_where_an_answer_says(asking: AskingMarket):
    row = {"ticker": "ACMW", "name": "COOK ADA", "transaction_shares": 5}
    elsewhere = "http://evil.example/insider-trades/?cursor=next+one"
    page = {"insider_trades": [row] * 10, "next_page_url": elsewhere}
    asking.server.put("/insider-trades/", json_page(page))
    asking.server.put("/insider-trades/?cursor=next+one", json_page({**page, "next_page_url": None}))
    told = asking("insiders", ticker="ACMW", limit=15)
    assert len(told["trades"]) == 15
    assert told["more"] is True
    first, second = asking.server.paths
    assert (first, second) == ("/insider-trades/?ticker=ACMW&limit=15", "/insider-trades/?cursor=next+one")


def test_too_many_prices_are_cut_to_the_last_and_say_so(asking: AskingMarket):
    rows = [{"close": 1 + day, "time": f"{2000 + day // 300}-01-{day:04}"} for day in range(700)]
    asking.server.put("/prices/", json_page({"prices": rows}))
    told = asking("price_history", ticker="ACMW", from_date="2000-01-01", to_date="2002-12-31")
    assert len(told["prices"]) == 500
    assert told["prices"][-1][4] == "700"
    assert told["notes"] == ["Only the last 500 of 700 rows: ask for fewer days or longer intervals."]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("market_price", {"ticker": "../secrets"}, "ticker is"),
        ("market_price", {"ticker": ""}, "ticker is"),
        ("price_history", {"ticker": "A", "from_date": "", "to_date": "2024-01-01"}, "from_date is empty"),
        ("price_history", {"ticker": "A", "from_date": "2025-01-01", "to_date": "2024-01-01"}, "is after"),
        (
            "price_history",
            {"ticker": "A", "from_date": "2024-01-01", "to_date": "2024-01-01", "interval": "minute"},
            "interval is",
        ),
        ("financial_statements", {"ticker": "A", "kind": "segments", "period": "ttm"}, "period is"),
        ("financial_statements", {"ticker": "A", "kind": "income", "from_date": "May"}, "has to be a date"),
        ("owners", {"kind": "institutional"}, "exactly one"),
        ("owners", {"kind": "beneficial", "ticker": "A", "filer_cik": "5"}, "exactly one"),
        ("owners", {"kind": "beneficial", "filer_cik": "five"}, "filer_cik is"),
        ("investors", {"name": " "}, "name is empty"),
        ("dataset_filing_items", {"ticker": "A", "form": "10-K", "accession_number": ""}, "is empty"),
        ("stock_screener", {"conditions": ["revenue"]}, "write each as"),
        ("stock_screener", {"conditions": ["revenu > 5"]}, "like it: revenue"),
    ],
)
def test_arguments_that_can_not_be_asked_for_are_a_sentence(
    asking: AskingMarket, name: str, arguments: dict[str, Any], said: str
):
    with pytest.raises(BadArgument, match=said):
        asking(name, **arguments)
    assert [path for path in asking.server.paths if "filters" not in path] == []


@pytest.mark.parametrize(
    ("field", "unit"),
    [
        ("revenue", "USD"),
        ("earnings_per_share_diluted", "USD a share"),
        ("dividends_per_common_share", "USD a share"),
        ("weighted_average_shares_diluted", "shares"),
        ("share_based_compensation", "USD"),
        ("issuance_or_purchase_of_equity_shares", "USD"),
        ("net_margin", "fraction"),
        ("return_on_invested_capital", "fraction"),
        ("peg_ratio", "times"),
        ("current_ratio", "times"),
        ("interest_coverage", "times"),
        ("operating_cycle", "days"),
        ("percent_of_class", "percent"),
        ("day_change_percent", "percent"),
        ("eps", "USD a share"),
    ],
)
def test_a_field_is_measured_in_what_its_name_says(field: str, unit: str):
    assert unit_of(field, "USD", money=True) == unit


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals("-1e30", "1e30", allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=12), VALUES, max_size=6))
def test_whatever_a_row_holds_it_becomes_json_without_a_line_break_outside_of_quotations(row: dict[str, Any]):
    told = row_of(row, Reading(), "https://fd.example/")

    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [each for key, inner in value.items() for each in (key, *texts(inner))]
        if isinstance(value, list):
            return [each for inner in value for each in texts(inner)]
        return [value] if isinstance(value, str) else []

    json.dumps(told)
    for text in texts(told):
        assert text.startswith("<quoted ") or not (set(text) & set("\n<>\x1b\u202e"))
