"""From a question to a plan: who reads it, in which order, and when nobody is to be believed.

A reader takes the numbers it understands. If it leaves one over, if words stand in the question that change
what is asked (after tax, net of fees), or if currencies are mixed, nothing is computed: no figure is better
than a wrong one.
"""

import re
from collections.abc import Callable, Sequence

from dexter.models.offline import capital, debts, discounting, firms, follow_up, growing, memory, sums
from dexter.models.offline.found import Found
from dexter.models.offline.plans import Call, Earlier, Plan
from dexter.models.offline.sketch import Sketch, sketched

READERS: tuple[Callable[[Sketch], Found | None], ...] = (
    sums.read_list,
    discounting.read_cash_flows,
    capital.read_dividend_growth,
    capital.read_cost_of_capital,
    debts.read_bond,
    growing.read_effective_rate,
    debts.read_loan,
    firms.read_ratio,
    growing.read_multiple,
    growing.read_growth_rate,
    discounting.read_present_value,
    growing.read_future_value,
)
# Words that ask for more than the formula has.
BEYOND = (
    r"(?:inflation|real terms|real return|after[- ]tax|pre[- ]tax return|net of|fees?|"
    r"expense ratio|withdraw\w*|ago|simple interest|interest[- ]only|balloon|down ?payment|"
    r"variable|adjustable|extra|overpay\w*|bi-?weekly|fortnight\w*|deferred|delayed|callable|"
    r"convertible|floating|spend down|excluding|except|adjusted|exchange rate|compared|"
    r"relative to|versus the|basis points? (?:above|below)|probability|likely|volatility|options?|"
    r"forecast|guidance|consensus|beat|miss)"
)
TAX = r"tax(?:es|ed)?"
# Figures that are computed beside the main one, by the words that ask for them.
WANTED = (
    (
        "total interest",
        r"(?:total |how much |the )?interest (?:do|will|would|paid|in total|over|on|cost)|total interest",
    ),
    ("total paid", r"total (?:paid|cost|payments?|repayment)|pay (?:back )?in total"),
    ("modified duration", r"modified duration"),
    ("Macaulay duration", r"(?:macaulay )?duration"),
    ("convexity", r"convexity"),
    ("current yield", r"current yield"),
    ("discounted payback", r"discounted payback"),
    ("payback", r"payback"),
    ("standard deviation (sample)", r"(?:standard deviation|std ?dev|stdev|std)"),
    ("variance (sample)", r"variance"),
    ("median", r"median"),
    ("growth", r"(?:interest earned|how much interest|gain|profit|earn|gr(?:ow|own) by)"),
    ("total change", r"(?:total|overall) (?:growth|change|increase|return)"),
)
NO_MODEL = "No language model is set up, so this question can't be answered in words yet."
SET_UP = (
    "To set one up, do one of these:\n\n"
    "- type `/model` here and pick a provider; it asks for the key and keeps it in `.env`\n"
    "- put a key such as `ANTHROPIC_API_KEY` or `OPENAI_API_KEY` into the environment or `.env`, and "
    "start again\n"
    "- start Ollama on this machine: it needs no key\n\n"
    'Without one, dexter computes ("1000 at 7% for 10 years", "P/E with price 150 and EPS 6", "payment on '
    '300,000 at 6% over 30 years") and searches earlier sessions ("what did I ask about NVDA?").'
)


def plan(query: str, earlier: Sequence[Earlier] = ()) -> Plan:  # noqa: PLR0911 - one way out per kind
    """Return what to do about `query`: tools to call, or a whole answer.

    Never raises, whatever the text; of more than 2000 characters only the beginning is searched for, and
    nothing is computed.

    Args:
        query: The user's words, any text of any length.
        earlier: The exchanges of this session before it, oldest first.
    """
    query = query.strip()
    if (own := memory.own_question(query, earlier)) is not None:
        return own
    if (search := memory.read_recall(query)) is not None:
        return memory.recalling(*search)
    if (arithmetic := sums.read_arithmetic(query)) is not None:
        return _planned(arithmetic)
    sketch = sketched(query)
    if (changed := follow_up.read_follow_up(sketch, query, earlier)) is not None:
        asked = " ".join(
            sketched(one.query).text for one in [*list(earlier)[-follow_up.LOOK_BACK :], Earlier(query, "")]
        )
        if changed.call:
            return _planned(changed, asked)
    found = _read(sketch)
    if changed is not None and (found is None or found.call is None or _doubt(sketch, found)):
        return _asking(changed)
    if found is None or (
        found.call is None and (sketch.named or not found.used or not sketch.numbers() or sketch.has(BEYOND))
    ):
        return _beyond(query, found)
    if found.call is None:
        return _asking(found)
    if reason := _doubt(sketch, found):
        return _beyond(query, found, reason)
    return _planned(found, sketch.text)


def _read(sketch: Sketch) -> Found | None:
    """Return what the first reader says that can compute; if none can, what the first one misses."""
    wanting: Found | None = None
    for reader in READERS:
        found = reader(sketch)
        if found is not None and found.call is not None:
            return found
        wanting = wanting or found
    return wanting


def _doubt(sketch: Sketch, found: Found) -> str:
    """Return why the call is not to be made although it could be, empty if nothing speaks against it."""
    if set(sketch.numbers()) - found.used:
        return f"not every number in it has a place in {found.what}"
    if growing.RATE_PER_PERIOD.search(sketch.text) and not found.opening.startswith("Taking"):
        return "its rate is not one a year"
    if found.what == "a growth rate" and sketch.has(growing.PERIODIC_GROWTH):
        return "it asks for a rate that is not one a year"
    if sketch.mixes_currencies():
        return "it names more than one currency"
    takes_tax = found.call is not None and found.call.name in {"cost_of_capital", "financial_ratio"}
    if sketch.has(BEYOND) or (sketch.has(TAX) and not takes_tax):
        return f"it asks for more than {found.what}"
    return ""


def _planned(found: Found, asked: str = "") -> Plan:
    calls = () if found.call is None else (found.call,)
    listed = ", ".join(f"{name}={value}" for call in calls for name, value in call.arguments.items())
    return Plan(f"Read as {found.what}: {listed}.", calls, opening=found.opening, wanted=_wanted(asked))


def _wanted(asked: str) -> str:
    """Return the figure that the words ask for instead of the main one, empty if none."""
    return next((name for name, words in WANTED if re.search(rf"\b(?:{words})\b", asked)), "")


def _asking(found: Found) -> Plan:
    needs = "; ".join(found.missing)
    return Plan(
        f"Read as {found.what}, with something missing.",
        opening=f"This looks like a question for {found.what}. To compute it I still need: {needs}. "
        "Please ask again with all numbers in one question.",
        closing="_No language model is set up; dexter's built-in calculator reads complete questions only._",
    )


def _beyond(query: str, found: Found | None, reason: str = "") -> Plan:
    """Return the plan for what only a language model can answer: say so, and look what is there."""
    opening = NO_MODEL
    if reason:
        opening += f" It was not computed either: {reason}."
    elif found is not None and found.missing:
        opening += (
            f" Given these numbers, dexter computes {found.what} without one: {'; '.join(found.missing)}."
        )
    words = memory.keywords(query)
    calls = (Call("recall", {"query": words, "limit": memory.HITS_BESIDE}),) if words else ()
    reading = "Nothing to compute here, and no language model to ask; looking into earlier sessions."
    return Plan(reading, calls, opening=opening, closing=SET_UP)
