"""The tool for statistics of listed numbers."""

from decimal import Decimal
from typing import Any

from dexter.tools.errors import NotComputable
from dexter.tools.figures import Figure, report
from dexter.tools.finance import statistics
from dexter.tools.numbers import Number, to_decimal, to_decimals

SOURCE = "CFA Institute, Quantitative Methods and Portfolio Management"
MOST_INPUTS_SHOWN = 20


def statistics_of(
    *,
    numbers: list[Number],
    weights: list[Number] | None = None,
    risk_free_percent: Number | None = None,
    market: list[Number] | None = None,
    unit: str = "",
) -> dict[str, Any]:
    """Compute mean, weighted mean, median, standard deviation; for returns Sharpe ratio and beta.

    Args:
        numbers: The numbers; for returns in percent per period.
        weights: One per number, in any unit: the first figure is then the weighted mean, such as a
            portfolio's return.
        risk_free_percent: Risk-free return in percent per period, for the Sharpe ratio.
        market: The market's returns in the same periods, for beta.
        unit: Unit of the numbers, such as percent or USD; empty if unknown.
    """
    values = to_decimals(numbers, "numbers", statistics.MOST_NUMBERS)
    figures = [
        Figure("mean", statistics.mean(values), unit),
        Figure("median", statistics.median(values), unit),
        Figure("sum", sum(values, Decimal(0)), unit),
        Figure("count", Decimal(len(values)), ""),
    ]
    formulas = ["mean = sum / n"]
    inputs = [
        Figure(f"number {at}", value, unit) for at, value in enumerate(values[:MOST_INPUTS_SHOWN], start=1)
    ]
    if weights is not None:
        shares = to_decimals(weights, "weights", statistics.MOST_NUMBERS)
        figures.insert(0, Figure("weighted mean", statistics.weighted_mean(values, shares), unit))
        formulas.insert(0, "weighted mean = sum of weight x number / sum of weights")
        inputs += [
            Figure(f"weight {at}", share, "") for at, share in enumerate(shares[:MOST_INPUTS_SHOWN], start=1)
        ]
    if len(values) > 1:
        squared = f"{unit} squared".strip() if unit else ""
        figures += [
            Figure("standard deviation (sample)", statistics.standard_deviation(values), unit),
            Figure("variance (sample)", statistics.variance(values), squared),
            Figure(
                "standard deviation (population)", statistics.standard_deviation(values, sample=False), unit
            ),
        ]
        formulas.append("standard deviation = square root of (sum of (number - mean)^2 / (n - 1))")
    if risk_free_percent is not None:
        free = to_decimal(risk_free_percent, "risk_free_percent")
        figures.insert(0, Figure("Sharpe ratio per period", statistics.sharpe_ratio(values, free), ""))
        formulas.insert(0, "Sharpe ratio = (mean return - risk-free return) / standard deviation")
    if market is not None:
        others = to_decimals(market, "market", statistics.MOST_NUMBERS)
        figures.insert(0, Figure("beta", statistics.beta(values, others), ""))
        formulas.insert(0, "beta = covariance(returns, market) / variance(market)")
    notes = []
    if len(values) > MOST_INPUTS_SHOWN:
        notes.append(f"Of {len(values)} numbers the first {MOST_INPUTS_SHOWN} are listed.")
    if unit.startswith("percent"):
        try:
            compound = statistics.geometric_mean_percent(values)
            figures.append(Figure("compound mean", compound, unit))
        except NotComputable:  # pragma: no cover - a product beyond 1e99999
            notes.append("The compound mean is too large.")
    return report("statistics", inputs, figures, formula="; ".join(formulas), source=SOURCE, notes=notes)
