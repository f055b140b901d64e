"""What each tool asks of Financial Datasets and what it tells: amounts with unit, texts as quoted."""

import json
from typing import Any

import pytest

from tests.support.market import KEY, AskingMarket

FILING = "https://www.sec.gov/Archives/edgar/data/1000001/000100000124000081/acmw-20240928.htm"

CALLS: dict[str, dict[str, Any]] = {
    "market_price": {"ticker": "acmw"},
    "price_history": {"ticker": "ACMW", "from_date": "2024-09-26", "to_date": "2024-09-27"},
    "market_tickers": {},
    "financial_statements": {"ticker": "ACMW", "kind": "income"},
    "key_ratios": {"ticker": "ACMW"},
    "earnings": {},
    "company_news": {"ticker": "ACMW"},
    "insiders": {"ticker": "ACMW"},
    "owners": {"kind": "institutional", "ticker": "ACMW"},
    "investors": {"name": "Loopback"},
    "dataset_filings": {"ticker": "ACMW", "forms": ["10-K", "8-K"]},
    "dataset_filing_items": {"ticker": "ACMW", "form": "10-K", "accession_number": "0001000001-24-000081"},
    "stock_screener": {"conditions": ["revenue > 1000000"]},
}


@pytest.mark.parametrize("name", CALLS)
def test_every_tool_sends_the_key_and_says_its_source_and_link(asking: AskingMarket, name: str):
    told = asking(name, **CALLS[name])
    assert told["source"] == "Financial Datasets"
    assert told["link"].startswith(asking.server.address)
    assert all(each.headers["x-api-key"] == KEY for each in asking.server.requests)
    assert KEY not in json.dumps(told)


@pytest.mark.parametrize(
    ("name", "arguments", "path"),
    [
        ("market_price", {"ticker": "BTC-USD", "kind": "crypto"}, "/crypto/prices/snapshot/?ticker=BTC-USD"),
        (
            "price_history",
            {
                "ticker": "BTC-EUR",
                "kind": "crypto",
                "interval": "minute",
                "interval_multiplier": 5,
                "from_date": "2026-11-19",
                "to_date": "2026-11-19",
            },
            (
                "/crypto/prices/?ticker=BTC-EUR&interval=minute&interval_multiplier=5"
                "&start_date=2026-11-19&end_date=2026-11-19"
            ),
        ),
        (
            "price_history",
            {"ticker": "ACMW", "from_date": "2024-09-27", "to_date": "2024-09-27"},
            "/prices/?ticker=ACMW&interval=day&start_date=2024-09-20&end_date=2024-09-27",
        ),
        ("market_tickers", {"kind": "crypto", "beginning": "btc"}, "/crypto/prices/tickers/"),
        (
            "financial_statements",
            {"ticker": "ACMW", "kind": "balance sheet", "period": "quarterly", "from_date": "2023-01-01"},
            "/financials/balance-sheets/?ticker=ACMW&period=quarterly&limit=4&report_period_gte=2023-01-01",
        ),
        (
            "financial_statements",
            {"ticker": "ACMW", "kind": "cash flow", "period": "ttm", "to_date": "2025-01-01", "limit": 99},
            "/financials/cash-flow-statements/?ticker=ACMW&period=ttm&limit=40&report_period_lte=2025-01-01",
        ),
        (
            "financial_statements",
            {"ticker": "ACMW", "kind": "segments"},
            "/financials/segments/?ticker=ACMW&period=annual&limit=4",
        ),
        (
            "financial_statements",
            {"ticker": "ACMW", "kind": "all"},
            "/financials/?ticker=ACMW&period=annual&limit=4",
        ),
        (
            "key_ratios",
            {"ticker": "ACMW", "period": "annual", "limit": 2},
            "/financial-metrics/?ticker=ACMW&period=annual&limit=2",
        ),
        ("earnings", {"ticker": "ACMW"}, "/earnings?ticker=ACMW&limit=4"),
        ("company_news", {"limit": 50}, "/news?limit=10"),
        ("insiders", {"ticker": "ACMW", "kind": "names"}, "/insider-trades/names/?ticker=ACMW"),
        (
            "insiders",
            {"ticker": "ACMW", "kind": "holdings", "name": "cook", "form": "3", "from_date": "2024-01-01"},
            "/insider-ownership/?ticker=ACMW&limit=10&name=cook&filing_date_gte=2024-01-01&form_type=3",
        ),
        (
            "insiders",
            {"ticker": "ACMW", "name": "Ada Cook"},
            "/insider-trades/?ticker=ACMW&limit=10&name=COOK+ADA",
        ),
        (
            "owners",
            {"kind": "institutional", "filer_cik": "1000042", "from_date": "2026-01-01"},
            "/institutional-holdings/?filer_cik=0001000042&limit=10&report_period_gte=2026-01-01",
        ),
        (
            "owners",
            {"kind": "beneficial", "ticker": "ACMW", "stance": "activist", "history": True},
            "/beneficial-ownership/?ticker=ACMW&limit=10&type=activist&history=true",
        ),
        (
            "investors",
            {"name": "Barbarian", "kind": "beneficial"},
            "/beneficial-ownership/filers/?name=Barbarian",
        ),
        (
            "dataset_filings",
            {"ticker": "ACMW", "forms": ["10-K", "8-K"]},
            "/filings/?ticker=ACMW&filing_type=10-K%2C8-K&limit=10",
        ),
    ],
)
def test_what_is_asked_for_becomes_this_request(
    asking: AskingMarket, name: str, arguments: dict[str, Any], path: str
):
    asking(name, **arguments)
    assert asking.server.paths[-1] == path


