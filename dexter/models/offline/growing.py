"""Questions on growth: future values, growth rates, doubling, effective rates."""

import re
from decimal import Decimal

from dexter.models.offline.found import Found, argument, argument_of, lacking, only, ready
from dexter.models.offline.sketch import Sketch

GROWING = (
    r"(?:grow\w*|grew|compound\w*|invest\w*|worth|future value|fv|deposit\w*|sav(?:e|es|ed|ing|ings)|"
    r"accumulate\w*|put(?:ting)?(?: (?:away|aside|in))?|earn\w*|interest on|accrue\w*|contribut\w*|"
    r"add(?:ing|ed)?|become\w*|"
    r"end up|turn into|balance)"
)
RATE_ASKED = (
    r"(?:cagr|annuali[sz]ed|compound(?:ed)? annual|growth|grew|grow|grown|growing|return|rose|rise|risen|"
    r"increase[ds]?|decrease[ds]?|fell|fall|fallen|drop|dropped|decline[ds]?|change[ds]?|went|shrank|shrunk|"
    r"gain(?:ed)?|lost|loss|percent|percentage|rate)"
)
# "1000 at 7% for 10 years": nothing else can be meant.
BARE = re.compile(
    r"(?:what (?:is|about) |what's |how much is )?#\d+ "
    r"(?:at %\d+(?: (?:a|per|each) year)? (?:for|over|after|in) @\d+|"
    r"(?:for|over|after|in) @\d+ at %\d+(?: (?:a|per|each) year)?)$"
)
# The amount is where it ends, not where it begins: "invest today to have 20,000", "what grows to 5000".
GOAL = (
    r"(?:(?:to|i|we) (?:have|reach|get|get to|own|end up with|accumulate|become|be worth)|reach(?:es|ing)?|"
    r"(?:grow|turn|compound|amount|add)\w* (?:in|up )?to|becomes?|become|(?:goal|target) (?:of|is))"
    r"(?: (?:a|about|of|total|be|worth|to))* #\d+"
)
# A rate of loss: the formula would grow instead.
SHRINKING = (
    r"(?:los(?:e|es|ing|t)|fall\w*|declin\w*|shrink\w*|decreas\w*|depreciat\w*|drop\w*|halv\w*|erod\w*)"
)
# "1 million in 30 years in today's money" asks for a present value.
TODAYS = r"(?:in )?today's (?:value|money|dollars|euros|pounds|terms|worth)"
NEEDED = (
    r"(?:how much|what)(?: money| amount| sum)? (?:do|must|should|would|will|does|is|has|have)(?: \w+)? "
    r"(?:need\w*|have to|to be|must|should|invest|deposit|put|save|set|required?)"
)
MULTIPLES = (("doubl", 2), ("tripl", 3), ("quadrupl", 4), ("halv", "0.5"))
# "500 a month", "500 each year", "500 monthly": a payment, and how often it is made.
PERIODIC = re.compile(
    r"#(\d+) (?:(?:a|an|per|each|every|/|in each) (year|month|quarter|week|day|annum)|"
    r"(annually|yearly|monthly|quarterly|weekly|daily))\b"
)
NAMED_PAYMENT = re.compile(
    r"\b(annual|yearly|monthly|quarterly|weekly|daily) "
    r"(?:payments?|deposits?|contributions?|savings|instal?lments?) (?:of )?#(\d+)"
)
PER_YEAR = {
    "year": 1,
    "annum": 1,
    "annually": 1,
    "yearly": 1,
    "annual": 1,
    "month": 12,
    "monthly": 12,
    "quarter": 4,
    "quarterly": 4,
    "week": 52,
    "weekly": 52,
    "day": 365,
    "daily": 365,
}
# "1% a month": no rate a year, whatever the formula.
RATE_PER_PERIOD = re.compile(
    r"%(\d+)(?: (?:interest|return|growth|rate))? (?:a|per|each|every) (month|quarter|week|day)\b"
)
PERIODIC_GROWTH = r"(?:monthly|quarterly|weekly|daily)(?: average)? (?:growth|return|rate|change|increase)"
FROM_TO = re.compile(
    r"#(\d+)(?: (?:million|in &\d+|at the start|initially|today|now|then|,|last (?:year|quarter|month)))*"
    r" (?:to|into|and (?:now|then)|and(?= #\d+ (?:this|now|today))|- >|"
    r"vs|versus|in &\d+ (?:to|and)|becomes?|became|turn(?:s|ed)? into|"
    r"grew to|grow(?:s|ing)? to|to (?:grow (?:in)?to|become|reach|get to|turn into)|"
    r"and (?:becomes?|became|ends? (?:at|with|up at)))"
    r"(?: (?:is|be|of|about|become|a|an|reach|worth))* #(\d+)"
)


