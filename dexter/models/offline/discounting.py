"""Questions on present values and on listed cash flows."""

import re

from dexter.models.offline.found import Found, argument, argument_of, lacking, only, ready
from dexter.models.offline.growing import AT_START, PER_YEAR, SHRINKING, TODAYS, asks_backwards, payment_in
from dexter.models.offline.sketch import Sketch

NET_PRESENT = r"(?:npv|net present value)"
RETURN = r"(?:irr|xirr|internal rate of return)"
PRESENT = (
    rf"(?:present values?|pv|{TODAYS}|value today|worth (?:today|now|right now)|discount(?:ed|ing)?|"
    r"annuity|perpetuity|current value)"
)
FOREVER = r"(?:perpetuity|forever|for ever|in perpetuity|perpetual|indefinitely|endless)"
PAID_FIRST = re.compile(r"\b(invest\w*|cost\w*|outlay|pay\w*|spend\w*|initial\w*|buy\w*|upfront|price)\b")
PERIODS = re.compile(
    r"\b(?:(?:a|per|each|every) (?:month|year|week|quarter)|monthly|yearly|annually|quarterly|weekly|"
    r"saves?|saving)\b"
)
PAID_EACH = re.compile(
    r"\b(?:paid|received|due)(?: out)?(?: at the (?:end|start|beginning) of)? (?:each|every) "
    r"(year|quarter|month|week)\b"
)
COMPOUNDED = re.compile(r"\bcompound(?:ed|ing|s)? (?:monthly|yearly|annually|quarterly|weekly)\b")
RATES = re.compile(r"%\d+(?: interest)? (?:(?:a|per) (?:year|annum)|annually|yearly|annual)")
LONGEST_SERIES = 200


def read_cash_flows(sketch: Sketch) -> Found | None:
    """Read "NPV of -1000, 300, 400, 500 at 8%", "IRR of paying 1000 for 300 a year over 5 years"."""
    net = sketch.has(NET_PRESENT)
    if not net and not sketch.has(RETURN):
        return None
    what = "a net present value" if net else "an internal rate of return"
    amounts, percents, durations = sketch.of("amount"), sketch.of("percent"), sketch.of("duration")
    used = [*amounts, *percents, *durations]
    missing = []
    if len(amounts) < 2:
        missing.append("the cash flows, the first one today's, separated by commas and spaces")
    if net and len(percents) != 1:
        missing.append("the discount rate in percent per period")
    if missing:
        return lacking(what, missing, used)
    flows = [sketch.value(index) for index in amounts]
    before = sketch.text[: sketch.text.index(f"#{amounts[0]}")]
    if all(flow >= 0 for flow in flows) and PAID_FIRST.search(before):
        flows[0] = -flows[0]
    if durations:
        years, payment = only(durations), payment_in(sketch)
        count = int(sketch.value(years)) if years is not None else 0
        whole = years is not None and count == sketch.value(years) and 1 <= count <= LONGEST_SERIES
        if not whole or payment is None or payment != (amounts[-1], 1) or len(amounts) != 2:
            return lacking(what, ["every cash flow by itself"], used)
        flows = [flows[0], *[flows[1]] * count]
    listed: list[int | float | str] = [argument(flow) for flow in flows]
    arguments = {"cash_flows": listed, "currency": sketch.currency()}
    if net:
        return ready(
            what, "net_present_value", {"rate_percent": argument_of(sketch, percents[0]), **arguments}, used
        )
    if percents:
        return None
    return ready(what, "internal_rate_of_return", arguments, used)


def read_present_value(sketch: Sketch) -> Found | None:
    """Read "present value of 10,000 in 5 years at 8%", "PV of 500 a month for 10 years at 6%"."""
    backwards = asks_backwards(sketch)
    if not (backwards or sketch.has(PRESENT)) or sketch.has(SHRINKING):
        return None
    # "How much a month to reach 100,000": a payment is asked for, and none of the tools solves for it.
    if backwards and (
        len(sketch.of("amount")) != 1 or PERIODS.search(COMPOUNDED.sub("", RATES.sub("", sketch.text)))
    ):
        return None
    what = "a present value"
    amounts, percents, durations = sketch.of("amount"), sketch.of("percent"), sketch.of("duration")
    if not sketch.quantities or not (amounts or (percents and durations)):
        return lacking(what, ["the amount", "the rate in percent a year", "the years"], percents + durations)
    used = [*amounts, *percents, *durations]
    forever = sketch.has(FOREVER)
    payment = payment_in(sketch)
    annuity = sketch.has(r"(?:annuity|payments? of|pays|paying|cash ?flows? of)") or forever
    if payment is None and annuity and len(amounts) == 1:
        payment = (amounts[0], sketch.per_year() or 1)
    if payment is None and len(amounts) == 1 and (paid := PAID_EACH.search(sketch.text)):
        payment = (amounts[0], PER_YEAR[paid.group(1)])
    final = [index for index in amounts if payment is None or index != payment[0]]
    growth = sketch.find(r"(?:grow(?:s|ing|th)?|increas(?:es|ing)|rising)(?: \w+){0,3} %(\d+)")
    rates = [index for index in percents if index != growth] if len(percents) > 1 else percents
    missing = []
    if not amounts or len(final) > 1:
        missing.append("one single amount" if final else "the amount")
    if len(rates) != 1:
        missing.append("the discount rate in percent a year")
    if len(durations) != (0 if forever else 1):
        missing.append("no number of years, or no perpetuity" if forever else "the years")
    if missing:
        return lacking(what, missing, used)
    per_year = payment[1] if payment else sketch.per_year()
    arguments = {
        "rate_percent": argument_of(sketch, rates[0]),
        "years": argument_of(sketch, only(durations)),
        "amount": argument_of(sketch, only(final)),
        "payment": argument_of(sketch, payment[0] if payment else None),
        "periods_per_year": per_year if per_year != 1 else None,
        "growth_percent": argument_of(sketch, growth) if len(percents) > 1 else None,
        "payments_at_start": True if payment and sketch.has(AT_START) else None,
        "currency": sketch.currency(),
    }
    return ready(what, "present_value", arguments, used)
