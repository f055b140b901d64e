"""Where the numbers of an answer come from: from a tool, from the user, or from the model itself.

Pure functions; the answer is read and never changed. What a call was given and what its result merely
repeats is no source: a model's own number does not become a tool's by passing through it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from dexter.agent.numerals import Numeral, figures_in, values_in
from dexter.agent.turns import as_json
from dexter.sessions import FiguresRecord, Step, ToolStep

_ROUNDING = 1e-12
"""Of a value: what floating point may lose."""
_SHIFTS = (10**3, 10**6, 10**9)
# So many digits tell a figure, also where a table gives it in thousands or millions and the answer does not.
_DIGITS_TO_SHIFT_DOWN = 3
_DIGITS_TO_SHIFT_UP = 4
MOST_READ = 500_000
"""Characters of one result that are looked through: a quarter of a second."""


class Known:
    """Numbers that a source gave."""

    def __init__(self, values: Iterable[float]) -> None:
        self._values = sorted({abs(value) for value in values})

    def has(self, figure: Numeral) -> bool:
        """Whether one of them, rounded to the digits that the figure shows, is the figure."""
        return any(self._within(value, half) for value, half in _wanted(figure))

    def _within(self, value: float, half: float) -> bool:
        slack = half + _ROUNDING * value
        place = bisect_left(self._values, value - slack)
        return place < len(self._values) and self._values[place] <= value + slack


def trace(
    answer: str, query: str, steps: Sequence[Step], earlier: Iterable[tuple[str, Sequence[Step]]] = ()
) -> FiguresRecord | None:
    """Where the figures of an answer come from; None if it has none.

    Args:
        answer: What the model said in the end.
        query: What was asked.
        steps: The steps of this exchange.
        earlier: Queries and steps of earlier exchanges, the newest first; read only as long as a figure is
            found nowhere else.
    """
    figures = figures_in(answer)
    if not figures:
        return None
    left = _not_in(Known(found_by(steps)), figures)
    tools = len(figures) - len(left)
    rest = _not_in(Known(values_in(query)), left)
    asked = len(left) - len(rest)
    if rest:
        for said, made in earlier:
            known = _not_in(Known(found_by(made)), rest)
            tools += len(rest) - len(known)
            rest = _not_in(Known(values_in(said)), known)
            asked += len(known) - len(rest)
            if not rest:
                break
    return FiguresRecord(tools + asked, asked, tuple(figure.shown for figure in rest))


def found_by(steps: Iterable[Step]) -> Iterator[float]:
    """The numbers that the tools of these steps gave, without those that they were given."""
    for step in steps:
        if isinstance(step, ToolStep) and step.ok:
            given = {_key(value) for value in _spread(values_in(as_json(step.arguments)))}
            yield from (value for value in values_in(step.result[:MOST_READ]) if _key(value) not in given)


def _not_in(known: Known, figures: Sequence[Numeral]) -> tuple[Numeral, ...]:
    return tuple(figure for figure in figures if not known.has(figure))


def _spread(values: Iterable[float]) -> Iterator[float]:
    for value in values:
        yield value
        yield value / 100


def _key(value: float) -> str:
    return f"{value:.12g}"


def _wanted(figure: Numeral) -> Iterator[tuple[float, float]]:
    """The values that would be the figure, each with how far from it they may be."""
    for value, half in figure.readings:
        whole, slack = value * figure.scale, half * figure.scale
        yield whole, slack
        if figure.percent or figure.basis:
            yield whole / 100, slack / 100
            if figure.basis:
                yield whole / 10_000, slack / 10_000
        elif figure.scale > 1 and figure.digits >= _DIGITS_TO_SHIFT_DOWN:
            yield value, half
            yield from ((value * shift, half * shift) for shift in _SHIFTS if shift < figure.scale)
        elif figure.scale == 1 and figure.digits >= _DIGITS_TO_SHIFT_UP:
            yield from ((value * shift, half * shift) for shift in _SHIFTS)
