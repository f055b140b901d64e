"""Where the numbers of an answer come from: a tool, the user, an earlier session, or the model itself.

Pure functions; the answer is read and never changed. What counts as a source is in `origins`: a model's own
number does not become a tool's by passing through it.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from dexter.agent.checks.numerals import Numeral, figures_in, values_in
from dexter.agent.checks.origins import sources_in
from dexter.sessions import FiguresRecord, Step

_ROUNDING = 1e-12
"""Of a value: what floating point may lose."""
_SHIFTS = (10**3, 10**6, 10**9)
# So many digits tell a figure, also where a table gives it in thousands or millions and the answer does not.
_DIGITS_TO_SHIFT_DOWN = 3
_DIGITS_TO_SHIFT_UP = 4


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


class Earlier(NamedTuple):
    """An earlier exchange of the session: what was asked, what was done, and which figures were recalled."""

    query: str
    steps: Sequence[Step]
    recalled: Sequence[str] = ()


def trace(
    answer: str,
    query: str,
    steps: Sequence[Step],
    earlier: Iterable[Earlier] = (),
    *,
    offered: Iterable[str] = (),
    known: Collection[str] = (),
) -> FiguresRecord | None:
    """Where the figures of an answer come from; None if it has none.

    A figure that a tool gave, or that the user named, is no recalled one, and only what is none of these is
    the model's own.

    Args:
        answer: What the model said in the end.
        query: What was asked.
        steps: The steps of this exchange, those of helpers among them.
        earlier: Earlier exchanges, the newest first; read only as long as a figure is found nowhere else.
        offered: Texts of other sessions that the model was given with the question.
        known: The ids of this session's exchanges.
    """
    figures = figures_in(answer)
    if not figures:
        return None
    sources = sources_in(steps, known)
    recalled = {*sources.recalled, *(value for text in offered for value in values_in(text))}
    left = _not_in(Known(sources.tools), figures)
    tools = len(figures) - len(left)
    rest = _not_in(Known(values_in(query)), left)
    asked = len(left) - len(rest)
    if rest:
        for each in earlier:
            sources = sources_in(each.steps, known)
            recalled.update(sources.recalled, *map(values_in, each.recalled))
            named = _not_in(Known(sources.tools), rest)
            tools += len(rest) - len(named)
            rest = _not_in(Known(values_in(each.query)), named)
            asked += len(named) - len(rest)
            if not rest:
                break
    own = _not_in(Known(recalled), rest)
    told = tuple(figure.shown for figure in rest if figure not in own)
    return FiguresRecord(tools + asked, asked, tuple(figure.shown for figure in own), told)


def _not_in(known: Known, figures: Sequence[Numeral]) -> tuple[Numeral, ...]:
    return tuple(figure for figure in figures if not known.has(figure))


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