def payment_in(sketch: Sketch) -> tuple[int, int] | None:
    """Return the quantity that is paid regularly and how often a year, None if there is none."""
    if match := PERIODIC.search(sketch.text):
        return int(match.group(1)), PER_YEAR[match.group(2) or match.group(3)]
    if match := NAMED_PAYMENT.search(sketch.text):
        return int(match.group(2)), PER_YEAR[match.group(1)]
    return None


def read_multiple(sketch: Sketch) -> Found | None:  # noqa: PLR0911 - a reader gives up wherever it can
    """Read "how long to double at 7%", "at what rate does money double in 10 years"."""
    what = "the time to grow"
    percent, amounts = only(sketch.of("percent")), sketch.of("amount")
    if sketch.has(SHRINKING) and not sketch.has(r"halv\w*"):
        return None
    multiple = next((times for stem, times in MULTIPLES if sketch.has(stem + r"\w*")), None)
    rate_asked = sketch.has(r"(?:rates?|return|cagr|growth)") and not sketch.has(
        r"how (?:long|many years|soon)"
    )
    if multiple is not None and rate_asked and percent is None and not amounts:
        if (years := only(sketch.of("duration"))) is not None:
            ends = {"start_amount": 1, "end_amount": multiple, "years": argument_of(sketch, years)}
            return ready("a growth rate", "growth_rate", ends, [years])
        return lacking("a growth rate", ["the years"]) if not sketch.quantities else None
    per_year = {"compoundings_per_year": sketch.per_year()}
    if multiple is not None and not amounts and not sketch.of("duration"):
        if percent is None:
            return lacking(what, ["the rate in percent a year"])
        rate = {"rate_percent": argument_of(sketch, percent), "multiple": multiple}
        return ready(what, "time_to_grow", rate | per_year, [percent])
    if sketch.has(r"(?:how long|how many years|when|time)") and len(amounts) == 2 and percent is not None:
        if (pair := _from_to(sketch)) is None or sketch.value(pair[0]) == 0 or sketch.of("duration"):
            return None
        ratio = sketch.value(pair[1]) / sketch.value(pair[0])
        rate = {"rate_percent": argument_of(sketch, percent), "multiple": argument(ratio)}
        return ready(what, "time_to_grow", rate | per_year, [percent, *pair])
    return None


def read_growth_rate(sketch: Sketch) -> Found | None:  # noqa: PLR0911 - a reader gives up wherever it can
    """Read "the CAGR from 100 to 200 over 5 years", "grew from 3.2bn to 4.1bn, growth?"."""
    cagr = sketch.has(r"(?:cagr|compound annual growth(?: rate)?|annuali[sz]ed (?:growth|return))")
    if not sketch.has(RATE_ASKED) or sketch.of("percent"):
        return None
    pair = _from_to(sketch)
    if pair is None:
        amounts = sketch.of("amount")
        if cagr and len(amounts) < 2:
            return lacking(
                "a growth rate", ["the amount at the start", "the amount at the end", "the years"], amounts
            )
        if cagr and len(amounts) == 2 and not any(sketch.quantities[index].yearlike for index in amounts):
            pair = (amounts[0], amounts[1])
        else:
            return None
    durations, calendar = sketch.of("duration"), sketch.of("calendar")
    years = only(durations)
    ends = {
        "start_amount": argument_of(sketch, pair[0]),
        "end_amount": argument_of(sketch, pair[1]),
        "currency": sketch.currency(),
    }
    if years is not None:
        return ready(
            "a growth rate", "growth_rate", {**ends, "years": argument_of(sketch, years)}, [*pair, years]
        )
    known = [sketch.value(index) for index in calendar if sketch.value(index) > 1000]
    if len(known) == 2 and known[1] > known[0]:
        return ready("a growth rate", "growth_rate", {**ends, "years": argument(known[1] - known[0])}, pair)
    if cagr or sketch.has(r"(?:annual|per year|a year|yearly|annually)"):
        return lacking("a yearly growth rate", ["the years between start and end"], pair)
    return ready("a growth rate", "growth_rate", ends, pair)


