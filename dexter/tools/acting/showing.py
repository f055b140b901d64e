"""What a tool is about to do, made visible: a person allows what they see, so nothing may hide.

Owns how characters look that a terminal would obey, leave out or join to others: they are written as escapes.
"""

import unicodedata
from difflib import unified_diff
from itertools import islice

from dexter.tools.person import Shown

MOST_LINES = 1_000
_COMPARED = 20_000
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""The text on one line, with `\x1b`, `\n`, `\u202e` and the like for what can't be seen or is obeyed."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_seen(char, text[at - 1 : at]) for at, char in enumerate(text))


def changes(before: str | None, after: str) -> tuple[Shown, ...]:
    """The lines that go and come when a text becomes another; all lines of a text that is new.

    Longer than `MOST_LINES`, the rest is counted.
    """
    lines = _added(after) if before is None else _compared(before, after)
    if len(lines) <= MOST_LINES:
        return tuple(lines)
    rest = f"... and {len(lines) - MOST_LINES:,} more lines that are not shown"
    return (*lines[:MOST_LINES], Shown(rest, "faint"))


def counted(lines: tuple[Shown, ...]) -> str:
    """How many lines come and go, such as `+3 -1`."""
    return f"+{sum(line.look == 'added' for line in lines)} -{sum(line.look == 'removed' for line in lines)}"


def _added(text: str) -> list[Shown]:
    return [Shown(f"+{visible(line)}", "added") for line in _lines(text)]


def _compared(before: str, after: str) -> list[Shown]:
    old, new = _lines(before), _lines(after)
    if len(old) + len(new) > _COMPARED:  # which would take longer than a person waits
        return [Shown(f"-{visible(line)}", "removed") for line in old] + _added(after)
    found: list[Shown] = []
    for line in islice(unified_diff(old, new, lineterm="", n=3), 2, None):
        match line[:1]:
            case "+":
                found.append(Shown(f"+{visible(line[1:])}", "added"))
            case "-":
                found.append(Shown(f"-{visible(line[1:])}", "removed"))
            case "@":
                found.append(Shown(line, "faint"))
            case _:
                found.append(Shown(f" {visible(line[1:])}"))
    return found


def _lines(text: str) -> list[str]:
    """Lines as git counts them; an end without a newline is told, as it changes the file."""
    lines = text.split("\n")
    if not lines[-1]:
        return lines[:-1]
    return [*lines[:-1], f"{lines[-1]} (no newline at the end)"]


def _seen(char: str, before: str) -> str:
    if char == " " or (char.isascii() and char.isprintable()):
        return char
    if char == "\t":
        return "\\t"
    kind = unicodedata.category(char)
    if kind in _HIDDEN or kind == "Zs" or (kind in {"Mn", "Me"} and not _stands_on(char, before)):
        return (
            char.encode("ascii", "backslashreplace").decode() if ord(char) > 0xFF else f"\\x{ord(char):02x}"
        )
    return char


def _stands_on(mark: str, before: str) -> bool:
    """Whether a mark is an accent on a letter, as in many languages, and none of a heap of marks."""
    return "\u0300" <= mark <= "\u036f" and mark != "\u034f" and before.isalpha()
