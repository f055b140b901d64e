"""Which files a session has in a tree, and what is in them: damage is told, never taken for nothing."""

from collections.abc import Sequence

import gitstore
from dexter.sessions.errors import SessionDamaged
from dexter.sessions.records.identifiers import is_exchange_id, is_session_id
from dexter.sessions.records.layout import ROOT, SessionPaths


def session_ids(snapshot: gitstore.Snapshot) -> list[str]:
    """The ids of all sessions, sorted."""
    return [name for name in snapshot.directories(ROOT) if is_session_id(name)]


def sessions_in(tree: bytes) -> bytes:
    """A tree without the entries that are no sessions."""
    return gitstore.trees.join(
        entry for entry in gitstore.trees.parse(tree) if entry.is_directory and is_session_id(entry.name)
    )


def is_there(snapshot: gitstore.Snapshot, session_id: str) -> bool:
    """Whether there is such a session; a text that is no id is none."""
    return is_session_id(session_id) and snapshot.directory_id(f"{ROOT}/{session_id}") is not None


def history_files(snapshot: gitstore.Snapshot, session_id: str) -> list[str]:
    """The paths of the files that make up a history, in their order; none if there is no history.

    Raises:
        SessionDamaged: If it can't be read which ones there are.
    """
    return parts_of(snapshot, session_id, SessionPaths(session_id).history)


def step_files(snapshot: gitstore.Snapshot, session_id: str) -> dict[str, str]:
    """The exchanges that have steps: the id of the file's content by exchange id.

    Raises:
        SessionDamaged: If it can't be read which ones there are.
    """
    directory = f"{SessionPaths(session_id).directory}/steps"
    try:
        names = [name.removesuffix(".jsonl") for name in snapshot.names(directory)]
        known = [name for name in names if is_exchange_id(name)]
        found = {name: snapshot.file_id(f"{directory}/{name}.jsonl") for name in known}
    except gitstore.Damaged as error:
        raise SessionDamaged(session_id, error.place, error.reason) from error
    return {name: identifier for name, identifier in found.items() if identifier is not None}


def read_whole(snapshot: gitstore.Snapshot, session_id: str, path: str) -> bytes:
    """The lines of all files in which a file goes on; none if there is no such file.

    Raises:
        SessionDamaged: If one of them is there and can't be read.
    """
    contents = [read(snapshot, session_id, each) or b"" for each in parts_of(snapshot, session_id, path)]
    return contents[0] if len(contents) == 1 else b"\n".join(contents)


def parts_of(snapshot: gitstore.Snapshot, session_id: str, path: str) -> list[str]:
    """The paths of the files in which a file goes on, the first one included; none if there is none.

    Raises:
        SessionDamaged: If it can't be read which ones there are.
    """
    try:
        return snapshot.segments(path)
    except gitstore.Damaged as error:
        raise SessionDamaged(session_id, error.place, error.reason) from error


def missing_parts(path: str, segments: Sequence[str]) -> list[str]:
    """The files that are missing among those in which a file goes on."""
    numbers = [gitstore.segment_number(path, segment) or 1 for segment in segments]
    return [
        gitstore.segment_path(path, number)
        for number in range(1, max(numbers, default=0))
        if number not in numbers
    ][:10]


def read(snapshot: gitstore.Snapshot, session_id: str, path: str) -> bytes | None:
    """The content of one file; None if it is not there.

    Raises:
        SessionDamaged: If it is there and can't be read.
    """
    try:
        return snapshot.read(path)
    except gitstore.Damaged as error:
        raise SessionDamaged(session_id, error.place, error.reason) from error
