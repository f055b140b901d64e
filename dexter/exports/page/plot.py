"""A plot as a picture in the page: SVG of our own, in which every text of the model is only text."""

from collections.abc import Iterator

from dexter.exports.page.marks import text
from dexter.tools.axes import Axis, axis_of
from dexter.tools.plotting import Line, Plot

_WIDTH, _HEIGHT = 800.0, 320.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 90.0, 16.0, 12.0, 30.0
_MOST_LABELS, _LONGEST_LABEL = 7, 24
_LETTER = 8.0
_DOTTED = 60
"""Up to so many points a line has a dot at each, which says its value."""


def plot_html(plot: Plot) -> str:
    """The plot as a figure: its title, the picture, and a legend if there are several series."""
    axis = axis_of(plot.values, 5)
    unit = ", ".join(filter(None, (text(plot.unit, one_line=True), f"in {axis.scale}" if axis.scale else "")))
    title = (text(plot.title, one_line=True) or "Plot") + (f" ({unit})" if unit else "")
    places = list(plot.labels)
    return "\n".join(
        [
            '<figure class="plot">',
            f'<p dir="auto">{title}</p>',
            f'<svg class="plot" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="{title}">',
            *_grid(axis),
            *_labels(plot),
            *(part for number, line in enumerate(plot.lines) for part in _line(number, line, places, axis)),
            "</svg>",
            *(_legend(plot) if len(plot.lines) > 1 else []),
            "</figure>",
        ]
    )


def _grid(axis: Axis) -> Iterator[str]:
    for value, said in axis.marks:
        y = _y(value, axis)
        yield f'<line x1="{_LEFT:.0f}" x2="{_WIDTH - _RIGHT:.0f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="right" x="{_LEFT - 8:.0f}" y="{y + 4:.1f}">{text(said)}</text>'


def _labels(plot: Plot) -> Iterator[str]:
    places = list(plot.labels.items())
    longest = min(max(len(label) for _, label in places), _LONGEST_LABEL)
    room = int((_WIDTH - _LEFT - _RIGHT) // ((longest + 2) * _LETTER))
    count = min(len(places), _MOST_LABELS, max(room, 2))
    chosen = {round(number * (len(places) - 1) / max(count - 1, 1)) for number in range(count)}
    for index in sorted(chosen):
        at, label = places[index]
        x = _x(at, [place for place, _ in places])
        side = "right" if index and index == len(places) - 1 else "center" if index else "left"
        said = text(label[:_LONGEST_LABEL], one_line=True)
        yield f'<text class="{side}" x="{x:.1f}" y="{_HEIGHT - 8:.0f}">{said}</text>'


def _line(number: int, line: Line, places: list[float], axis: Axis) -> Iterator[str]:
    parts: list[list[str]] = [[]]
    for spot in line.spots:
        if spot.y is None:
            parts.append([])
        else:
            parts[-1].append(f"{_x(spot.at, places):.1f},{_y(float(spot.y), axis):.1f}")
    for part in filter(None, parts):
        yield f'<polyline class="s{number}" points="{" ".join(part)}"/>'
    alone = [part[0] for part in parts if len(part) == 1]
    for spot in line.spots:
        if spot.y is None:
            continue
        x, y = f"{_x(spot.at, places):.1f}", f"{_y(float(spot.y), axis):.1f}"
        if len(line.spots) <= _DOTTED or f"{x},{y}" in alone:
            said = text(f"{line.name}, {spot.label}: {spot.y.normalize():,f}", one_line=True)
            yield f'<circle class="s{number}" cx="{x}" cy="{y}" r="3"><title>{said}</title></circle>'


def _legend(plot: Plot) -> Iterator[str]:
    yield "<figcaption>"
    for number, line in enumerate(plot.lines):
        name = text(line.name, one_line=True)
        yield f'<span dir="auto"><svg class="key" viewBox="0 0 10 10"><rect class="s{number}" width="10"'
        yield f' height="10"/></svg> {name}</span>'
    yield "</figcaption>"


def _x(at: float, places: list[float]) -> float:
    span = places[-1] - places[0]
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * ((at - places[0]) / span if span else 0.5)


def _y(value: float, axis: Axis) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - axis.share(value))
