"""What a repair changes in sessions: one commit for each, and what it takes out is kept in the quarantine."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gitstore
from dexter.errors import DexterError
from dexter.paths import Home
from dexter.sessions.archive import Archive
from dexter.sessions.catalog.checking import discard_catalogs
from dexter.sessions.errors import NotSaved, SessionDamaged, StoreUnreadable
from dexter.sessions.health.inspection import Inspected, history_parts, inspect, lines
from dexter.sessions.health.verification import (
    CacheCheck,
    Verification,
    inspect_all,
    is_there,
    refuse_foreign,
    verify,
)
from dexter.sessions.merging.merging import SessionRules
from dexter.sessions.reading.reading import read_session
from dexter.sessions.records.layout import SessionPaths
from dexter.sessions.writing import changes
from gitstore.disk.files import Files
from gitstore.problems import Action, Progress, silent
from gitstore.repairing import Quarantine, planned
from gitstore.repairing import repair as repair_store

__all__ = ["Repaired", "planned", "repair"]


@dataclass(frozen=True)
class Repaired:
    """What was done, and what was found afterwards."""

    actions: tuple[Action, ...]
    after: Verification
    notices: tuple[gitstore.Notice, ...] = ()
    quarantine: tuple[Path, ...] = ()
    """Folders of what was set aside."""


def repair(
    home: Home,
    *,
    identity: Callable[[], tuple[str, str]],
    clock: Callable[[], float] = time.time,
    progress: Progress = silent,
    caches: tuple[CacheCheck, ...] = (),
    files: Files | None = None,
) -> Repaired | None:
    """Make good what `verify` finds, as far as the bytes can be had; None if nothing is stored.

    First the repository, then each session in a commit of its own. Nothing is destroyed; killed at any moment
    it can be run again.

    Raises:
        NotSaved: If the disk is full or failed, or another process is committing; what was done is right.
        HomeUnusable, StoreUnreadable, StoreTooNew: As `verify`; nothing was changed.
    """
    if not is_there(home):
        return None
    refuse_foreign(home)
    disk = files or Files()
    try:
        outcome = repair_store(
            home.sessions,
            identity=lambda: gitstore.Identity(*identity()),
            clock=clock,
            files=disk,
            progress=progress,
        )
    except gitstore.NotSaved as error:
        raise NotSaved(error.reason) from error
    except gitstore.GitstoreError as error:
        raise StoreUnreadable(home.sessions, getattr(error, "reason", str(error))) from error
    quarantine = Quarantine(disk, home.sessions / ".git", clock())
    with Archive(home.root, identity=identity, clock=clock) as archive:
        actions = [*_after_git(archive), *_sessions(archive, quarantine)]
        discard_catalogs(archive)  # what was repaired may be in them as it was
    folders = (outcome.quarantine, quarantine.folder if quarantine.folder.exists() else None)
    after = verify(home, clock=clock, progress=progress, caches=caches)
    assert after is not None  # noqa: S101
    kept = tuple(folder for folder in folders if folder is not None)
    return Repaired((*outcome.actions, *actions), after, outcome.notices, kept)


def _after_git(archive: Archive) -> list[Action]:
    """Put right what people did with git, as the next change would."""
    try:
        delay = archive.put_right()
    except DexterError:
        return []
    found = [notice for notice in archive.notices if isinstance(notice, gitstore.PutRight)]
    names = [path.rpartition("/")[2] for notice in found for path in notice.directories]
    actions = [Action("committed", f"session {name}", "in order again after git") for name in names]
    if delay is not None:
        actions.append(Action("left", "what is saved", f"git gets it later ({delay})"))
    return actions


def _sessions(archive: Archive, quarantine: Quarantine) -> list[Action]:
    """Repair each session that has something that can be made good."""
    actions: list[Action] = []
    try:
        tree = archive.snapshot()
    except DexterError:
        return actions
    for found in inspect_all(tree) if tree is not None else ():
        if (found.disordered or found.bad_lines) and not found.unreadable:
            ordered = _ordered(archive, found.session_id)
            if ordered:
                actions += _applied(archive, found.session_id, ordered, ["the history put in order"])
                tree = archive.snapshot()
                assert tree is not None  # noqa: S101
                found = inspect(tree, found.session_id)  # noqa: PLW2901  as it is now
        told: list[str] = []
        operations = _operations(archive, found, quarantine, told)
        actions += _applied(archive, found.session_id, operations, told)
    return actions


def _applied(
    archive: Archive, session_id: str, operations: list[gitstore.Operation], told: list[str]
) -> list[Action]:
    """Apply what repairs a session, if anything does, and say what became of it."""
    if not operations:
        return []
    place = f"session {session_id}"
    try:
        receipt = archive.apply(changes.repaired(session_id, operations, told, archive.clock()))
    except DexterError as error:
        return [Action("left", place, getattr(error, "reason", str(error)))]
    if receipt.outcome is gitstore.Outcome.REFUSED:
        return [Action("left", place, "it was changed meanwhile; run this again")]
    return [Action("committed", place, "; ".join(told))]


def _ordered(archive: Archive, session_id: str) -> list[gitstore.Operation]:
    """What puts the records of a session in order by the rule of merging: nothing is taken out."""
    tree = archive.snapshot()
    assert tree is not None  # noqa: S101
    try:
        files = SessionRules().ordered(SessionPaths(session_id).directory, tree.read)
        return [gitstore.Replace(path, tree.file_id(path), content) for path, content in files.items()]
    except gitstore.Damaged:
        return []


def _operations(
    archive: Archive, found: Inspected, quarantine: Quarantine, told: list[str]
) -> list[gitstore.Operation]:
    tree = archive.snapshot()
    assert tree is not None  # noqa: S101
    operations: list[gitstore.Operation] = []
    paths = SessionPaths(found.session_id)
    for path, numbers in found.bad_lines.items():
        content = tree.read(path) or b""
        rows = dict(lines(content))
        removed = b"".join(rows[number] + b"\n" for number in sorted(numbers))
        reasons = ", ".join(f"line {number} ({reason})" for number, reason in sorted(numbers.items())[:5])
        quarantine.keep(path, removed, f"taken out of the file: {reasons}")
        told.append(f"{len(numbers)} lines of {path.removeprefix(paths.directory + '/')} set aside")
    for path in found.orphans:
        quarantine.keep(path, tree.read(path) or b"", "it belongs to no exchange of the session")
        operations.append(gitstore.Replace(path, tree.file_id(path)))
        told.append(f"{path.removeprefix(paths.directory + '/')} set aside")
    if found.unreadable:
        return operations
    parts = history_parts(tree, found.session_id)
    for path, before in parts:
        # Also where nothing changes: what is derived from the history must be derived from this one.
        content = _without(before, set(found.bad_lines.get(path, ()))) if path in found.bad_lines else before
        operations.append(gitstore.Replace(path, tree.file_id(path), content))
    for path in found.bad_lines.keys() - dict(parts).keys():
        content = _without(tree.read(path) or b"", set(found.bad_lines[path]))
        operations.append(gitstore.Replace(path, tree.file_id(path), content or None))
    changed = bool(found.bad_lines or found.orphans)
    if found.metadata_lost or found.wrong_fields or found.bad_lines:
        changed = _metadata(tree, found, operations, told) or changed
    return operations if changed else []


def _metadata(
    tree: gitstore.Snapshot, found: Inspected, operations: list[gitstore.Operation], told: list[str]
) -> bool:
    """Let session.json say what follows from the history."""
    try:
        view = read_session(tree, found.session_id)
    except SessionDamaged:
        return False
    path = SessionPaths(found.session_id).metadata
    fields = changes.document(view.metadata)
    if found.metadata_lost:
        told.append("session.json made anew from the history")
        try:
            tree.read(path)
        except gitstore.Damaged:
            operations.append(gitstore.Replace(path, tree.file_id(path)))
        operations.append(gitstore.UpdateDocument(path, set=fields))
        return True
    if not view.exchanges or view.stored == view.metadata:
        return False
    told.append("what follows from the history set anew in session.json")
    names = ("updatedAt", "exchangeCount", "firstQuery", "lastQuery", "lastExchangeId", "heads")
    operations.append(
        gitstore.UpdateDocument(path, set={name: fields[name] for name in names if name in fields})
    )
    return True


def _without(content: bytes, numbers: set[int]) -> bytes:
    return b"".join(line + b"\n" for number, line in lines(content) if number not in numbers)
