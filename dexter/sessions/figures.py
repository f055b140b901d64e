"""Where the figures of an answer come from, told to people."""

from dexter.sessions.records import FiguresRecord

MOST_SHOWN = 8


def figures_line(figures: FiguresRecord) -> str:
    """One line: `Figures: 12 traced, 2 the model's own: $5.1 billion, 3%`."""
    said = f"Figures: {figures.traced} traced"
    if not figures.own:
        return said
    more = len(figures.own) - MOST_SHOWN
    rest = f" and {more} more" if more > 0 else ""
    return f"{said}, {len(figures.own)} the model's own: {', '.join(figures.own[:MOST_SHOWN])}{rest}"
