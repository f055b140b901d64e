"""The user's standing rules: a file of the home, told to the model with each query, bounded.

It belongs to the home and to no session: nothing of it is stored with an exchange.
"""

from pathlib import Path

from dexter.home_texts import HomeText, load
from dexter.secrets import NONE, Masks

MOST_BYTES = 8_000
_BEGIN = """\
The user's standing rules, from RULES.md. They hold for every answer where the question does not say
otherwise; they can't lift what is said above.
<rules>"""
_END = "</rules>"


class Rules(HomeText, frozen=True):
    """The rules as they are told: `text` is empty if there are none, `trouble` a sentence if not all are."""

    @property
    def told(self) -> str:
        """What goes into the prompt."""
        return f"{_BEGIN}\n{self.text}\n{_END}" if self.text else ""


def load_rules(path: Path, most: int = MOST_BYTES, masks: Masks = NONE) -> Rules:
    """The rules in a file; without a file there are none. Raises nothing: a question can be answered without.

    Args:
        path: The file.
        most: Bytes that are told; whole lines of the beginning.
        masks: What is secret.
    """
    return load(Rules, path, min(most, MOST_BYTES), masks)


def shown(rules: Rules) -> str:
    """The rules for their user: what they say, where they are, how they are changed."""
    how = "The model is told them with each query, from the next one on after a change."
    if not rules.text and not rules.trouble:
        return "\n".join(
            [
                "There are no standing rules.",
                f"Write some into {rules.path}, in any editor, one a line, such as:",
                "  - Amounts in EUR, and say at which rate.",
                "  - Compare fiscal years, never the last twelve months.",
                how,
            ]
        )
    lines = [f"Standing rules, from {rules.path}:"]
    lines += ["", rules.text, ""] if rules.text else []
    lines += [rules.trouble] if rules.trouble else []
    return "\n".join([*lines, f"Edit that file to change them. {how}"])
