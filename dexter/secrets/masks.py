"""From a text to the text that may be stored: what is secret in it is replaced, and counted by kind."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from dexter.secrets.exact import Exact, exact_values
from dexter.secrets.forms import KINDS, Span, Wanted, find_forms, present
from dexter.secrets.own import find_own

OWN = "own pattern"
_OPENING = "[masked: "
_PLACEHOLDER = r"\[masked: ([a-z0-9 ]{1,60})\]"

Findings = set[tuple[str, int]]
"""Which secrets were found: of each its kind and a hash, so that one that is there twice counts once."""


class Masked(NamedTuple):
    """A text without secrets, and what was taken out of it."""

    text: str
    findings: Findings


def counts(findings: Findings) -> tuple[tuple[str, int], ...]:
    """How many secrets of each kind were found, by kind."""
    return tuple(sorted(Counter(kind for kind, _ in findings).items()))


def placeholder(kind: str) -> str:
    """What stands in place of a secret."""
    return f"{_OPENING}{kind}]"


@dataclass(frozen=True)
class Masks:
    """What is to be masked: exact values, well-known forms, patterns of the user's.

    The values are in no `repr`. Masking a second time changes nothing.

    Attributes:
        exact: Values by themselves, the longest first; see `exact_values`.
        well_known: Whether keys are found by their forms.
        own: Patterns that `check` has nothing to say against.
    """

    exact: tuple[Exact, ...] = field(default=(), repr=False)
    well_known: bool = True
    own: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, values: Mapping[str, str], own: Iterable[str] = ()) -> Self:
        """Masks for what is secret among named values, for well-known forms, and for own patterns."""
        return cls(exact_values(values), own=tuple(own))

    def mask(self, text: str) -> Masked:
        """The text with each secret replaced by `[masked: its kind]`."""
        findings = Findings()
        # What stands beside a secret may be one that only shows once the first is gone.
        while spans := self.spans(text):
            findings.update((kind, hash(text[start:end])) for start, end, kind in spans)
            text = _replaced(text, spans)
        return Masked(text, findings)

    def spans(self, text: str) -> list[Span]:
        """Where secrets stand, in order, without overlaps, and never in the place of an earlier one."""
        # A text of many pieces costs what one of few does: what it has nowhere is looked for in none of them.
        exact = [each for each in self.exact if each.value in text]
        forms = present(text) if self.well_known else []
        found: list[Span] = []
        for start, end in self._between(text) if exact or forms or self.own else ():
            piece = text if (start, end) == (0, len(text)) else text[start:end]
            found += [(start + low, start + high, kind) for low, high, kind in self._in(piece, exact, forms)]
        return found

    def _between(self, text: str) -> list[tuple[int, int]]:
        """What lies between the places of secrets that were masked before."""
        if _OPENING not in text:
            return [(0, len(text))]
        kinds = {OWN, *KINDS, *(each.kind for each in self.exact)}
        taken = [match.span() for match in re.finditer(_PLACEHOLDER, text) if match[1] in kinds]
        borders = [0, *(border for span in taken for border in span), len(text)]
        return list(zip(borders[::2], borders[1::2], strict=True))

    def _in(self, text: str, exact: Iterable[Exact], forms: Iterable[Wanted]) -> list[Span]:
        spans: list[Span] = []
        for kind, value in exact:
            at = text.find(value)
            while at >= 0:
                spans.append((at, at + len(value), kind))
                at = text.find(value, at + 1)
        spans += find_forms(text, forms)
        if self.own:
            spans += [(start, end, OWN) for start, end in find_own(text, self.own)]
        return _united(spans) if spans else spans


WELL_KNOWN = Masks()
"""Masks well-known forms: what is used where nobody says anything else."""
NONE = Masks(well_known=False)
"""Masks nothing."""


def _united(spans: Sequence[Span]) -> list[Span]:
    """Spans that overlap as one, of the kind that was found first."""
    united: list[tuple[int, int, int]] = []
    for start, end, rank in sorted((start, end, rank) for rank, (start, end, _) in enumerate(spans)):
        if united and start < united[-1][1]:
            before = united[-1]
            united[-1] = before[0], max(before[1], end), min(before[2], rank)
        else:
            united.append((start, end, rank))
    return [(start, end, spans[rank][2]) for start, end, rank in united]


def _replaced(text: str, spans: Sequence[Span]) -> str:
    pieces, at = [], 0
    for start, end, kind in spans:
        pieces += [text[at:start], placeholder(kind)]
        at = end
    return "".join([*pieces, text[at:]])
