"""A text that comes in pieces, handed on without secrets: a key that is torn over two pieces is masked, too.

What could be the beginning of a secret is held back until it is clear that it is none, normally the last
word.
"""

import re

from dexter.secrets.forms import NAMING
from dexter.secrets.masks import Masks

# A name whose value may follow, with or without the sign between them.
_OPEN = (
    rf"""(?i:(?:{NAMING}|key|token|secret|passw|bearer)[A-Za-z0-9_\-.]{{0,32}}\\?["']?\s{{0,2}}"""
    r"""(?:(?::=|=>|==|[:=])\s{0,2})?\\?["']?\s{0,2})\Z"""
)
_OPEN_REACH = 120
_BEGIN = "-----BEGIN "
_KEY_GOES_ON = r"[A-Za-z0-9+/=\s\\:,_.\-]*\Z"


class MaskedStream:
    """One text on its way. Everything that `take` and `end` return is, put together, the masked text."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._held = ""

    def take(self, piece: str) -> str:
        """What can be handed on, now that this piece is known; may be empty."""
        self._held += piece
        at = _settled(self._held, self._masks)
        ready, self._held = self._held[:at], self._held[at:]
        return self._masks.mask(ready).text if ready else ""

    def end(self) -> str:
        """The rest: no more pieces come."""
        rest, self._held = self._held, ""
        return self._masks.mask(rest).text


def _settled(text: str, masks: Masks) -> int:
    """Up to where nothing that comes can change what is secret."""
    if not (masks.exact or masks.well_known or masks.own):
        return len(text)
    at = len(text)
    if masks.own:
        at = text.rfind("\n") + 1
    if masks.well_known:
        at = _well_known(text, at)
    for _, value in masks.exact:
        at = min(at, _begun(text, value))
    spans = masks.spans(text)
    while True:
        before = at
        for start, end, _ in spans:
            if start < at < end:
                at = start
        if masks.well_known:
            at = _well_known(text, at)
        if at == before:
            return at


def _well_known(text: str, at: int) -> int:
    """The same for forms: they have no blanks, but behind names and in private keys."""
    open_name, goes_on = re.compile(_OPEN), re.compile(_KEY_GOES_ON)
    at = _word(text, at)
    while (match := open_name.search(text, max(at - _OPEN_REACH, 0), at)) is not None:
        at = _word(text, match.start())
    begin = text.find(_BEGIN)
    while 0 <= begin < at:
        if goes_on.match(text, begin) and "-----END" not in text[begin:at]:
            return begin
        begin = text.find(_BEGIN, begin + 1)
    return at


def _word(text: str, at: int) -> int:
    """The beginning of the word that ends or goes on at a place; words end at whatever is no ASCII sign."""
    while at > 0 and "!" <= text[at - 1] <= "~":
        at -= 1
    return at


def _begun(text: str, value: str) -> int:
    """Where the end of a text begins that is the beginning of a value."""
    for length in range(min(len(value) - 1, len(text)), 0, -1):
        if text.endswith(value[:length]):
            return len(text) - length
    return len(text)
