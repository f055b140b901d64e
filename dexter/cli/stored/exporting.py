"""`dexter sessions export`: a session to standard output or to a new file."""

import sys
from pathlib import Path

from dexter.cli.equipping.opening import opened, tell
from dexter.cli.screen import output
from dexter.cli.screen.waiting import Waiting
from dexter.errors import UsageError
from dexter.exports.formats import FORMATS, format_of, rendered
from dexter.exports.saving import write_new
from dexter.terminal.cleaning import one_line

DEFAULT = "md"
STANDARD_OUTPUT = "-"


def export(home: Path, text: str, form: str | None = None, file: str | None = None) -> int:
    """Write a whole session.

    Args:
        home: The data directory.
        text: A session's id, or a unique beginning of it.
        form: The format; None stands for what the file's name says, and without one for markdown.
        file: The file, which must not be there; None and `-` stand for standard output.

    Raises:
        UsageError: If there is no such format, or the file's name says none.
        SessionNotFound: If there is no such session.
        FileRefused: If the file is there or can't be written. Nothing was changed.
    """
    chosen = _chosen(form, file)
    with opened(home) as manager:
        session_id = manager.find(text)
        with Waiting("Writing the session..."):
            transcript, notices = manager.transcript(session_id)
            content = rendered(transcript, chosen)
            if file not in {None, STANDARD_OUTPUT}:
                path = Path.cwd() / str(file)
                write_new(path, content)
        if file in {None, STANDARD_OUTPUT}:
            _print(content)
        else:
            exchanges = output.counted(len(transcript.exchanges), "exchange")
            print(f"Session {session_id} ({exchanges}) written to {one_line(str(file))}.", file=sys.stderr)
        tell(notices)
    return 0


def _chosen(form: str | None, file: str | None) -> str:
    if form is not None:
        if form.casefold() not in FORMATS:
            raise UsageError(f'There is no format "{one_line(form)}": {", ".join(FORMATS)} are there.')
        return form.casefold()
    ending = Path(file).suffix if file not in {None, STANDARD_OUTPUT} else ""
    if not ending:
        return DEFAULT
    found = format_of(ending)
    if found is None:
        endings = ", ".join(f".{each}" for each in FORMATS)
        raise UsageError(
            f'"{one_line(ending)}" says no format: give --format, or end the name in one of {endings}.'
        )
    return found


def _print(content: str) -> None:
    """The text as it is, in UTF-8 whatever the locale says: it is a file that goes through a pipe."""
    if sys.stdout is None:  # closed by who started the program
        return
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:  # a stream that a caller put in its place
        sys.stdout.write(content)
    else:
        buffer.write(content.encode("utf-8", "replace"))
        buffer.flush()
