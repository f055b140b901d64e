"""Where the figures of an answer come from, told to people."""

from collections.abc import Sequence

from dexter.sessions.records.records import FiguresRecord

MOST_SHOWN = 8


def figures_line(figures: FiguresRecord) -> str:
    """One line: `Figures: 12 traced, 1 from earlier sessions (7%), 2 the model's own: $5.1 billion, 3%`."""
    said = f"Figures: {figures.traced} traced"
    if figures.recalled:
        said += f", {len(figures.recalled)} from earlier sessions ({_listed(figures.recalled)})"
    if figures.own:
        said += f", {len(figures.own)} the model's own: {_listed(figures.own)}"
    return said


def worth_telling(figures: FiguresRecord) -> bool:
    """Whether a figure has to be told of: it comes from no tool of the session and not from the user."""
    return bool(figures.own or figures.recalled)


def _listed(figures: Sequence[str]) -> str:
    more = len(figures) - MOST_SHOWN
    return f"{', '.join(figures[:MOST_SHOWN])}{f' and {more} more' if more > 0 else ''}"