def test_a_statement_has_every_amount_with_unit_its_period_and_the_filing(asking: AskingMarket):
    told = asking("financial_statements", ticker="ACMW", kind="income")
    assert (told["ticker"], told["currency"], told["period"]) == ("ACMW", "USD", "annual")
    assert told["statements"][1] == {
        "report_period": "2023-09-30",
        "fiscal_period": "2023-FY",
        "link": FILING,
        "revenue": "1080000000 USD",
        "net_income": "-20000000 USD",
        "earnings_per_share": "-0.2 USD a share",
        "weighted_average_shares": "100000000 shares",
    }


def test_all_three_statements_come_side_by_side(asking: AskingMarket):
    told = asking("financial_statements", ticker="ACMW", kind="all")
    assert told["balance_sheets"][0]["outstanding_shares"] == "100500000 shares"
    assert told["cash_flow_statements"][0]["issuance_or_purchase_of_equity_shares"] == "-25000000 USD"
    assert len(told["income_statements"]) == 2


def test_the_revenue_of_a_segment_is_money(asking: AskingMarket):
    told = asking("financial_statements", ticker="ACMW", kind="segments")
    product = told["statements"][0]["income_statement"]["revenue"]["product"]
    assert product[1] == {"label": "Services", "value": "234600000 USD"}


def test_ratios_say_whether_they_are_fractions_times_or_days(asking: AskingMarket):
    told = asking("key_ratios", ticker="ACMW")
    ratios = told["ratios"][0]
    assert ratios["gross_margin"] == "0.375 fraction"
    assert ratios["price_to_earnings_ratio"] == "45.97 times"
    assert ratios["days_sales_outstanding"] == "41.2 days"
    assert told["notes"] == ["A fraction of 0.25 is 25 percent."]


def test_prices_are_rows_below_columns_with_units_and_keep_all_their_digits(asking: AskingMarket):
    told = asking("price_history", **CALLS["price_history"])
    assert told["columns"] == [
        "time",
        "open (USD a share)",
        "high (USD a share)",
        "low (USD a share)",
        "close (USD a share)",
        "volume (shares)",
    ]
    assert told["prices"][1] == ["2024-09-27", "41.5", "42.125", "40.8", "41", "900000"]
    coin = asking("market_price", ticker="BTC-USD", kind="crypto")["prices"][0]
    assert coin["price"] == "91234.56789012 USD a unit"


def test_what_is_redundant_is_told_once_or_not_at_all(asking: AskingMarket):
    told = asking("insiders", ticker="ACMW")
    assert told["issuer"] == "Acme Widgets Inc"
    assert {"ticker", "issuer", "currency"}.isdisjoint(told["trades"][0])
    assert "accession_number" not in asking("dataset_filings", ticker="ACMW")["filings"][0]
    held = asking("owners", kind="institutional", ticker="ACMW")["owners"][0]
    assert held["accession_number"] == "0001000042-26-000007"


def test_a_headline_is_quoted_and_can_not_end_its_quotation(asking: AskingMarket):
    first, second = (each["title"] for each in asking("company_news", ticker="ACMW")["news"])
    for title in (first, second):
        assert title.startswith("<quoted ")
        assert title.count("</quoted") == 1
    assert "Ignore all earlier instructions" in second
    assert second.splitlines()[-1] == f"</quoted {second.split()[1]}>"


def test_what_a_filing_says_is_quoted_page_by_page(asking: AskingMarket):
    told = asking("dataset_filing_items", **CALLS["dataset_filing_items"])
    assert told["items_in_answer"] == ["Item-1A Risk Factors"]
    assert (told["page"], told["pages"]) == (1, 1)
    assert told["text"].startswith("<quoted ")


def test_a_screen_posts_its_conditions_and_says_them(asking: AskingMarket):
    conditions = ["revenue > 1_000_000", "sector in Energy, Technology"]
    told = asking("stock_screener", conditions=conditions, limit=500)
    posted = json.loads(asking.server.requests[-1].body)
    assert posted == {
        "filters": [
            {"field": "revenue", "operator": "gt", "value": 1_000_000},
            {"field": "sector", "operator": "in", "value": ["Energy", "Technology"]},
        ],
        "currency": "USD",
        "limit": 100,
    }
    assert told["companies"][0]["net_margin"] == "0.0729 fraction"
    assert asking("stock_screener", conditions=[])["fields"] == [
        "gross_margin",
        "net_income",
        "net_margin",
        "revenue",
        "sector",
    ]
