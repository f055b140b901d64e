"""The tools for statements, segments, earnings and key ratios."""

from typing import Any, Literal

from dexter.tools.errors import BadArgument, Unfit
from dexter.tools.fetching.source import DAY, HOUR
from dexter.tools.market.asking import dates, limit_of, ticker_of
from dexter.tools.market.dataset import NAME, Dataset, Found, Sought
from dexter.tools.market.rows import Reading, told
from dexter.tools.registry import Tool

MOST_PERIODS = 40
Period = Literal["annual", "quarterly", "ttm"]
_STATEMENTS = {
    "income": ("/financials/income-statements/", "income_statements"),
    "balance sheet": ("/financials/balance-sheets/", "balance_sheets"),
    "cash flow": ("/financials/cash-flow-statements/", "cash_flow_statements"),
    "segments": ("/financials/segments/", "segmented_financials"),
    "all": ("/financials/", "financials"),
}
_MONEY = Reading(money=True)


def statement_tools(dataset: Dataset) -> tuple[Tool, ...]:
    """The tools, on top of what asks the source."""

    async def financial_statements(
        *,
        ticker: str,
        kind: Literal["income", "balance sheet", "cash flow", "segments", "all"],
        period: Period = "annual",
        limit: int = 4,
        from_date: str = "",
        to_date: str = "",
    ) -> dict[str, Any]:
        """Get a company's income statements, balance sheets, cash flow statements or segments, latest first.

        Args:
            ticker: Such as AAPL.
            kind: Which statement; segments are revenue and others by product, business and region.
            period: Fiscal years, quarters, or the last twelve months (not for segments).
            limit: The most periods, 1 to 40.
            from_date: Only periods that end on or after, YYYY-MM-DD.
            to_date: Only periods that end on or before, YYYY-MM-DD.
        """
        meant, most = ticker_of(ticker), limit_of(limit, MOST_PERIODS)
        if kind == "segments" and period == "ttm":
            raise BadArgument("period", "is 'ttm': segments have annual and quarterly")
        path, name = _STATEMENTS[kind]
        sought = Sought(
            name,
            path,
            f"{period} statements ({kind}) of {meant} in these dates",
            {"ticker": meant, "period": period, "limit": most, **dates(from_date, to_date, "report_period")},
            keep=DAY,
            label=meant,
            hint="The SEC's tools (company_figures) have what was reported in XBRL.",
        )
        found = await dataset.rows(sought, name, most)
        if kind != "all":
            return told(found, _MONEY, "statements")
        return _three(found, most)

    async def earnings(ticker: str = "", limit: int = 4) -> dict[str, Any]:
        """Get reported quarterly and annual results with estimates and surprises, latest first.

        Args:
            ticker: Such as AAPL; leave out for the companies that reported last.
            limit: The most reports, 1 to 40.
        """
        meant, most = ticker_of(ticker, needed=False), limit_of(limit, MOST_PERIODS)
        what = f"earnings of {meant}" if meant else "earnings"
        params: dict[str, str | int] = {"ticker": meant, "limit": most}
        sought = Sought("earnings", "/earnings", what, params, keep=DAY, label=meant or "all")
        return told(await dataset.rows(sought, "earnings", most), _MONEY, "earnings")

    async def key_ratios(
        *,
        ticker: str,
        period: Literal["now", "annual", "quarterly", "ttm"] = "now",
        limit: int = 4,
        from_date: str = "",
        to_date: str = "",
    ) -> dict[str, Any]:
        """Get valuation, profitability, growth, liquidity and leverage ratios of a company, now or over time.

        Args:
            ticker: Such as AAPL.
            period: The ratios at today's price, or those of fiscal years, quarters or twelve months.
            limit: The most periods, 1 to 40.
            from_date: Only periods that end on or after, YYYY-MM-DD.
            to_date: Only periods that end on or before, YYYY-MM-DD.
        """
        meant, most = ticker_of(ticker), limit_of(limit, MOST_PERIODS)
        if period == "now":
            sought = Sought(
                "financial_metrics_snapshot",
                "/financial-metrics/snapshot/",
                f"ratios of {meant}",
                {"ticker": meant},
                keep=HOUR,
                label=meant,
            )
            return told(await dataset.rows(sought, "snapshot"), Reading(), "ratios")
        sought = Sought(
            "financial_metrics",
            "/financial-metrics/",
            f"{period} ratios of {meant} in these dates",
            {"ticker": meant, "period": period, "limit": most, **dates(from_date, to_date, "report_period")},
            keep=6 * HOUR,
            label=meant,
        )
        return told(await dataset.rows(sought, "financial_metrics", most), Reading(), "ratios")

    return (
        Tool("financial_statements", "Reading financial statements", financial_statements),
        Tool("key_ratios", "Looking up key ratios", key_ratios),
        Tool("earnings", "Looking up earnings", earnings, special=True),
    )


def _three(found: Found, most: int) -> dict[str, Any]:
    """The three statements, which come side by side in one object."""
    parts: dict[str, Any] = {}
    for name in ("income_statements", "balance_sheets", "cash_flow_statements"):
        rows = found.rows[0].get(name)
        rows = [row for row in rows if isinstance(row, dict)][:most] if isinstance(rows, list) else []
        if rows:
            one = told(Found(tuple(rows), found.link, found.fetched), _MONEY, name)
            parts |= one
    if not parts:
        raise Unfit(NAME, "it has another form than expected (there is no statement in it)")
    return parts
