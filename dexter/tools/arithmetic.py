"""The tool for plain arithmetic."""

from typing import Any

from dexter.tools.figures import Figure, report
from dexter.tools.finance.calculator import calculated


def calculate(expression: str) -> dict[str, Any]:
    """Compute an arithmetic expression exactly, such as "12% of 3.4bn" or "(3 + 4) * 2^3".

    Use it for every sum, difference, product, quotient, power and percentage instead of working it out
    yourself.

    Args:
        expression: Numbers such as 1,000 or 3.4bn or 12%, with + - * / ^ mod, "x% of y", brackets, sqrt, ln,
            log, exp, abs, round, floor, ceil, min, max, pi, e. "200 + 10%" is 220. Currency signs are
            ignored.
    """
    text = " ".join(expression.split())
    return report(
        "value",
        inputs=(),
        figures=[Figure("value", calculated(expression), "")],
        formula=text,
        source="arithmetic in 50 decimal digits, usual precedence (ISO 80000-2)",
    )
