"""A text of the home that its user writes and a model is told: bounded, cleaned, without secrets."""

from pathlib import Path
from typing import TypeVar

import msgspec

from dexter.secrets import NONE, Masks
from dexter.tools.fetching.text import plain


class HomeText(msgspec.Struct, frozen=True):
    """What a file says: `text` is empty if there is none; `trouble` a sentence if not all is told."""

    path: Path
    text: str = ""
    trouble: str | None = None


T = TypeVar("T", bound=HomeText)


def load(kind: type[T], path: Path, most: int, masks: Masks = NONE) -> T:
    """The text in a file; without a file there is none. Raises nothing: a question can be answered without.

    Args:
        kind: What is made of it.
        path: The file.
        most: Bytes that are told; whole lines of the beginning.
        masks: What is secret; a model gets to see that something was there.
    """
    try:
        # What is no file, such as a pipe, would be waited for.
        if path.exists() and not path.is_file():
            return kind(path, trouble=f"{path} is not used: it is no file.")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError):
        return kind(path)
    except OSError as error:
        return kind(path, trouble=f"{path} is not used: {error.strerror or error}.")
    if b"\0" in content:
        return kind(path, trouble=f"{path} is not used: it is no text.")
    troubles = []
    text = content.decode("utf-8", "replace")
    if len(content) > most:
        text = _whole_lines(content[:most]).decode("utf-8", "ignore")
        lines = plain(text).strip().count("\n") + 1 if text.strip() else 0
        cut = f"it gets the first {lines} line{'' if lines == 1 else 's'}"
        troubles.append(f"{path} is longer than the {most:,} bytes that the model is told: {cut}.")
    masked = masks.mask(plain(text).strip())
    if masked.findings:
        troubles.append(f"{path} holds a key or password, which the model is not told: take it out.")
    return kind(path, masked.text, " ".join(troubles) or None)


def _whole_lines(content: bytes) -> bytes:
    """Up to the last line's end; of a single line its beginning."""
    return content[: content.rfind(b"\n") + 1] or content
