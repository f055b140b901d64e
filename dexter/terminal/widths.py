"""How many columns a text takes, and how it is made to fit. All texts here are cleaned and on one line."""

from prompt_toolkit.utils import get_cwidth

ELLIPSIS = "…"


def columns(text: str) -> int:
    """The number of columns that a text takes in a terminal."""
    return len(text) if text.isascii() else get_cwidth(text)


def fit(text: str, width: int) -> str:
    """The text, cut to a number of columns with an ellipsis at its end if it is wider."""
    if columns(text) <= width:
        return text
    kept, used = [], columns(ELLIPSIS)
    for char in text:
        used += get_cwidth(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept).rstrip() + ELLIPSIS if width > 0 else ""


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns, broken at spaces where possible; at least one line.

    Blanks at its beginning stand at the beginning of every line.
    """
    if columns(text) <= width:
        return [text]
    words = text.lstrip(" ")
    indent = text[: len(text) - len(words)]
    room = max(width - len(indent), 1)
    lines: list[str] = []
    line = ""
    for word in words.split(" "):
        joined = f"{line} {word}" if line else word
        if columns(joined) <= room:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _chunks(word, room)
        lines.extend(full)
    return [indent + each for each in (*lines, line)]


def _chunks(word: str, width: int) -> list[str]:
    chunks, chunk, used = [], "", 0
    for char in word:
        size = get_cwidth(char)
        if used + size > width and chunk:
            chunks.append(chunk)
            chunk, used = "", 0
        chunk += char
        used += size
    return [*chunks, chunk]
