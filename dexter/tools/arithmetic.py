"""The tool for plain arithmetic."""

from typing import Any

from dexter.tools.figures import CURRENCY, NUMBER, Figure, report
from dexter.tools.finance.calculator import CURRENCY_SIGNS, calculated


def calculate(expression: str) -> dict[str, Any]:
    """Compute an arithmetic expression exactly, such as "12% of 3.4bn" or "(3 + 4) * 2^3".

    Use it for every sum, difference, product, quotient, power and percentage instead of working it out
    yourself.

    Args:
        expression: Numbers such as 1,000 or 3.4bn or 12%, with + - * / ^ mod, "x% of y", brackets, sqrt, ln,
            log, exp, abs, round, floor, ceil, min, max, pi, e. "200 + 10%" is 220. One currency
            sign makes the result money.
    """
    text = " ".join(expression.split())
    # One kind of sign at most: the calculator refuses to mix currencies.
    sign = next((letter for letter in text if letter in CURRENCY_SIGNS), "")
    return report(
        "value",
        inputs=(),
        figures=[Figure("value", calculated(expression), CURRENCY if sign else NUMBER)],
        currency=sign,
        formula=text,
        source="arithmetic in 50 decimal digits, usual precedence (ISO 80000-2)",
    )
