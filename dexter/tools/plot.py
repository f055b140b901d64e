"""The tool that draws: a price or a figure over time, as the user sees it in the chat and in an export.

The picture is made by who shows it, from the call's arguments, which the session keeps whole. The model is
told that it was drawn, and gets no number back: what it handed in is no finding.
"""

from dataclasses import dataclass
from typing import Any

from dexter.tools.plotting import NAME, plot_of
from dexter.tools.registry import Tool


@dataclass(frozen=True)
class Point:
    """A place on the line; y is left out where there is no value."""

    x: int | float | str
    y: int | float | str | None = None


@dataclass(frozen=True)
class Series:
    """One line of the plot."""

    name: str
    points: list[Point]


def plot(*, title: str, unit: str = "", series: list[Series]) -> dict[str, Any]:
    """Show the user a line chart of values over time, or over any other x; up to 8 series of one unit.

    Use values from tool results. The user sees the chart, so don't repeat all of its points in the answer.

    Args:
        title: What is shown, such as "AAPL, revenue by fiscal year".
        unit: Unit of all y values, such as USD, "USD millions" or percent.
        series: The lines, each with name and points; x is a date (2024-05-31), month, quarter (2024-Q1),
            year, number or word, y a number.
    """
    given = [
        {"name": each.name, "points": [{"x": point.x, "y": point.y} for point in each.points]}
        for each in series
    ]
    made = plot_of({"title": title, "unit": unit, "series": given})
    return {
        "drawn": made.title,
        "series": [{"name": line.name, "points": len(line.spots)} for line in made.lines],
        "note": "The user sees it.",
    }


PLOT = Tool(NAME, "Drawing", plot, special=True)
