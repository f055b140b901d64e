"""Another identity for the model than ours: a file of the home, told in place of our first sentence, bounded.

It says who speaks and how. What the model must and must not do (figures, sources, quotations, tools) stands
behind it and stays.
"""

import re
from pathlib import Path

from dexter.home_texts import HomeText, load
from dexter.secrets import NONE, Masks

MOST_BYTES = 8_000
_MARK = re.compile(r"<\s*/?\s*identity[^>]*>", re.IGNORECASE)


class Soul(HomeText, frozen=True):
    """The identity as it is told: `text` is empty if it is ours, `trouble` a sentence if not all is told."""

    @property
    def told(self) -> str:
        """What goes into the prompt, without marks that would end it."""
        return _MARK.sub("", self.text).strip()


def load_soul(path: Path, most: int = MOST_BYTES, masks: Masks = NONE) -> Soul:
    """The identity in a file; without a file it is ours. Raises nothing, as for rules.

    Args:
        path: The file.
        most: Bytes that are told; whole lines of the beginning.
        masks: What is secret.
    """
    return load(Soul, path, min(most, MOST_BYTES), masks)


def shown(soul: Soul) -> str:
    """The identity for its user: what it says, where it is, how it is changed."""
    if not soul.text and not soul.trouble:
        return f"The identity is dexter's own; {soul.path} would replace it: who speaks, and how."
    lines = [f"Identity, from {soul.path}, in place of dexter's own:"]
    lines += ["", soul.text, ""] if soul.text else []
    lines += [soul.trouble] if soul.trouble else []
    return "\n".join([*lines, "It lifts nothing of how dexter treats figures, sources and tools."])
