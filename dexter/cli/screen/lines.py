"""Plain lines on standard output and standard error, for runs without a chat.

Foreign text is cleaned: no control character of a model or a tool reaches whatever reads the lines. A
stream that is closed is no exception: what can't be shown is not shown, and the caller learns of it.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from dexter.terminal.cleaning import clean


def answer_line(text: str) -> bool:
    """Print an answer, with one line feed at its end; False if standard output is closed."""
    return _write(sys.stdout, f"{clean(text).rstrip()}\n" if text.strip() else "")


def json_line(fields: Mapping[str, Any]) -> bool:
    """Print one JSON object on a line, in ASCII only; False if standard output is closed."""
    return _write(sys.stdout, f"{json.dumps(fields)}\n")


def remark(sentence: str) -> bool:
    """Print a sentence on standard error; False if that is closed."""
    return _write(sys.stderr, f"{clean(sentence)}\n")


def plan_text(steps: Sequence[str]) -> str:
    """A plan for standard error: once, as it was written down."""
    return "\n".join(["Plan:", *(f"  {number}. {step}" for number, step in enumerate(steps, 1))])


def error_line(sentence: str) -> bool:
    """Print what went wrong on standard error; False if that is closed."""
    return remark(f"Error: {sentence}")


def _write(stream: TextIO | None, text: str) -> bool:
    if stream is None:
        return False
    try:
        # In UTF-8 whatever the locale says: an answer must not fail on a currency sign.
        stream.flush()
        stream.buffer.write(text.encode("utf-8", "replace"))
        stream.buffer.flush()
    except (OSError, ValueError):
        _give_up(stream)
        return False
    return True


def _give_up(stream: TextIO) -> None:
    """Let what is still buffered go nowhere: the interpreter would complain of it while it ends."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return
