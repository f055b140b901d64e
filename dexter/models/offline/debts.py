"""Questions on bonds and loans."""

from decimal import Decimal

from dexter.models.offline.found import Found, argument_of, lacking, only, ready
from dexter.models.offline.growing import payment_in
from dexter.models.offline.sketch import Sketch

BOND = r"(?:bonds?|ytm|yield[- ]to[- ]maturity|coupons?|zero[- ]coupon|zeros?)"
LOAN = (
    r"(?:loans?|mortgages?|borrow\w*|amorti[sz]\w*|repay\w*|owe|owes|owed|paid off|remaining balance|"
    r"(?:monthly |annual |yearly )?payments? (?:on|for)|instal?lments?|pay (?:off|back))"
)
JOIN = r"(?: (?:of|at|is|was|rate|a|the|an|about|value|amount|to|maturity|annual|yearly|only|yields?))*"
BEFORE_COUPON = r"%(\d+) (?:(?:annual|semi-?annual|yearly|fixed|s\.a) )?coupons?"
BEFORE_BOND = r"%(\d+)(?: (?:@\d+|annual|government|corporate|treasury|,))* (?:bonds?|notes?)"
YIELD = r"(?:yield(?:s|ing)?|ytm|yield[- ]to[- ]maturity|market rate|discount(?:ed)?(?: rate)?)"
OWED = r"(?:balance|owe[ds]?|remaining|outstanding|left|still)"
# A price of up to this much without a face is a quote in percent of face.
HIGHEST_QUOTE = 200


def read_bond(sketch: Sketch) -> Found | None:
    """Read "price of a 5% coupon 10 year bond yielding 6%", "YTM of a 4% bond at 95 with 8 years left"."""
    if not sketch.has(BOND) or not sketch.quantities:
        return None
    percents, durations, amounts = sketch.of("percent"), sketch.of("duration"), sketch.of("amount")
    used = [*percents, *durations, *amounts]
    zero = sketch.has(r"zero[- ]coupons?|zeros?")
    coupon, yields = _coupon_and_yield(sketch)
    face = sketch.find(rf"(?:face|par|nominal|principal|redemption){JOIN} #(\d+)")
    face = sketch.find(r"#(\d+) (?:face|par|nominal|principal)") if face is None else face
    others = [index for index in amounts if index != face]
    price = only(others)
    left = [index for index in percents if index not in {yields, coupon}]
    if coupon is None and left and not zero:
        # "a 5% bond", and "a 5% 10-year bond at 6%".
        coupon = left.pop(0)
    if yields is None and price is None and left:
        yields = left.pop(0)
    what = "a bond's yield" if price is not None else "a bond's price"
    asks_yield = sketch.has(r"(?:ytm|yield[- ]to[- ]maturity)")
    if price is not None and yields is not None and face is None and not asks_yield:
        face, price, what = price, None, "a bond's price"
    missing = _missing_of_bond(zero or coupon is not None, len(durations), len(others), (price, yields))
    if missing:
        return lacking(what, missing, used)
    quoted = price is not None and face is None and sketch.value(price) <= HIGHEST_QUOTE
    arguments = {
        "coupon_percent": 0 if zero and coupon is None else argument_of(sketch, coupon),
        "years": argument_of(sketch, durations[0]),
        "yield_percent": argument_of(sketch, yields),
        "price": argument_of(sketch, price),
        "face": 100 if quoted else argument_of(sketch, face),
        "payments_per_year": sketch.per_year(),
        "currency": sketch.currency(),
    }
    assumed = []
    if face is None:
        assumed.append(f"a face of {100 if quoted else '1,000'}")
    if sketch.per_year() is None:
        assumed.append("two coupons a year" if not zero else "yields compounded twice a year")
    opening = f"Nothing else was said, so with {' and '.join(assumed)}:" if assumed else ""
    placed = [index for index in (coupon, yields, price, face, durations[0]) if index is not None]
    return ready(what, "bond", arguments, placed, opening)


