"""What the tools return: figures with all that is needed to look them up, filings, companies."""

from collections.abc import Mapping, Sequence
from typing import Any

from dexter.tools.fetching.text import one_line
from dexter.tools.figures import CURRENCY, NUMBER, Figure, plain, shown
from dexter.tools.filings.answers import Filing
from dexter.tools.filings.edgar import Edgar
from dexter.tools.filings.series import Value

SOURCE = "SEC EDGAR"
UNADJUSTED = (
    "Counts of shares and amounts per share are as reported then: not adjusted for later splits, and counts "
    "of several classes of shares are not added up."
)


def figure(
    edgar: Edgar, cik: int, value: Value, *, name: str, fiscal: str, document: str = ""
) -> dict[str, Any]:
    """A figure: amount, unit, period, and the filing that it is from.

    Args:
        edgar: Knows the addresses.
        cik: The company.
        value: The value.
        name: What it is called.
        fiscal: The fiscal period, as far as it is known.
        document: The filing's main document, as far as it is known.
    """
    told: dict[str, Any] = {
        "name": name,
        **amount(value),
        **({} if value.start is None else {"start": value.start.isoformat()}),
        "end": value.end.isoformat(),
        **({"fiscal_period": fiscal} if fiscal else {}),
        "tag": value.tag,
        **_filing(value),
        "link": edgar.archive(cik, value.accession, document),
    }
    if value.before is not None:
        told["restated_from"] = {**amount(value.before), **_filing(value.before)}
    if value.difference_of is not None:
        told["computed"] = _difference(*value.difference_of)
    return told


def amount(value: Value) -> dict[str, str]:
    """Amount and unit, exactly and for people."""
    currency, _, per = value.unit.partition("/")
    if len(currency) == 3 and currency.isupper():
        of = {"": CURRENCY, "shares": f"{CURRENCY} a share"}.get(per, f"{CURRENCY} per {per}")
        for_people = shown(Figure("", value.amount, of), currency)
        # Reported in whole units: nobody counted cents.
        if value.amount == value.amount.to_integral_value():
            for_people = for_people.replace(".00", "", 1)
    elif value.unit == "pure":
        for_people = shown(Figure("", value.amount, NUMBER))
    else:
        for_people = shown(Figure("", value.amount, one_line(value.unit, 40)))
    return {"amount": plain(value.amount), "unit": one_line(value.unit, 40), "shown": for_people}


def filing(edgar: Edgar, cik: int, found: Filing) -> dict[str, Any]:
    """A row of a list of filings."""
    row: dict[str, Any] = {
        "form": one_line(found.form, 20),
        "filed": found.filed,
        "accession_number": found.accession,
        "link": edgar.archive(cik, found.accession, found.document),
    }
    if found.period:
        row["period"] = found.period
    if found.items:
        row["items"] = [one_line(item, 10) for item in found.items]
    if found.description and found.description.upper() != found.form.upper():
        row["document"] = one_line(found.description, 80)
    return row


def documents(filings: Sequence[Filing]) -> Mapping[str, str]:
    """Accession number to main document."""
    return {each.accession: each.document for each in filings}


def _filing(value: Value) -> dict[str, str]:
    return {"form": value.form, "accession_number": value.accession, "filed": value.filed}


def _difference(longer: Value, shorter: Value) -> str:
    words = {3: "three months", 6: "six months", 9: "nine months", 12: "the year"}
    parts = [
        f"{words[each.months]} to {each.end} ({amount(each)['shown']}, {each.form} {each.accession})"
        for each in (longer, shorter)
    ]
    restated = " One of the two was restated." if longer.before or shorter.before else ""
    return f"Nobody reported this quarter: it is {parts[0]} minus {parts[1]}.{restated}"
