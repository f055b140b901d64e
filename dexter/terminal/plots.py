"""A plot as lines of text: drawn on a terminal, a table where there is none.

Lines are dots of braille, eight to a character. Several series are told apart by colour, or, where there is
none, by letters of ASCII in place of the dots.
"""

from collections.abc import Iterator, Sequence

from dexter.aligning import paddings
from dexter.terminal.cleaning import one_line
from dexter.terminal.styles import Paint
from dexter.terminal.widths import columns, fit
from dexter.tools.axes import Axis, axis_of
from dexter.tools.plotting import Line, Plot

WIDEST = 160
_NARROWEST = 30
_MARKS = "*o+x#@%&"
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a character of braille by row and column."""

_EMPTY = 0x2800


def drawn(plot: Plot, width: int, paint: Paint) -> str:
    """The plot as lines for a terminal, each with its newline; a table where it is too narrow.

    Args:
        plot: What is drawn.
        width: Columns of the terminal.
        paint: How words look.
    """
    room = min(width - 1, WIDEST)
    if room < _NARROWEST:
        return table(plot)
    rows = 10 if room < 100 else 14
    axis = axis_of(plot.values, 5)
    margin = max(len(text) for _, text in axis.marks)
    canvas = _Canvas(room - margin - 2, rows, letters=len(plot.lines) > 1 and not paint.colour)
    at = list(plot.labels)
    for number, line in enumerate(plot.lines):
        canvas.draw(number, _dots(line, at, axis))
    marks = {canvas.row_of(axis.share(value)): text for value, text in axis.marks}
    lines = [paint.bold(fit(headline(plot, axis.scale), room))]
    for row, cells in enumerate(canvas.rows(paint, coloured=len(plot.lines) > 1)):
        text = marks.get(row, "")
        lines.append(f"{text:>{margin}} {'┤' if row in marks else '│'}{cells}".rstrip())
    lines.append(" " * (margin + 1) + "└" + "─" * canvas.columns)
    lines.append(" " * (margin + 2) + _x_labels(plot, canvas.columns))
    if len(plot.lines) > 1:
        lines += _legend(plot, room, paint)
    return "".join(f"{line}\n" for line in lines)


def table(plot: Plot) -> str:
    """The plot as a table, each line with its newline: x in the first column, then each series."""
    values = [{spot.label: spot.y for spot in line.spots} for line in plot.lines]
    labels = list(plot.labels.values())
    cells = [
        ["-" if (y := series.get(label)) is None else f"{y.normalize():,f}" for label in labels]
        for series in values
    ]
    shown = [["", *(one_line(label) for label in labels)]]
    for line, column in zip(plot.lines, cells, strict=True):
        padded = paddings(column) or []
        numbers = [" " * pad.left + cell + " " * pad.right for cell, pad in zip(column, padded, strict=True)]
        size = max([columns(one_line(line.name)), *map(len, numbers)])
        shown.append([_right(text, size) for text in (one_line(line.name), *numbers)])
    first = max(map(columns, shown[0]))
    shown[0] = [text + " " * (first - columns(text)) for text in shown[0]]
    rows = ["  ".join(row).rstrip() for row in zip(*shown, strict=True)]
    return "".join(f"{row}\n" for row in (headline(plot, ""), *rows))


def headline(plot: Plot, scale: str) -> str:
    """Title and unit on one line; `scale` is what the numbers are counted in."""
    unit = ", ".join(filter(None, (one_line(plot.unit), f"in {scale}" if scale else "")))
    return f"{one_line(plot.title) or 'Plot'}{f' ({unit})' if unit else ''}"


class _Canvas:
    """Dots in characters; each belongs to the series that was drawn last. `letters`: one mark a character."""

    def __init__(self, width: int, height: int, *, letters: bool) -> None:
        self.columns = width
        self._height = height
        self._letters = letters
        self._across, self._down = (1, 1) if letters else (2, 4)
        self._bits = [[0] * width for _ in range(height)]
        self._owner = [[-1] * width for _ in range(height)]

    def row_of(self, share: float) -> int:
        """The row of characters in which a value lies."""
        return self._dot_row(share) // self._down

    def draw(self, number: int, parts: Sequence[Sequence[tuple[float, float]]]) -> None:
        """Draw a series: lines through points, whose places are shares of the width and the height."""
        for part in parts:
            dots = [(round(x * (self.columns * self._across - 1)), self._dot_row(y)) for x, y in part]
            for (x, y), (to_x, to_y) in zip(dots, [*dots[1:], dots[-1]], strict=True):
                steps = max(abs(to_x - x), abs(to_y - y), 1)
                for step in range(steps + 1):
                    self._set(
                        number, x + round((to_x - x) * step / steps), y + round((to_y - y) * step / steps)
                    )

    def rows(self, paint: Paint, *, coloured: bool) -> Iterator[str]:
        """The rows of characters from the top, those of a series in its colour."""
        for bits, owners in zip(self._bits, self._owner, strict=True):
            text, run, before = "", "", -1
            for bit, owner in zip(bits, owners, strict=True):
                char = " " if not bit else _MARKS[owner] if self._letters else chr(_EMPTY + bit)
                if owner != before and run:
                    text, run = text + _painted(run, before, paint, coloured=coloured), ""
                run, before = run + char, owner
            yield text + _painted(run, before, paint, coloured=coloured)

    def _dot_row(self, share: float) -> int:
        return round((1 - share) * (self._height * self._down - 1))

    def _set(self, number: int, x: int, y: int) -> None:
        row, column = y // self._down, x // self._across
        self._bits[row][column] |= 1 if self._letters else _DOTS[y % 4][x % 2]
        self._owner[row][column] = number


def _painted(text: str, owner: int, paint: Paint, *, coloured: bool) -> str:
    return paint.series(owner, text) if coloured and owner >= 0 else text


def _dots(line: Line, at: Sequence[float], axis: Axis) -> list[list[tuple[float, float]]]:
    """The points of a series in shares, in parts between gaps."""
    span = at[-1] - at[0]
    parts: list[list[tuple[float, float]]] = [[]]
    for spot in line.spots:
        if spot.y is None:
            parts.append([])
        else:
            x = (spot.at - at[0]) / span if span else 0.5
            parts[-1].append((x, axis.share(float(spot.y))))
    return [part for part in parts if part]


def _x_labels(plot: Plot, width: int) -> str:
    """The first and the last x, and as many between as fit with two blanks around them."""
    places = list(plot.labels.items())
    first, span = places[0][0], places[-1][0] - places[0][0]
    wanted = [places[0], places[-1], *places[1:-1]] if span else places
    taken: list[tuple[int, str]] = []
    for at, label in wanted:
        text = fit(one_line(label), max(width // 3, 4))
        size = columns(text)
        middle = round((at - first) / span * (width - 1)) if span else width // 2
        start = min(max(middle - size // 2, 0), max(width - size, 0))
        if all(start + size + 2 <= other or other + columns(said) + 2 <= start for other, said in taken):
            taken.append((start, text))
    line = ""
    for start, text in sorted(taken):
        line += " " * (start - columns(line)) + text
    return line


def _legend(plot: Plot, width: int, paint: Paint) -> Iterator[str]:
    for number, line in enumerate(plot.lines):
        sign = paint.series(number, "──") if paint.colour else _MARKS[number]
        yield f"  {sign} {fit(one_line(line.name), max(width - 5, 1))}"


def _right(text: str, size: int) -> str:
    return " " * (size - columns(text)) + text
