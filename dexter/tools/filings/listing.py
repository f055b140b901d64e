"""Which filings a company made, and which one of them is meant."""

import re
from collections.abc import Sequence

from dexter.tools.errors import NotThere
from dexter.tools.filings.answers import Filing, Submissions
from dexter.tools.filings.edgar import NAME, Edgar

ACCESSION = re.compile(r"([0-9]{10})-?([0-9]{2})-?([0-9]{6})")
MOST_OLDER = 6
"""Further files that are looked through for one question."""


async def filings(
    edgar: Edgar,
    cik: int,
    known: Submissions,
    *,
    forms: Sequence[str] = (),
    since: str = "",
    until: str = "",
    most: int,
) -> tuple[list[Filing], bool]:
    """The filings of some forms and days, the latest first, and whether there may be more.

    Args:
        edgar: Who knows.
        cik: The company.
        known: The company's submissions.
        forms: Such as 10-K; amendments (10-K/A) come with them. None: all.
        since: The first day, YYYY-MM-DD.
        until: The last day.
        most: How many at most.
    """
    wanted = {_form(form) for form in forms}

    def fits(filing: Filing) -> bool:
        form = _form(filing.form)
        named = not wanted or form in wanted or form.removesuffix("/A") in wanted
        return named and (not since or filing.filed >= since) and (not until or filing.filed <= until)

    found = [each for each in known.filings.recent.rows() if fits(each)]
    files = known.filings.files
    for place, file in enumerate(files):
        if len(found) > most or place == MOST_OLDER:
            return found[:most], True
        if (since and file.filing_to < since) or (until and file.filing_from > until):
            continue
        found += [each for each in await edgar.older(cik, file.name) if fits(each)]
    return found[:most], len(found) > most


async def the_filing(edgar: Edgar, cik: int, known: Submissions, text: str) -> Filing:
    """The filing that a text names: an accession number, or a form, which stands for the latest one.

    Raises:
        NotThere: If the company made none such.
    """
    if number := ACCESSION.fullmatch(text.strip()):
        accession = "-".join(number.groups())
        for filing in known.filings.recent.rows():
            if filing.accession == accession:
                return filing
        # An older one, or one of a subsidiary: the archive has it under any of its companies.
        return Filing(accession, "", "", "", (), "", "")
    form = _form(re.sub(r"^(the\s+)?latest\s+", "", text.strip(), flags=re.IGNORECASE))
    listed, _ = await filings(edgar, cik, known, forms=[form], most=5)
    # An amendment often holds a part of the report only; it is asked for by its own name.
    for filing in listed:
        if _form(filing.form) == form:
            return filing
    hint = "Give an accession number, or a form that company_filings lists for it."
    raise NotThere(NAME, f"filing {form!r} of {known.name}", hint)


def _form(text: str) -> str:
    return " ".join(text.upper().replace("FORM", "").split())[:20]
