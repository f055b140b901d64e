"""What the commands on sessions share: the sessions opened, what they have to say told, JSON printed."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dexter.cli.equipping.masking import masks_in
from dexter.cli.notices import sentence
from dexter.cli.screen import output
from dexter.sessions import SessionManager, SessionNotFound
from dexter.sessions.notices import Notice


@contextmanager
def opened(home: Path) -> Iterator[SessionManager]:
    """The sessions of a home; what it has to say goes to stderr in the end."""
    with SessionManager(home, masks=masks_in(home, Path.cwd(), os.environ)) as manager:
        try:
            yield manager
        finally:
            print(end="", flush=True)
            tell(manager.notices)


def tell(notices: Sequence[Notice]) -> None:
    """Say on stderr what the user should know, each thing once."""
    for line in dict.fromkeys(map(sentence, notices)):
        print(line, file=sys.stderr)


def find_ever(manager: SessionManager, text: str) -> str:
    """The session that is meant, also if it is deleted.

    Raises:
        SessionNotFound: If there never was such a session.
    """
    try:
        return manager.find(text)
    except SessionNotFound as error:
        if not error.deleted:
            raise
        return manager.find_deleted(text).metadata.id


def print_json(value: object) -> None:
    """Print a value as JSON that any output encoding can write."""
    print(output.as_json(value, getattr(sys.stdout, "encoding", None)))
