"""Which company is meant by a ticker, a name or a number of the SEC."""

import re
from collections.abc import Sequence

import msgspec

from dexter.tools.errors import BadArgument, NotThere
from dexter.tools.fetching.text import one_line
from dexter.tools.filings.answers import Listed
from dexter.tools.filings.edgar import NAME, Edgar

_NUMBER = re.compile(r"(?:CIK)?\s*#?\s*0*([0-9]{1,10})", re.IGNORECASE)
_TICKER = re.compile(r"[A-Z0-9]{1,6}(-[A-Z0-9]{1,4})?")
_LEGAL = frozenset(
    (
        *("inc", "incorporated", "corp", "corporation", "co", "company", "companies", "ltd", "limited"),
        *("llc", "lp", "plc", "sa", "nv", "ag", "se", "the", "de", "group", "holdings", "holding", "new"),
    )
)
_NEAR = 70.0
_UNLISTED = (
    "Companies that are no longer listed are not in the SEC's list of tickers: search_filings finds them by "
    "name, and their CIK is taken here."
)


class Company(msgspec.Struct, frozen=True):
    """A company: its number at the SEC, its name, and its tickers, the usual one first."""

    cik: int
    name: str
    tickers: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """For people: name and first ticker."""
        return f"{self.name} ({self.tickers[0]})" if self.tickers else self.name or f"CIK {self.cik}"


async def the_company(edgar: Edgar, text: str) -> Company:
    """The company that a text names; of one that is named by its number only that is known.

    Args:
        edgar: Who knows.
        text: A ticker ("BRK.B"), a name ("Apple") or a CIK ("320193").

    Raises:
        BadArgument: If the text is empty.
        NotThere: If no company goes by it, or several do; the sentence names the nearest.
    """
    wanted = one_line(text, 80)
    if not wanted:
        raise BadArgument("company", "is empty: give a ticker, a name or a CIK")
    if number := _NUMBER.fullmatch(wanted):
        return Company(int(number[1]), "")
    known = by_number(await edgar.tickers())
    exact = _by_ticker(known, wanted) or _by_name(known, wanted)
    if len(exact) == 1:
        return exact[0]
    near = exact or nearest(known, wanted, 5)
    named = "; ".join(f"{each.shown}, CIK {each.cik}" for each in near)
    hint = f"Did you mean one of these: {named}? {_UNLISTED}" if near else _UNLISTED
    raise NotThere(NAME, f"single company {wanted!r}" if exact else f"company {wanted!r}", hint)


def by_number(listed: Sequence[Listed]) -> list[Company]:
    """The companies of a list of tickers, whose rows name one several times."""
    found: dict[int, Company] = {}
    for row in listed:
        before = found.get(row.cik_str)
        tickers = (*(before.tickers if before else ()), row.ticker.upper())
        found[row.cik_str] = Company(row.cik_str, one_line(row.title, 80), tickers)
    return list(found.values())


def matching(companies: Sequence[Company], text: str, most: int) -> list[Company]:
    """The companies that a text may mean, best first: by ticker, by name, by likeness."""
    first = [*_by_ticker(companies, text), *_by_name(companies, text)]
    return list({each.cik: each for each in (*first, *nearest(companies, text, most))}.values())[:most]


def nearest(companies: Sequence[Company], text: str, most: int) -> list[Company]:
    """The companies whose names are most like a text, the most alike first."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415  only a name that is none needs it

    names = [_bare(each.name) for each in companies]
    found = process.extract(
        _bare(text) or text.lower(), names, scorer=fuzz.WRatio, limit=most, score_cutoff=_NEAR
    )
    return [companies[place] for _, _, place in found]


def _by_ticker(companies: Sequence[Company], text: str) -> list[Company]:
    # The SEC writes a class of shares with a hyphen: BRK-B for what others write BRK.B or BRK/B.
    ticker = re.sub(r"[./\s]+", "-", text.strip().lstrip("$")).upper()
    if not _TICKER.fullmatch(ticker):
        return []
    return [each for each in companies if ticker in each.tickers]


def _by_name(companies: Sequence[Company], text: str) -> list[Company]:
    bare = _bare(text)
    return [each for each in companies if bare and _bare(each.name) == bare]


def _bare(name: str) -> str:
    """A name without its legal form, case and punctuation."""
    words = re.findall(r"[^\W_]+", re.sub(r"[.'’]", "", name.casefold()))  # noqa: RUF001  both apostrophes
    return " ".join([word for word in words if word not in _LEGAL] or words)
