"""What the commands on sessions do: each takes the data directory and returns the exit code."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dexter.cli import output
from dexter.cli.notices import sentence
from dexter.paths import Home
from dexter.sessions import (
    SessionManager,
    SessionNotFound,
)
from dexter.sessions.notices import Notice
from dexter.sessions.statistics import Price
from dexter.terminal.cleaning import one_line


def list_(
    home: Path, *, json: bool = False, limit: int | None = None, deleted: bool = False, at: str | None = None
) -> int:
    """Print the sessions, latest activity first."""
    with _opened(home) as manager:
        if deleted:
            gone = manager.deleted_sessions()[:limit]
            if json:
                _print_json({"sessions": [output.deleted_fields(each) for each in gone], "count": len(gone)})
            else:
                print(output.deleted_table(gone, _width()) if gone else "No deleted sessions found.")
            return 0
        found = manager.list_sessions(at=at)[:limit]
        if json:
            _print_json({"sessions": [output.session_fields(each) for each in found], "count": len(found)})
        else:
            print(output.session_table(found, _width()) if found else "No saved sessions found.")
    return 0


def show(home: Path, text: str, *, json: bool = False, at: str | None = None) -> int:
    """Print a whole session."""
    with _opened(home) as manager:
        session_id = manager.find(text, at=at)
        view = manager.show(session_id, at=at)
        steps, damages = manager.all_steps(view, at=at)
        if json:
            _print_json(output.view_fields(view, steps))
        else:
            print(output.session_text(view, steps))
        _tell((*view.notices, *damages))
    return 0


def log(home: Path, text: str | None, *, json: bool = False, limit: int | None = None) -> int:
    """Print what happened, newest first."""
    with _opened(home) as manager:
        session_id = None if text is None else _find_ever(manager, text)
        events = manager.log(session_id, limit=limit)
        if json:
            _print_json({"events": [output.event_fields(each) for each in events], "count": len(events)})
        elif events:
            print(output.event_table(events, _width()))
        else:
            print("Nothing has happened yet.")
    return 0


def rename(home: Path, text: str, title: str) -> int:
    """Give a session a title."""
    with _opened(home) as manager:
        renamed = manager.rename_session(manager.find(text), one_line(title))
        if renamed.title:
            print(f'Session {renamed.id} renamed to "{renamed.title}".')
        else:
            print(f"Session {renamed.id} has no title now.")
    return 0


def delete(home: Path, texts: Sequence[str], *, yes: bool = False) -> int:
    """Delete sessions, each after asking; if one of them is not found, none is deleted."""
    with _opened(home) as manager:
        for session_id in dict.fromkeys([manager.find(text) for text in texts]):
            if not yes and not _confirmed(manager, session_id):
                print(f"Session {session_id} not deleted.")
                continue
            if not manager.delete_session(session_id):
                raise SessionNotFound(session_id)
            print(f"Session {session_id} deleted.")
            print(f"Restore it with: dexter sessions restore {session_id}")
    return 0


def restore(home: Path, text: str) -> int:
    """Bring a deleted session back."""
    with _opened(home) as manager:
        restored = manager.restore_session(text)
        exchanges = output.counted(restored.exchange_count, "exchange")
        print(f"Session {restored.id} restored ({exchanges}).")
    return 0


def path(home: Path, text: str | None) -> int:
    """Print the directory of the repository, or of a session."""
    sessions = Home(home).sessions
    if text is None:
        print(sessions)
        return 0
    with _opened(home) as manager:
        print(manager.directory(manager.find(text)))
    return 0


def stats(home: Path, *, json: bool = False, price: Price | None = None) -> int:
    """Print what all sessions come to, at list prices unless others are handed in."""
    from dexter.cli.prices import list_price
    from dexter.cli.stats import statistics_fields, statistics_text
    from dexter.cli.waiting import Waiting
    from dexter.sessions.footprint import footprints
    from dexter.sessions.statistics import compute

    with _opened(home) as manager:
        with Waiting("Counting..."):
            found = compute(len(manager.list_sessions()), manager.usage(), price or list_price)
            disk = footprints(Home(home))
        if json:
            _print_json(statistics_fields(found, disk))
        else:
            print(statistics_text(found, disk, _width()))
    return 0


@contextmanager
def _opened(home: Path) -> Iterator[SessionManager]:
    """The sessions of a home; what it has to say goes to stderr in the end."""
    with SessionManager(home) as manager:
        try:
            yield manager
        finally:
            print(end="", flush=True)
            _tell(manager.notices)


def _tell(notices: Sequence[Notice]) -> None:
    for line in dict.fromkeys(map(sentence, notices)):
        print(line, file=sys.stderr)


def _find_ever(manager: SessionManager, text: str) -> str:
    """The session that is meant, also if it is deleted."""
    try:
        return manager.find(text)
    except SessionNotFound as error:
        if not error.deleted:
            raise
        return manager.find_deleted(text).metadata.id


def _confirmed(manager: SessionManager, session_id: str) -> bool:
    metadata = manager.get(session_id)
    exchanges = output.counted(metadata.exchange_count, "exchange")
    active = output.local(metadata.updated_at, "%Y-%m-%d %H:%M")
    print(f"Delete session {session_id}? ({exchanges}, last active {active})")
    print("Type 'yes' to confirm: ", end="", flush=True)
    answer = sys.stdin.readline() if sys.stdin is not None else ""
    if not (answer.endswith("\n") and sys.stdin.isatty()):
        print()
    return answer.strip() == "yes"


def _print_json(value: object) -> None:
    print(output.as_json(value, getattr(sys.stdout, "encoding", None)))


def _width() -> int | None:
    """How wide the terminal is, None if the output goes elsewhere."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns
