"""What a run and its helpers think and say while it streams, on its way to the scratchpad without secrets.

Helpers speak at the same time: each has texts of its own, so that no piece of one ends what is held back of
another.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dexter.secrets import Findings, MaskedStream, Masks, masked_value
from dexter.sessions.records.steps import HelperRecord

Ready = tuple[str, Mapping[str, Any]]
"""The kind of a line and its fields."""


class Sayings:
    """The texts that stream: of the run (None) and of each helper, of the kinds `thinking` and `text`."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._voices: dict[HelperRecord | None, _Voice] = {}

    def add(self, kind: str, step: int, text: str, helper: HelperRecord | None) -> Iterator[Ready]:
        """Take a piece; returns what is left of the same speaker's step before, once one is over."""
        voice = self._voices.get(helper)
        if voice is not None and voice.step != step:
            yield from self.end(helper)
            voice = None
        if voice is None:
            voice = self._voices[helper] = _Voice(step, {})
        if kind not in voice.texts:
            voice.texts[kind] = _Text([], MaskedStream(self._masks))
        voice.texts[kind].pieces.append(text)

    def clear(self) -> Iterator[Ready]:
        """What is clear by now of all that streams."""
        for helper, voice in self._voices.items():
            for kind, text in voice.texts.items():
                yield from self._ready(kind, voice.step, text.take(), helper)

    def end(self, helper: HelperRecord | None) -> Iterator[Ready]:
        """All that is left of what somebody says: nothing of it follows."""
        voice = self._voices.pop(helper, None)
        if voice is not None:
            for kind, text in voice.texts.items():
                yield from self._ready(kind, voice.step, text.take() + text.stream.end(), helper)

    def end_all(self) -> Iterator[Ready]:
        """All that is left."""
        for helper in tuple(self._voices):
            yield from self.end(helper)

    def _ready(self, kind: str, step: int, text: str, helper: HelperRecord | None) -> Iterator[Ready]:
        if text:
            by = masked_value(fields_of(helper), self._masks, Findings())
            yield kind, {"step": step, "content": text, **by}


class _Text(NamedTuple):
    """A text that streams: pieces that wait, and what masks them."""

    pieces: list[str]
    stream: MaskedStream

    def take(self) -> str:
        """What is clear of it by now."""
        whole = "".join(self.pieces)
        self.pieces.clear()
        return self.stream.take(whole)


class _Voice(NamedTuple):
    """What somebody says in a step."""

    step: int
    texts: dict[str, _Text]


def fields_of(helper: HelperRecord | None) -> dict[str, Any]:
    """The field of a line that says whose it is; none if it is the run's own."""
    return {} if helper is None else {"helper": helper.to_fields()}