def read_effective_rate(sketch: Sketch) -> Found | None:
    """Read "effective annual rate of 12% compounded monthly", "what APR is an EAR of 8% monthly"."""
    if not sketch.has(r"(?:effective|ear|apy|apr|nominal)") or sketch.of("amount") or sketch.of("duration"):
        return None
    what = "an effective rate"
    percent, per_year = only(sketch.of("percent")), _compounding(sketch)
    missing = [] if percent is not None else ["the rate in percent a year"]
    missing += [] if per_year is not None else ["how often it is compounded"]
    if percent is None or per_year is None:
        return lacking(what, missing, sketch.of("percent"))
    backwards = sketch.has(r"(?:what|which|the|find|nominal) (?:apr|nominal|rate)") and sketch.has(
        r"(?:ear|apy|effective(?: annual)?(?: rate)?) (?:of|is|at) %\d+"
    )
    arguments = {
        "rate_percent": argument_of(sketch, percent),
        "compoundings_per_year": per_year,
        "from_effective": backwards or None,
    }
    return ready(what, "effective_rate", arguments, [percent])


def asks_backwards(sketch: Sketch) -> bool:
    """Return whether the one amount is the end, and the start or the payments are asked for."""
    amounts = sketch.of("amount")
    return sketch.has(NEEDED) or (len(amounts) == 1 and sketch.has(GOAL))


def _grows(sketch: Sketch) -> bool:
    growing = sketch.has(GROWING) or BARE.match(sketch.text) is not None
    elsewhere = (
        asks_backwards(sketch) or sketch.has(SHRINKING) or sketch.has(rf"(?:present value|pv|{TODAYS})")
    )
    return growing and not elsewhere


def read_future_value(sketch: Sketch) -> Found | None:
    """Read "1000 growing at 7% a year after 10 years", "invest $5k at 6.5% and 200 a month for 20 years"."""
    if not _grows(sketch):
        return None
    what = "a future value"
    amounts, percents, durations = sketch.of("amount"), sketch.of("percent"), sketch.of("duration")
    payment = payment_in(sketch)
    start = [index for index in amounts if payment is None or index != payment[0]]
    if not (percents or durations) or not (amounts or (percents and durations)):
        return None
    missing = []
    if not amounts:
        missing.append("the amount")
    if len(percents) != 1:
        missing.append("the rate in percent a year" if not percents else "one single rate")
    if len(durations) != 1:
        missing.append("the years" if not durations else "one single number of years")
    if len(start) > 1:
        missing.append("which of the amounts is there at the start")
    compounding = _compounding(sketch)
    if payment is not None:
        per_year: int | str | None = payment[1]
        if compounding is not None and compounding != payment[1] and sketch.has(r"compound\w*"):
            missing.append("the same period for payments and compounding")
    else:
        per_year = compounding
    if missing:
        return lacking(what, missing, [*amounts, *percents, *durations])
    rate, per_year, opening = _yearly(sketch, percents[0], per_year)
    arguments = {
        "rate_percent": argument(rate),
        "years": argument_of(sketch, durations[0]),
        "amount": argument_of(sketch, only(start)),
        "payment": argument_of(sketch, payment[0] if payment else None),
        "compoundings_per_year": per_year if per_year != 1 else None,
        "payments_at_start": True if payment and sketch.has(AT_START) else None,
        "currency": sketch.currency(),
    }
    return ready(what, "future_value", arguments, [*amounts, *percents, *durations], opening)


def _yearly(
    sketch: Sketch, percent: int, per_year: int | str | None
) -> tuple[Decimal, int | str | None, str]:
    """Return the rate a year, how often it is compounded, and what to say: 1% a month is 12% in 12 parts."""
    rate = sketch.value(percent)
    period = RATE_PER_PERIOD.search(sketch.text)
    if period is None or per_year not in {None, PER_YEAR[period.group(2)]}:
        return rate, per_year, ""
    parts = PER_YEAR[period.group(2)]
    said = f"Taking {rate:f}% a {period.group(2)} as {rate * parts:f}% a year in {parts} parts:"
    return rate * parts, parts, said


AT_START = (
    r"(?:(?:at the )?(?:start|beginning) of (?:each|every|the)|annuity due|in advance|"
    r"(?:starting|beginning|from) (?:today|now|immediately|right away)|first (?:payment|one|of them)(?: is)? "
    r"(?:today|now|immediately))"
)


def _compounding(sketch: Sketch) -> int | str | None:
    if sketch.has(r"continuous(?:ly)?"):
        return "continuous"
    return sketch.per_year()


def _from_to(sketch: Sketch) -> tuple[int, int] | None:
    """Return the quantities at the start and at the end; years are none."""
    match = FROM_TO.search(sketch.text)
    if match is None:
        if (start := sketch.find(r"from #(\d+)")) is not None and (
            end := sketch.find(r"to #(\d+)")
        ) is not None:
            pair = (start, end)
        else:
            return None
    else:
        pair = (int(match.group(1)), int(match.group(2)))
    if len(sketch.of("amount")) != 2:
        return None
    if sketch.has(rf"to #{pair[0]}") and sketch.has(rf"from #{pair[1]}"):
        pair = (pair[1], pair[0])
    return pair
