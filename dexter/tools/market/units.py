"""What a field is measured in. The source says it nowhere but in the name of the field."""

import re

PERCENT = "percent"
FRACTION = "fraction"
TIMES = "times"
DAYS = "days"

_PERCENT = re.compile(r"(^|_)percent(age)?(_|$)")
_SHARES = re.compile(r"(^|_)shares(_|$)|^volume$")
_CASH_FOR_SHARES = re.compile(r"^(issuance|purchase|repurchase|proceeds|payments?)_")
_PER_SHARE = re.compile(r"_per_([a-z]+_)?share|(^|_)eps(_|$)|(^|_)price$|^(open|high|low|close)$")
_FRACTION = re.compile(r"_(margin|growth|yield)$|^return_on_|^payout_ratio$|_surprise_ratio$")
_TIMES = re.compile(r"_ratio$|_turnover$|_coverage$|^debt_to_")
_DAYS = re.compile(r"^days_|_days$|^operating_cycle$")
_MONEY = re.compile(r"(^|_)(market_cap|enterprise_value|value|revenue|income|cash_flow|day_change|change)$")


def unit_of(field: str, currency: str, *, of: str = "share", money: bool = False) -> str:
    """The unit of a field's amount; empty where its name tells nothing.

    Args:
        field: Its name, such as `earnings_per_share`.
        currency: The currency of the row, such as USD.
        of: What a price is the price of, and a volume counts: share, or unit for currencies and coins.
        money: Whether all that its name tells nothing of is an amount of money, as in statements.
    """
    name = field.lower()
    units = (
        (_PERCENT, PERCENT),
        (_PER_SHARE, f"{currency} a {of}"),
        (_CASH_FOR_SHARES, currency),
        (_SHARES, f"{of}s"),
        (_FRACTION, FRACTION),
        (_DAYS, DAYS),
        (_TIMES, TIMES),
        (_MONEY, currency),
    )
    return next((unit for form, unit in units if form.search(name)), currency if money else "")
