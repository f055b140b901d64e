"""What the commands on sessions do: each takes the data directory and returns the exit code."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from dexter.cli.equipping.opening import find_ever, opened, print_json, tell
from dexter.cli.screen import output
from dexter.cli.screen.waiting import Waiting
from dexter.cli.stored.session_text import session_text
from dexter.paths import Home
from dexter.sessions import SessionManager, SessionNotFound
from dexter.sessions.catalog.statistics import Price
from dexter.sessions.notices import SeveralHeads
from dexter.terminal.cleaning import one_line


def list_(
    home: Path, *, json: bool = False, limit: int | None = None, deleted: bool = False, at: str | None = None
) -> int:
    """Print the sessions, latest activity first."""
    with opened(home) as manager:
        if deleted:
            with Waiting("Looking through the history..."):
                gone = manager.deleted_sessions()[:limit]
            if json:
                print_json({"sessions": [output.deleted_fields(each) for each in gone], "count": len(gone)})
            else:
                print(output.deleted_table(gone, _width()) if gone else "No deleted sessions found.")
            return 0
        with Waiting("Reading the sessions..."):
            found = manager.list_sessions(at=at)[:limit]
        if json:
            print_json({"sessions": [output.session_fields(each) for each in found], "count": len(found)})
        else:
            print(output.session_table(found, _width()) if found else "No saved sessions found.")
    return 0


def show(
    home: Path, text: str, *, json: bool = False, at: str | None = None, exchange: str | None = None
) -> int:
    """Print a whole session, or one exchange of it, which a unique beginning of its id names."""
    with opened(home) as manager:
        session_id = manager.find(text, at=at)
        view = manager.show(session_id, at=at)
        if exchange is not None:
            view = view.only(exchange)
        steps, damages = manager.all_steps(view, at=at)
        if json:
            print_json(output.view_fields(view, steps))
        else:
            print(session_text(view, steps, _width()))
        # How many heads there are stands in what is printed.
        tell([each for each in (*view.notices, *damages) if not isinstance(each, SeveralHeads)])
    return 0


def log(home: Path, text: str | None, *, json: bool = False, limit: int | None = None) -> int:
    """Print what happened, newest first."""
    with opened(home) as manager:
        session_id = None if text is None else find_ever(manager, text)
        with Waiting("Looking through the history..."):
            events = manager.log(session_id, limit=limit)
        if json:
            print_json({"events": [output.event_fields(each) for each in events], "count": len(events)})
        elif events:
            print(output.event_table(events, _width()))
        else:
            print("Nothing has happened yet.")
    return 0


def rename(home: Path, text: str, title: str) -> int:
    """Give a session a title."""
    with opened(home) as manager:
        renamed = manager.rename_session(manager.find(text), one_line(title))
        if renamed.title:
            print(f'Session {renamed.id} renamed to "{renamed.title}".')
        else:
            print(f"Session {renamed.id} has no title now.")
    return 0


def delete(home: Path, texts: Sequence[str], *, yes: bool = False) -> int:
    """Delete sessions, each after asking; if one of them is not found, none is deleted."""
    with opened(home) as manager:
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
    with opened(home) as manager:
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
    with opened(home) as manager:
        print(manager.directory(manager.find(text)))
    return 0


def pack(home: Path) -> int:
    """Bring all of git's objects into one pack, and print what they took before and take now."""
    with opened(home) as manager:
        with Waiting("Packing..."):
            packed = manager.pack()
        if packed is None:
            print("There is nothing to pack yet.")
            return 0
        for name, each in zip(("Before", "After"), packed, strict=True):
            loose = f", {output.counted(each.loose, 'loose object')}" if each.loose else ""
            print(f"{name + ':':<8} {each.bytes:>12,} bytes in {output.counted(each.packs, 'pack')}{loose}")
    return 0


def stats(home: Path, *, json: bool = False, price: Price | None = None) -> int:
    """Print what all sessions come to, at list prices unless others are handed in."""
    from dexter.cli.equipping.prices import list_price
    from dexter.cli.stored.stats import statistics_fields, statistics_text
    from dexter.sessions.catalog.statistics import compute
    from dexter.sessions.footprint import footprints

    with opened(home) as manager:
        with Waiting("Counting..."):
            found = compute(len(manager.list_sessions()), manager.usage(), price or list_price)
            disk = footprints(Home(home))
        if json:
            print_json(statistics_fields(found, disk))
        else:
            print(statistics_text(found, disk, _width()))
    return 0


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


def _width() -> int | None:
    """How wide the terminal is, None if the output goes elsewhere."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns
