"""The tools for who owns a company: its insiders, institutions, and whoever holds more than five percent."""

from typing import Any, Literal

from dexter.tools.errors import BadArgument
from dexter.tools.fetching.source import HOUR
from dexter.tools.fetching.text import one_line
from dexter.tools.market.asking import dates, limit_of, ticker_of
from dexter.tools.market.dataset import Dataset, Sought
from dexter.tools.market.rows import Reading, told
from dexter.tools.registry import Tool

MOST_ROWS = 200
_INSIDERS = {
    "trades": ("/insider-trades/", "insider_trades"),
    "holdings": ("/insider-ownership/", "insider_ownership"),
    "names": ("/insider-trades/names/", "names"),
}
_OWNERS = {
    "institutional": ("/institutional-holdings/", "institutional_holdings", "report_period"),
    "beneficial": ("/beneficial-ownership/", "beneficial_ownership", "filing_date"),
}
_FILERS = {
    "institutional": ("/institutional-holdings/investors/", "investors"),
    "beneficial": ("/beneficial-ownership/filers/", "filers"),
}


def ownership_tools(dataset: Dataset) -> tuple[Tool, ...]:
    """The tools, on top of what asks the source."""

    async def insiders(
        *,
        ticker: str,
        kind: Literal["trades", "holdings", "names"] = "trades",
        name: str = "",
        form: Literal["", "3", "3/A", "5", "5/A"] = "",
        from_date: str = "",
        to_date: str = "",
        limit: int = 10,
    ) -> dict[str, Any]:
        """Get what a company's officers, directors and large owners bought and sold, or hold, latest first.

        Args:
            ticker: Such as AAPL.
            kind: Trades (form 4), holdings (forms 3 and 5), or only the insiders' names as they are spelt.
            name: Only this insider; for trades the spelling is looked up.
            form: For holdings, only this form.
            from_date: Filed on or after, YYYY-MM-DD.
            to_date: Filed on or before, YYYY-MM-DD.
            limit: The most rows, 1 to 200.
        """
        meant, most = ticker_of(ticker), limit_of(limit, MOST_ROWS)
        path, field = _INSIDERS[kind]
        params: dict[str, str | int] = {"ticker": meant}
        person = one_line(name, 80)
        if kind == "names":
            params["name"] = person
        else:
            spelt = await _spelt(dataset, meant, person) if kind == "trades" and person else person
            params |= {"limit": most, "name": spelt, **dates(from_date, to_date, "filing_date")}
        if kind == "holdings":
            params["form_type"] = form
        what = f"insider {kind} of {meant}{f' of {person}' if person else ''} in these dates"
        hint = 'Ask for kind "names" to see how names are spelt.' if person and kind != "names" else ""
        endpoint = path.strip("/").replace("/", "_").replace("-", "_")
        sought = Sought(endpoint, path, what, params, keep=HOUR, label=meant, hint=hint)
        return told(await dataset.rows(sought, field, most), Reading(), kind)

    async def owners(
        *,
        kind: Literal["institutional", "beneficial"],
        ticker: str = "",
        filer_name: str = "",
        filer_cik: str = "",
        stance: Literal["", "activist", "passive"] = "",
        history: bool = False,
        from_date: str = "",
        to_date: str = "",
        limit: int = 10,
    ) -> dict[str, Any]:
        """Get who owns a company, or what an investor owns: give exactly one of ticker, filer name and CIK.

        Args:
            kind: Institutions' holdings (13F), or stakes of more than five percent (13D, 13G).
            ticker: The company that is owned.
            filer_name: The investor that owns.
            filer_cik: The investor's number at the SEC.
            stance: For beneficial, only activist (13D) or passive (13G) stakes.
            history: For beneficial, earlier stakes, too.
            from_date: Report periods (13F) or filing dates from this day on, YYYY-MM-DD.
            to_date: The same up to this day, YYYY-MM-DD.
            limit: The most rows, 1 to 200.
        """
        asked = {
            "ticker": ticker_of(ticker, needed=False),
            "filer_name": one_line(filer_name, 80),
            "filer_cik": _cik(filer_cik),
        }
        given = {key: value for key, value in asked.items() if value}
        if len(given) != 1:
            raise BadArgument("ticker, filer_name, filer_cik", "are too few or too many: give exactly one")
        most = limit_of(limit, MOST_ROWS)
        path, field, dated = _OWNERS[kind]
        params: dict[str, str | int] = {**given, "limit": most, **dates(from_date, to_date, dated)}
        if kind == "beneficial":
            params |= {"type": stance, "history": "true" if history else ""}
        who = next(iter(given.values()))
        hint = "investors finds how an investor's name is spelt." if "filer_name" in given else ""
        sought = Sought(field, path, f"{kind} owners for {who}", params, keep=HOUR, label=who, hint=hint)
        return told(await dataset.rows(sought, field, most), Reading(), "owners")

    async def investors(
        name: str, kind: Literal["institutional", "beneficial"] = "institutional"
    ) -> dict[str, Any]:
        """Find investors that report their holdings, by name, for `owners`.

        Args:
            name: Words of the name.
            kind: Those that file 13F, or those that file 13D and 13G.
        """
        wanted = one_line(name, 80)
        if not wanted:
            raise BadArgument("name", "is empty: give words of an investor's name")
        path, field = _FILERS[kind]
        sought = Sought(field, path, f"investor {wanted!r}", {"name": wanted}, keep=HOUR, label=wanted)
        return told(await dataset.rows(sought, field, 20), Reading(), "investors")

    return (
        Tool("insiders", "Looking up insiders", insiders, special=True),
        Tool("owners", "Looking up owners", owners, special=True),
        Tool("investors", "Looking for an investor", investors, special=True),
    )


async def _spelt(dataset: Dataset, ticker: str, name: str) -> str:
    """The name as the source spells it: the one that has most of the words; else as it was given."""
    path, field = _INSIDERS["names"]
    params = {"ticker": ticker}
    sought = Sought("insider_trades_names", path, f"insider of {ticker}", params, keep=HOUR, label=ticker)
    found = await dataset.rows(sought, field, 2000)
    words = set(name.casefold().replace(",", " ").split())

    def likeness(spelt: str) -> tuple[int, int]:
        return len(words & set(spelt.casefold().replace(",", " ").split())), -len(spelt)

    names = [str(row.get("name", "")) for row in found.rows]
    best = max(names, key=likeness, default="")
    return best if best and likeness(best)[0] else name


def _cik(text: str) -> str:
    digits = text.strip().upper().removeprefix("CIK").strip()
    if not digits:
        return ""
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10):
        raise BadArgument("filer_cik", f"is {one_line(text, 20)!r}: give up to ten digits")
    return digits.zfill(10)
