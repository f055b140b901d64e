"""Plots beside an answer that is printed: as tables in pipes, drawn on a terminal."""

import os
from collections.abc import Sequence

from dexter.sessions import Step
from dexter.sessions.records.plots import plots_of
from dexter.terminal.styles import Paint
from dexter.tools.plotting import Plot


def with_plots(answer: str, steps: Sequence[Step]) -> str:
    """An answer behind the tables of what was drawn for it."""
    plots = plots_of(steps)
    if not plots:
        return answer
    from dexter.terminal.plots import table

    return "\n".join([*map(table, plots), answer])


def plot_lines(plot: Plot, width: int | None) -> list[str]:
    """A plot for a terminal of so many columns; None: as a table."""
    from dexter.terminal.plots import drawn, table

    if width is None:
        return table(plot).splitlines()
    return drawn(plot, width, Paint(colour="NO_COLOR" not in os.environ)).splitlines()
