"""What was drawn for an answer, as values: whoever shows a session draws it in its own way."""

from collections.abc import Sequence

from dexter.sessions.records.steps import Step, ToolStep, own
from dexter.tools.plotting import Plot, plot_in


def plots_of(steps: Sequence[Step]) -> list[Plot]:
    """What was drawn in these steps, in order, for the user and not by a helper for itself."""
    made = [
        plot_in(step.name, step.arguments, ok=step.ok) for step in own(steps) if isinstance(step, ToolStep)
    ]
    return [plot for plot in made if plot is not None]
