"""Where a number of a follow-up belongs: which argument of the calculation before it stands for."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from dexter.models.offline.plans import Call
from dexter.models.offline.sketch import Sketch

# Names that a follow-up may give a number, by the arguments that they stand for.
NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        r"coupons?": ("coupon_percent",),
        r"yield(?:s|ing)?|ytm|market rate": ("yield_percent",),
        r"growth(?: rate)?|growing": ("growth_percent",),
        r"price|trad(?:es?|ing)": ("price",),
        r"face(?: value)?|par": ("face",),
        r"required return|return": ("required_percent",),
        r"(?:annual |interest |discount |nominal )?rates?|interest": (
            "rate_percent",
            "yield_percent",
            "required_percent",
        ),
        r"start(?:ing|s|ed)?(?: amount| value)?|from|beginning": ("start_amount",),
        r"end(?:ing)?(?: amount| value)?|to|reach(?:ing)?": ("end_amount",),
        r"payments?|deposits?|contributions?|pay(?:ing)?|sav(?:e|ing)|add(?:ing)?": ("payment",),
        r"principal|amount|sum|borrow(?:ing|ed)?|loan|invest(?:ing|ed)?|deposit(?:ing)?|mortgage": (
            "amount",
        ),
        r"dividends?": ("next_dividend", "last_dividend"),
        r"beta": ("beta",),
        r"(?:market |equity )?(?:risk )?premium": ("market_premium_percent",),
        r"risk[- ]free(?: rate)?": ("risk_free_percent",),
        r"tax(?: rate)?": ("tax_percent",),
        r"cost of debt": ("cost_of_debt_percent",),
        r"cost of equity": ("cost_of_equity_percent",),
        r"equity": ("equity",),
        r"debt": ("debt",),
        r"multiple": ("multiple",),
    }
)
# What an unnamed number means, first place first; more than one place of a kind has to be named.
PERCENTS = MappingProxyType(
    {
        "bond": ("yield_percent",),
        "dividend_growth_value": (),
        "cost_of_capital": (),
    }
)
AMOUNTS = MappingProxyType(
    {
        "future_value": ("amount", "payment"),
        "present_value": ("amount", "payment"),
        "loan": ("amount",),
        "bond": ("price",),
        "dividend_growth_value": ("next_dividend", "last_dividend"),
        "growth_rate": (),
        "cost_of_capital": (),
    }
)


def places_of(sketch: Sketch, index: int, call: Call) -> tuple[str, ...]:
    """Return the arguments that a quantity can stand for."""
    quantity = sketch.quantities[index]
    if quantity.kind == "duration":
        return (
            ("years",)
            if call.name not in {"net_present_value", "internal_rate_of_return", "time_to_grow"}
            else ()
        )
    mark = "%" if quantity.kind == "percent" else "#"
    for pattern, arguments in NAMES.items():
        near = (
            rf"(?<![\w/])(?:{pattern})(?: (?:of|is|was|were|at|a|an|the|be|becomes|=|to))* {mark}{index}\b|"
            rf"{mark}{index} (?:in )?(?:{pattern})(?![\w/])"
        )
        if re.search(near, sketch.text):
            fitting = tuple(name for name in arguments if _takes(call, name, quantity.kind))
            if fitting:
                return fitting[:1]
    if quantity.kind == "percent":
        unnamed = PERCENTS.get(call.name, ("rate_percent", "discount_percent"))
    else:
        unnamed = AMOUNTS.get(call.name, ())
        if quantity.yearlike and re.fullmatch(rf"(?:and |so |ok )*(?:what|how) about #{index}", sketch.text):
            return ()
    given = tuple(name for name in unnamed if name in call.arguments)
    if call.name == "bond" and not given:
        return ()
    return given


def amount_named(sketch: Sketch, call: Call) -> str | None:
    """Return the argument of the one amount that is named, None if none or several are, or a rate."""
    named = [
        name
        for pattern, names in NAMES.items()
        if re.search(rf"(?<![\w/])(?:{pattern})(?![\w/])", sketch.text)
        for name in names
        if name in call.arguments
    ]
    return named[0] if len(named) == 1 and not named[0].endswith("_percent") else None


def has_place(call: Call, name: str) -> bool:
    """Return whether a calculation has a number of that name, or could take one."""
    return _takes(call, name, "percent" if name.endswith("_percent") else "amount")


def _takes(call: Call, name: str, kind: str) -> bool:
    if name.endswith("_percent") != (kind == "percent"):
        return False
    if call.name == "bond" and name in {"price", "yield_percent", "face", "coupon_percent"}:
        return True
    if call.name in {"loan", "future_value", "present_value"} and name in {"payment", "amount"}:
        return True
    if call.name == "present_value" and name == "growth_percent":
        return True
    return name in call.arguments or (call.name == "cost_of_capital" and name == "tax_percent")
