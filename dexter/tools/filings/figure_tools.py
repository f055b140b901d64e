"""The tools for figures: one concept of a company over time, what a company reports."""

from datetime import date
from typing import Any

from dexter.tools.errors import BadArgument, NotThere
from dexter.tools.fetching.text import one_line
from dexter.tools.filings import showing
from dexter.tools.filings.answers import Facts
from dexter.tools.filings.choosing import Period, chosen_for, fits, notes, unit_of, ways
from dexter.tools.filings.companies import the_company
from dexter.tools.filings.company_tools import complete, day_or_none, described
from dexter.tools.filings.edgar import NAME, Edgar, decoded
from dexter.tools.filings.fiscal import ends_of, label
from dexter.tools.filings.notions import DEI, GAAP, IFRS
from dexter.tools.filings.series import Value
from dexter.tools.registry import Tool

MOST_FIGURES = 40
MOST_CONCEPTS = 40


def figure_tools(edgar: Edgar) -> tuple[Tool, ...]:
    """The tools, on top of what asks the SEC."""

    async def company_figures(
        *,
        company: str,
        concept: str,
        period: Period = "annual",
        from_date: str = "",
        to_date: str = "",
        limit: int = 6,
        unit: str = "",
    ) -> dict[str, Any]:
        """Get a figure that a company reported to the SEC (XBRL, since about 2009), a value for each period.

        Each value comes with unit, period, form, accession number, filing date and link, and says if it was
        restated or is the difference of two reported periods.

        Args:
            company: Ticker, name or CIK.
            concept: In words (revenue, net income, earnings per share, operating cash flow, total assets,
                long-term debt), or an exact tag such as us-gaap:Goodwill.
            period: Fiscal years, quarters, from the beginning of the fiscal year, or every period.
            from_date: Only periods that end on or after, YYYY-MM-DD.
            to_date: Only periods that end on or before, YYYY-MM-DD.
            limit: The most values, 1 to 40, the latest first.
            unit: Such as USD or EUR, where a company reports in several.
        """
        since, until = day_or_none(from_date, "from_date"), day_or_none(to_date, "to_date")
        meant = await the_company(edgar, company)
        known = await edgar.submissions(meant.cik)
        chosen = await chosen_for(edgar, complete(meant, known), concept)
        used = unit_of(chosen, unit)
        facts = chosen.facts(used)
        ends = ends_of(facts)
        found = [
            (value, others)
            for value, others in chosen.by_period(used, computed=period == "quarterly")
            if fits(value, period, ends) and _within(value, since, until)
        ]
        if not found:
            what = f"{period} value of {chosen.name} of {known.name} in these dates"
            raise NotThere(NAME, one_line(what), ways(facts, period))
        shown = found[: min(max(limit, 1), MOST_FIGURES)]
        names = showing.documents(known.filings.recent.rows())
        figures = []
        for value, others in shown:
            document = names.get(value.accession, "")
            told = showing.figure(
                edgar, meant.cik, value, name=chosen.name, fiscal=label(value, ends), document=document
            )
            if others:
                told["other_tags"] = [{"tag": each.tag, **showing.amount(each)} for each in others]
            figures.append(told)
        return {
            "source": f"{showing.SOURCE}, XBRL company facts",
            "company": described(meant, known),
            "figures": figures,
            "more": len(found) > len(shown),
            "notes": notes(chosen, used, [value for value, _ in shown], facts),
        }

    async def company_concepts(company: str, words: str) -> dict[str, Any]:
        """Find under which XBRL tags a company reports something, for `company_figures`.

        Args:
            company: Ticker, name or CIK.
            words: What is looked for, such as "lease liability" or "segment revenue".
        """
        wanted = one_line(words, 100).casefold().split()
        if not wanted:
            raise BadArgument("words", "is empty: give a word or two of what is looked for")
        meant = await the_company(edgar, company)
        reported = await edgar.facts(meant.cik)
        found = _matching(reported, wanted)
        if not found:
            hint = "Try one word of it, or read the filing's items."
            raise NotThere(NAME, f"tag with {' '.join(wanted)!r} of {reported.entity_name}", hint)
        return {
            "source": f"{showing.SOURCE}, XBRL company facts",
            "company": one_line(reported.entity_name, 80),
            "concepts": found[:MOST_CONCEPTS],
            "more": len(found) > MOST_CONCEPTS,
        }

    return (
        Tool("company_figures", "Looking up reported figures", company_figures),
        Tool("company_concepts", "Looking for reported concepts", company_concepts, special=True),
    )


def _within(value: Value, since: date | None, until: date | None) -> bool:
    return (since is None or value.end >= since) and (until is None or value.end <= until)


def _matching(reported: Facts, words: list[str]) -> list[dict[str, Any]]:
    """The concepts whose tag or label has all words, the most recently reported first."""
    found = []
    for taxonomy in (GAAP, IFRS, DEI, *sorted(set(reported.facts) - {GAAP, IFRS, DEI})):
        for tag, raw in reported.facts.get(taxonomy, {}).items():
            # The label is near the beginning; the values need not be decoded for what does not match.
            near = f"{tag} {bytes(raw)[:600].decode('utf-8', 'replace')}".casefold()
            if not all(word in near for word in words):
                continue
            concept = decoded(raw)
            text = f"{tag} {concept.label or ''}".casefold() if concept else ""
            if concept is None or not all(word in text for word in words):
                continue
            ends = [fact.end for facts in concept.units.values() for fact in facts]
            found.append(
                {
                    "tag": f"{taxonomy}:{tag}",
                    "label": one_line(concept.label or "", 100),
                    "units": [one_line(unit, 20) for unit in concept.units],
                    "values": len(ends),
                    "latest": max(ends, default=""),
                }
            )
    return sorted(found, key=lambda each: (each["latest"], each["values"]), reverse=True)
