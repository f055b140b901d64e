"""The rest of a text that was cut off, joined to its beginning so that nothing stands there twice.

Pure. Who goes on with a text is asked to repeat its last words first: where a number or a word was cut in
the middle, that is the only way to know how it went on.
"""

ANCHOR_WORDS = 6
SURE = 12
"""Characters in common that are no accident."""


def anchor(text: str) -> str:
    """The last words of a text, from which on it is to be continued."""
    words = text[-400:].split(" ")
    return " ".join(words[-ANCHOR_WORDS:]).lstrip()


class Joint:
    """Takes a continuation in pieces and gives what is new in it, as soon as that is clear."""

    def __init__(self, before: str) -> None:
        """A joint.

        Args:
            before: The text that was cut off.
        """
        self._before = before
        self._held: str | None = ""
        self._least = min(len(before), SURE)

    def take(self, piece: str) -> str:
        """What of the continuation so far is new and was not given yet."""
        if self._held is None:
            return piece
        self._held += piece
        return "" if self._undecided() else self.end()

    def end(self) -> str:
        """What is left when no more pieces come."""
        held, self._held = self._held, None
        return "" if held is None else held[self._overlap(held) :]

    def _undecided(self) -> bool:
        """Whether all of the continuation stands in the text and may yet turn out to repeat its end."""
        held = self._held or ""
        place = self._before.find(held)
        # A text that begins again from its start is as long as it was before the new comes.
        return place >= 0 and not (place + len(held) == len(self._before) and len(held) >= self._least)

    def _overlap(self, held: str) -> int:
        """How many characters at the beginning of the continuation are the end of the text."""
        longest = min(len(self._before), len(held))
        for size in range(longest, self._least - 1, -1):
            if self._before.endswith(held[:size]):
                return size
        return 0