def _missing_of_bond(
    coupon: bool, durations: int, prices: int, price_and_yield: tuple[int | None, int | None]
) -> list[str]:
    missing = [] if coupon else ["the coupon in percent a year"]
    if durations != 1:
        missing.append("the years to maturity")
    if prices > 1:
        missing.append("one single price")
    if price_and_yield.count(None) != 1:
        missing.append("either the price or the yield in percent a year")
    return missing


def _coupon_and_yield(sketch: Sketch) -> tuple[int | None, int | None]:
    """Return the percents called coupon and yield; "3% coupon at a 4% yield" names both after the number."""
    coupon, yields = sketch.find(rf"coupons?{JOIN} %(\d+)"), sketch.find(rf"{YIELD}{JOIN} %(\d+)")
    if coupon is not None and yields is not None and coupon != yields:
        return coupon, yields
    for pattern in (BEFORE_COUPON, BEFORE_BOND):
        if (before := sketch.find(pattern)) is not None:
            coupon = before
            break
    if yields is None or yields == coupon:
        yields = sketch.find(r"%(\d+) (?:yield|ytm|market rate)")
    return coupon, (None if yields == coupon else yields)


def read_loan(sketch: Sketch) -> Found | None:
    """Read "payment on 300,000 at 6% over 30 years", "what is left after 5 years", "at 2,000 a month"."""
    if not sketch.has(LOAN) or not sketch.quantities:
        return None
    what = "a loan"
    percents, durations, amounts = sketch.of("percent"), sketch.of("duration"), sketch.of("amount")
    used = [*percents, *durations, *amounts]
    made_count = sketch.find(r"(?:after|made|paid) #(\d+) (?:payments?|instal?lments?|months?)")
    amounts = [index for index in amounts if index != made_count]
    payment = payment_in(sketch)
    named = sketch.find(r"(?:paying|payments? (?:of|is)|pay|repay(?:ing)?|instal?lments? of) #(\d+)")
    if payment is None and named is not None and len(amounts) == 2:
        payment = (named, sketch.per_year() or 12)
    owed = [index for index in amounts if payment is None or index != payment[0]]
    after = None
    if len(durations) == 2 and sketch.has(OWED):
        after = sketch.find(r"after(?: (?:the )?(?:first|making|paying))? @(\d+)")
        after = sketch.find(r"(?:at the end of|in) @(\d+)") if after is None else after
    spans = [index for index in durations if index != after]
    per_year = (payment[1] if payment else sketch.per_year()) or 12
    missing = []
    if len(owed) != 1:
        missing.append("the amount borrowed")
    if len(percents) != 1:
        missing.append("the rate in percent a year")
    if len(spans) != (0 if payment else 1):
        missing.append(
            "either the years or the payment" if payment or len(spans) == 0 else "one single number of years"
        )
    made = _payments_made(sketch, after, made_count, per_year)
    if (
        made is None
        and not missing
        and sketch.has(r"(?:balance|owed?|outstanding)")
        and not (payment and sketch.has(r"how (?:long|many)|when|until"))
    ):
        missing.append("after how many years or payments")
    if made is not None and made != made.to_integral_value():
        missing.append("a whole number of payments")
    if missing:
        return lacking(what, missing, used)
    arguments = {
        "amount": argument_of(sketch, owed[0]),
        "rate_percent": argument_of(sketch, percents[0]),
        "years": argument_of(sketch, only(spans)),
        "payment": argument_of(sketch, payment[0] if payment else None),
        "payments_made": None if made is None else int(made),
        "payments_per_year": per_year if per_year != 12 else None,
        "schedule": True if sketch.has(r"(?:schedule|amorti[sz]ation(?: table)?|year by year)") else None,
        "currency": sketch.currency(),
    }
    assumed = "" if payment or sketch.per_year() else "With monthly payments:"
    return ready(what, "loan", arguments, used, assumed)


def _payments_made(sketch: Sketch, after: int | None, count: int | None, per_year: int) -> Decimal | None:
    """Return how many payments have been made, from their number or from the years that have passed."""
    if count is not None:
        return sketch.value(count)
    return None if after is None else sketch.value(after) * per_year
