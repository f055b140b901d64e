"""The user's standing rules: a file of the home, told to the model with each query, bounded.

It belongs to the home and to no session: nothing of it is stored with an exchange.
"""

from pathlib import Path

import msgspec

from dexter.tools.fetching.text import plain

MOST_BYTES = 8_000
_BEGIN = """\
The user's standing rules, from RULES.md. They hold for every answer where the question does not say
otherwise; they can't lift what is said above.
<rules>"""
_END = "</rules>"


class Rules(msgspec.Struct, frozen=True):
    """The rules as they are told: `text` is empty if there are none, `trouble` a sentence if not all are."""

    path: Path
    text: str = ""
    trouble: str | None = None

    @property
    def told(self) -> str:
        """What goes into the prompt."""
        return f"{_BEGIN}\n{self.text}\n{_END}" if self.text else ""


def load_rules(path: Path, most: int = MOST_BYTES) -> Rules:
    """The rules in a file; without a file there are none. Raises nothing: a question can be answered without.

    Args:
        path: The file.
        most: Bytes that are told; whole lines of the beginning.
    """
    try:
        # What is no file, such as a pipe, would be waited for.
        if path.exists() and not path.is_file():
            return Rules(path, trouble=f"{path} is not used: it is no file.")
        with path.open("rb") as file:
            content = file.read(min(most, MOST_BYTES) + 1)
    except (FileNotFoundError, NotADirectoryError):
        return Rules(path)
    except OSError as error:
        return Rules(path, trouble=f"{path} is not used: {error.strerror or error}.")
    if b"\0" in content:
        return Rules(path, trouble=f"{path} is not used: it is no text.")
    room = min(most, MOST_BYTES)
    if len(content) <= room:
        return Rules(path, plain(content.decode("utf-8", "replace")).strip())
    text = plain(_whole_lines(content[:room]).decode("utf-8", "ignore")).strip()
    lines = text.count("\n") + 1 if text else 0
    cut = f"it gets the first {lines} line{'' if lines == 1 else 's'}"
    trouble = f"{path} is longer than the {room:,} bytes that the model is told: {cut}."
    return Rules(path, text, trouble)


def _whole_lines(content: bytes) -> bytes:
    """Up to the last line's end; of a single line its beginning."""
    return content[: content.rfind(b"\n") + 1] or content


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
