"""What the tool `plot` can draw, and where each point lies: from a call's arguments to values to be shown.

Knows no screen and no page. Whoever shows a session needs this, and none of the other tools.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from dexter.tools.errors import BadArgument
from dexter.tools.numbers import Number, to_decimal

NAME = "plot"
MOST_SERIES = 8
MOST_POINTS = 2_000
_LONGEST = 200
_DATE = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?(?:T.*)?")
_QUARTER = re.compile(r"(?:FY)?(\d{4})[- ]?Q([1-4])|Q([1-4])[- ]?(?:FY)?(\d{4})", re.IGNORECASE)
_YEAR = re.compile(r"(?:FY\s?)?(\d{4})", re.IGNORECASE)


@dataclass(frozen=True)
class Spot:
    """A point as it is drawn: `at` is its place on the x axis, `label` how x was given; `y` None is a gap."""

    at: float
    label: str
    y: Decimal | None


@dataclass(frozen=True)
class Line:
    """The points of one series, from left to right."""

    name: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True)
class Plot:
    """What is drawn. Its texts are as the model gave them: whoever shows them cleans them."""

    title: str
    unit: str
    lines: tuple[Line, ...]

    @property
    def values(self) -> list[float]:
        """Every y there is, at least one."""
        return [float(spot.y) for line in self.lines for spot in line.spots if spot.y is not None]

    @property
    def labels(self) -> dict[float, str]:
        """How each place on the x axis is called, from left to right."""
        found = {spot.at: spot.label for line in self.lines for spot in line.spots}
        return dict(sorted(found.items()))


def plot_of(arguments: Mapping[str, Any]) -> Plot:
    """What a call with these arguments draws.

    Raises:
        BadArgument: If that can't be drawn.
    """
    title, unit = (_text(arguments.get(name, ""), name) for name in ("title", "unit"))
    series = arguments.get("series")
    if not isinstance(series, Sequence) or isinstance(series, str) or not 1 <= len(series) <= MOST_SERIES:
        raise BadArgument("series", f"must be a list of 1 to {MOST_SERIES}")
    rows = [_points(each) for each in series]
    if sum(map(len, rows)) > MOST_POINTS:
        raise BadArgument("series", f"has more than {MOST_POINTS} points; leave some out")
    places = _places([x for row in rows for x, _ in row])
    lines = []
    for number, (each, row) in enumerate(zip(series, rows, strict=True), 1):
        spots = sorted((Spot(places[x], x, y) for x, y in row), key=lambda spot: spot.at)
        name = _text(each.get("name", ""), "name") or f"series {number}"
        lines.append(Line(name, tuple(spots)))
    made = Plot(title, unit, tuple(lines))
    if not made.values:
        raise BadArgument("series", "has no point with a value")
    return made


def plot_in(name: str, arguments: Mapping[str, Any], *, ok: bool) -> Plot | None:
    """What a call drew, if it was one of this tool and went well; for whoever shows calls."""
    if name != NAME or not ok:
        return None
    try:
        return plot_of(arguments)
    except (BadArgument, ArithmeticError):
        return None


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise BadArgument(name, f"must be a text of at most {_LONGEST} characters")
    return value.strip()


def _points(series: object) -> list[tuple[str, Decimal | None]]:
    points = series.get("points") if isinstance(series, Mapping) else None
    if not isinstance(points, Sequence) or isinstance(points, str) or not points:
        raise BadArgument("points", "must be a list of at least one")
    return [_point(point) for point in points]


def _point(point: object) -> tuple[str, Decimal | None]:
    x = point.get("x") if isinstance(point, Mapping) else None
    if (
        isinstance(x, bool)
        or not isinstance(x, int | float | str)
        or not 1 <= len(str(x).strip()) <= _LONGEST
    ):
        raise BadArgument("x", "must be a date, a number or a word")
    y: Number | None = point.get("y") if isinstance(point, Mapping) else None
    return str(x).strip(), None if y is None else to_decimal(y, "y")


def _places(names: Sequence[str]) -> dict[str, float]:
    """Where each x lies: at its day or value if all are dates or numbers, else one after another."""
    unique = list(dict.fromkeys(names))
    for read in (_day, _number):
        found = [read(name) for name in unique]
        places = {name: at for name, at in zip(unique, found, strict=True) if at is not None}
        if len(places) == len(unique):
            return places
    return {name: float(number) for number, name in enumerate(unique)}


def _day(name: str) -> float | None:
    """A date, month, quarter or year as a number of days; of a span the first one."""
    try:
        if found := _DATE.fullmatch(name):
            return float(date(int(found[1]), int(found[2]), int(found[3] or 1)).toordinal())
        if found := _QUARTER.fullmatch(name):
            year, quarter = int(found[1] or found[4]), int(found[2] or found[3])
            return float(date(year, 3 * quarter - 2, 1).toordinal())
        if found := _YEAR.fullmatch(name):
            return float(date(int(found[1]), 1, 1).toordinal())
    except ValueError:
        return None
    return None


def _number(name: str) -> float | None:
    try:
        return float(to_decimal(name, "x"))
    except BadArgument:
        return None
