"""Which of a company's reported values answer a question: tag, unit, period, and what to know of them."""

from typing import Literal

import msgspec

from dexter.tools.errors import BadArgument, NotThere, SourceError
from dexter.tools.fetching.text import one_line
from dexter.tools.filings import showing
from dexter.tools.filings.answers import Concept, Fact
from dexter.tools.filings.companies import Company
from dexter.tools.filings.edgar import NAME, Edgar, decoded
from dexter.tools.filings.fiscal import Ends, is_year_end
from dexter.tools.filings.notions import IFRS, NOTIONS, notion_of, tag_of
from dexter.tools.filings.quarters import with_quarters
from dexter.tools.filings.series import Value, merged, values

Period = Literal["annual", "quarterly", "year to date", "all"]


class Chosen(msgspec.Struct, frozen=True):
    """What stands for what was asked: its name, why there are several tags, and each tag with its concept."""

    name: str
    why: str
    concepts: tuple[tuple[str, Concept], ...]

    def facts(self, unit: str) -> list[Fact]:
        """All that filings reported of it in a unit."""
        return [fact for _, concept in self.concepts for fact in concept.units.get(unit, [])]

    def by_period(self, unit: str, *, computed: bool) -> list[tuple[Value, list[Value]]]:
        """The value of each period, the latest first, with what other tags say otherwise.

        Args:
            unit: Such as USD.
            computed: Whether quarters that nobody reported are there, too, as differences.
        """
        series = [values(tag, unit, concept.units.get(unit, [])) for tag, concept in self.concepts]
        return merged([with_quarters(each) if computed else each for each in series])


async def chosen_for(edgar: Edgar, company: Company, text: str) -> Chosen:
    """What stands for a concept in words or a tag.

    Raises:
        BadArgument: If it is neither.
        NotThere: If the company reported none of it.
    """
    if found := notion_of(text):
        name, notion = found
        reported = await edgar.facts(company.cik)
        concepts = []
        for taxonomy, tag in notion.tags:
            raw = reported.facts.get(taxonomy, {}).get(tag)
            concept = None if raw is None else decoded(raw)
            if concept is not None:
                concepts.append((f"{taxonomy}:{tag}", concept))
        if not concepts:
            hint = "company_concepts finds under which other tag it may be."
            raise NotThere(NAME, f"{name} of {company.name} under any of its usual tags", hint)
        return Chosen(name, notion.why, tuple(concepts))
    if spelled := tag_of(text):
        taxonomy, tag = spelled
        concept = await edgar.concept(company.cik, taxonomy, tag)
        return Chosen(one_line(concept.label or tag, 100), "", ((f"{taxonomy}:{tag}", concept),))
    names = ", ".join(NOTIONS)
    ways = f"give a tag such as us-gaap:Goodwill (company_concepts finds them) or one of these: {names}"
    raise BadArgument("concept", f"is {one_line(text, 60)!r}: {ways}")


def unit_of(chosen: Chosen, asked: str) -> str:
    """The unit that was asked for, else the one that was reported last and most."""
    counts: dict[str, tuple[str, int]] = {}
    for _, concept in chosen.concepts:
        for unit, facts in concept.units.items():
            latest, count = counts.get(unit, ("", 0))
            counts[unit] = (max([latest, *(fact.end for fact in facts)]), count + len(facts))
    if not counts:
        raise SourceError(NAME, f"{NAME} knows {chosen.name}, but has no value of it.")
    if not asked.strip():
        return max(counts, key=lambda unit: counts[unit])
    for unit in counts:
        if unit.casefold() == asked.strip().casefold():
            return unit
    raise BadArgument("unit", f"is {one_line(asked, 20)!r}: {chosen.name} is reported in {', '.join(counts)}")


def fits(value: Value, period: Period, ends: Ends) -> bool:
    """Whether a value is of the kind of period that was asked for."""
    match period:
        case "all":
            return True
        case "annual":
            return value.months == 12 or (value.start is None and is_year_end(value.end, ends))
        case "quarterly":
            return value.months == 3 or value.start is None
        case _:
            return value.months in {3, 6, 9, 12}


def ways(facts: list[Fact], period: Period) -> str:
    """What may be asked instead, where nothing was found, as sentences."""
    reported = sorted({fact.end for fact in facts if fact.val is not None})
    span = f"There are values for periods that end from {reported[0]} to {reported[-1]}." if reported else ""
    if period == "quarterly" and not any((fact.fp or "").startswith("Q") for fact in facts):
        span += " This company reports once a year in XBRL (20-F or 40-F); quarters are in its 6-K documents."
    return span.strip()


def notes(chosen: Chosen, unit: str, shown: list[Value], facts: list[Fact]) -> list[str]:
    """What a reader should know of the values that are shown, as sentences."""
    told = []
    tags = {value.tag for value in shown}
    if len(tags) > 1 and chosen.why:
        told.append(f"Not all periods are under the same tag, so they may not compare: {chosen.why}.")
    if any(value.before for value in shown):
        told.append("Where a period was reported again with another value, the one filed last is given.")
    if any(value.difference_of for value in shown):
        told.append("Quarters marked as computed were not reported: say so when you use them.")
    if "shares" in unit:
        told.append(showing.UNADJUSTED)
    others = sorted({each for _, concept in chosen.concepts for each in concept.units} - {unit})
    if others:
        told.append(f"Also reported in {', '.join(one_line(each, 20) for each in others[:8])}.")
    if any(tag.startswith(IFRS) for tag in tags):
        told.append("This company reports under IFRS, which does not always compare with US GAAP.")
    if any(form.form.endswith("/A") for form in shown):
        told.append("Forms that end in /A are amendments.")
    if facts and any(fact.form.startswith(("20-F", "40-F")) for fact in facts):
        told.append("A foreign company: it files an annual report on 20-F or 40-F, and no 10-Q.")
    return told
