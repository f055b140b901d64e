"""Where the marks of an axis stand, and what they say. Pure arithmetic for whoever draws a plot."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

_WORDS = ((1e12, "trillions"), (1e9, "billions"), (1e6, "millions"))


@dataclass(frozen=True)
class Axis:
    """An axis from `low` to `high`, which lie outside of all values.

    `marks` are the values that it names, with their texts; `scale` is the word for what they were divided
    by, or empty.
    """

    low: float
    high: float
    marks: tuple[tuple[float, str], ...]
    scale: str = ""

    def share(self, value: float) -> float:
        """Where a value lies, from 0 at `low` to 1 at `high`."""
        return (value - self.low) / (self.high - self.low)


def axis_of(values: Sequence[float], most: int) -> Axis:
    """An axis for values of which there is at least one, with about `most` marks at round numbers."""
    low, high = min(values), max(values)
    if low == high:
        margin = abs(low) / 2 or 1.0
        low, high = low - margin, high + margin
    step = _round_step((high - low) / max(most - 1, 1))
    first, last = floor(low / step), ceil(high / step)
    divisor, word = next(
        ((size, word) for size, word in _WORDS if max(abs(first), abs(last)) * step >= size), (1.0, "")
    )
    digits = min(max(0, -floor(log10(step / divisor) + 1e-9)), 12)
    marks = [(number * step, f"{number * step / divisor:,.{digits}f}") for number in range(first, last + 1)]
    return Axis(first * step, last * step, tuple(marks), word)


def _round_step(step: float) -> float:
    """The next of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** floor(log10(step))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step * 0.999_999)
