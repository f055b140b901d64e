"""Averages, spread and risk of listed numbers."""

from collections.abc import Sequence
from decimal import Decimal

from dexter.tools.errors import BadArgument, NotComputable
from dexter.tools.finance.precision import HUNDRED, ONE, ZERO, exact, fraction

MOST_NUMBERS = 10_000


@exact
def mean(numbers: Sequence[Decimal]) -> Decimal:
    """Return the arithmetic mean, in the numbers' unit.

    Source: CFA Institute, Quantitative Methods: sum / n.

    Raises:
        BadArgument: No numbers, or too many.
    """
    return sum(_checked(numbers), ZERO) / len(numbers)


@exact
def median(numbers: Sequence[Decimal]) -> Decimal:
    """Return the middle number, of an even count the mean of the middle two.

    Source: CFA Institute, Quantitative Methods.

    Raises:
        BadArgument: No numbers, or too many.
    """
    ordered = sorted(_checked(numbers))
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


@exact
def weighted_mean(numbers: Sequence[Decimal], weights: Sequence[Decimal]) -> Decimal:
    """Return the weighted mean, such as a portfolio's return from its parts' returns, in the numbers' unit.

    Source: CFA Institute, Portfolio Management: sum of w x / sum of w; weights need not add up to one.

    Args:
        numbers: One per part.
        weights: One per number, in any unit, with a sum that is not zero.

    Raises:
        BadArgument: Lists of different lengths, or weights that add up to zero.
    """
    if len(_checked(numbers)) != len(weights):
        raise BadArgument("weights", f"has {len(weights)} entries for {len(numbers)} numbers")
    total = sum(weights, ZERO)
    if total == ZERO:
        raise BadArgument("weights", "add up to zero")
    return sum((number * weight for number, weight in zip(numbers, weights, strict=True)), ZERO) / total


@exact
def geometric_mean_percent(percents: Sequence[Decimal]) -> Decimal:
    """Return the mean compound return of returns in percent per period, in percent per period.

    Source: CFA Institute, Quantitative Methods: (product of (1 + r))^(1/n) - 1.

    Raises:
        BadArgument: No returns, or one of -100 percent or less.
    """
    product = ONE
    for percent in _checked(percents):
        if percent <= -HUNDRED:
            raise BadArgument("numbers", f"holds a return of {percent} percent: nothing is left to compound")
        product *= ONE + fraction(percent)
    return (product ** (ONE / len(percents)) - ONE) * HUNDRED


@exact
def variance(numbers: Sequence[Decimal], *, sample: bool = True) -> Decimal:
    """Return the variance, in the numbers' unit squared.

    Source: CFA Institute, Quantitative Methods: sum of squared deviations / (n - 1), of a population / n.

    Args:
        numbers: At least two for a sample, one for a population.
        sample: False if the numbers are the whole population.

    Raises:
        BadArgument: Too few numbers, or too many.
    """
    divisor = len(_checked(numbers)) - (1 if sample else 0)
    if divisor < 1:
        raise BadArgument("numbers", "has to hold at least two numbers for a sample's variance")
    middle = mean(numbers)
    return sum(((number - middle) ** 2 for number in numbers), ZERO) / divisor


@exact
def standard_deviation(numbers: Sequence[Decimal], *, sample: bool = True) -> Decimal:
    """Return the standard deviation, in the numbers' unit.

    Source: CFA Institute, Quantitative Methods: square root of `variance`, whose arguments and errors it
    shares.
    """
    return variance(numbers, sample=sample).sqrt()


@exact
def sharpe_ratio(returns_percent: Sequence[Decimal], risk_free_percent: Decimal) -> Decimal:
    """Return the Sharpe ratio per period (not annualised), a pure number.

    Source: Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21 (1994): mean excess return / its
    standard deviation (sample).

    Args:
        returns_percent: At least two returns, percent per period.
        risk_free_percent: Risk-free return, percent per period.

    Raises:
        BadArgument: Fewer than two returns.
        NotComputable: The returns do not vary.
    """
    spread = standard_deviation(returns_percent)
    if spread == ZERO:
        raise NotComputable("The returns do not vary: a Sharpe ratio divides by their standard deviation")
    return (mean(returns_percent) - risk_free_percent) / spread


@exact
def beta(returns_percent: Sequence[Decimal], market_percent: Sequence[Decimal]) -> Decimal:
    """Return beta, a pure number.

    Source: CFA Institute, Portfolio Management: covariance(asset, market) / variance(market).

    Args:
        returns_percent: Returns of the asset, percent per period.
        market_percent: Returns of the market in the same periods.

    Raises:
        BadArgument: Lists of different lengths, or fewer than two returns.
        NotComputable: The market's returns do not vary.
    """
    if len(returns_percent) != len(market_percent):
        raise BadArgument("market", f"has {len(market_percent)} entries for {len(returns_percent)} returns")
    spread = variance(market_percent)
    if spread == ZERO:
        raise NotComputable("The market's returns do not vary: beta divides by their variance")
    own, market = mean(returns_percent), mean(market_percent)
    pairs = zip(returns_percent, market_percent, strict=True)
    return sum(((a - own) * (b - market) for a, b in pairs), ZERO) / (len(returns_percent) - 1) / spread


def _checked(numbers: Sequence[Decimal]) -> Sequence[Decimal]:
    if not 1 <= len(numbers) <= MOST_NUMBERS:
        raise BadArgument("numbers", f"has to hold 1 to {MOST_NUMBERS} numbers, not {len(numbers)}")
    return numbers
