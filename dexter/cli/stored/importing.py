"""`dexter sessions import`: sessions of other programs and our own exports, each in a commit of its own."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dexter.cli.equipping.opening import opened, print_json
from dexter.cli.exits import explain
from dexter.cli.screen import output
from dexter.cli.screen.waiting import Waiting
from dexter.errors import DexterError, UsageError
from dexter.imports.errors import NotImportable
from dexter.imports.sources import FORMATS, Source, find_sources, read_source
from dexter.imports.values import Trouble
from dexter.sessions import ImportedSession, SessionDamaged, SessionManager, SessionPresent
from dexter.terminal.cleaning import one_line

_TOLD = 5

Done = tuple[Source, ImportedSession]


def import_(
    home: Path, files: Sequence[str], form: str | None = None, *, json: bool = False, dry_run: bool = False
) -> int:
    """Take in the sessions of files and folders; what can't be read is told and the rest is taken in.

    Args:
        home: The data directory.
        files: What the user named.
        form: Whose format it is, None to find out.
        json: Print one object instead of lines.
        dry_run: Only say what would be done.

    Returns:
        1 if a file or a session could not be taken in, else 0, also if lines of a file were left out.

    Raises:
        UsageError: If there is no such format.
        NotSaved: If it can't be written; sessions before the one that failed are taken in.
    """
    if form is not None and form not in FORMATS:
        raise UsageError(f'There is no format "{one_line(form)}" to import: {", ".join(FORMATS)} are there.')
    done: list[Done] = []
    troubles: list[Trouble] = []
    failures: list[DexterError] = []
    with opened(home) as manager:
        for source in _sources(files, form, failures):
            with Waiting(f"Reading {one_line(source.path.name)}..."):
                taken = _take(manager, source, troubles, failures, dry=dry_run)
            done += taken
            for each in () if json else taken:
                print(_line(each, dry=dry_run))
        if json:
            print_json(_fields(done, troubles, failures, dry=dry_run))
        else:
            print(_sum(done, dry=dry_run))
        print(end="", flush=True)
        _tell(troubles, failures)
    return 1 if failures else 0


def _sources(files: Sequence[str], form: str | None, failures: list[DexterError]) -> list[Source]:
    found: list[Source] = []
    for name in files:
        try:
            found += find_sources(Path.cwd() / Path(name).expanduser(), form)
        except NotImportable as error:
            failures.append(error)
    return list(dict.fromkeys(found))


def _take(
    manager: SessionManager,
    source: Source,
    troubles: list[Trouble],
    failures: list[DexterError],
    *,
    dry: bool,
) -> list[Done]:
    try:
        reading = read_source(source)
    except NotImportable as error:
        failures.append(error)
        return []
    troubles += reading.troubles
    done: list[Done] = []
    for transcript in reading.transcripts:
        try:
            origin = f"{source.form} {source.path.name}"
            done.append((source, manager.import_session(transcript, origin, dry=dry)))
        except (SessionPresent, SessionDamaged) as error:
            failures.append(error)
    return done


def _line(done: Done, *, dry: bool) -> str:
    source, session = done
    added = output.counted(len(session.added), "exchange")
    if session.changes_nothing:
        what = "all of it is there already, nothing changed"
    elif session.created:
        what = f"{added} {'to import' if dry else 'imported'} from {source.form} {one_line(source.path.name)}"
    else:
        what = f"{added} {'to add' if dry else 'added'}, {session.present} there already"
    if session.different:
        what += f"; {len(session.different)} not the same here, and left as they are"
    if session.masked:
        kinds = ", ".join(output.counted(many, kind) for kind, many in session.masked)
        what += f"; {'to mask' if dry else 'masked'} in it: {kinds}"
    return f"{session.session_id}  {what}"


def _sum(done: Sequence[Done], *, dry: bool) -> str:
    changed = sum(not session.changes_nothing for _, session in done)
    if dry:
        return f"{output.counted(changed, 'session')} to import, nothing was changed."
    return f"{output.counted(changed, 'session')} imported." if changed else "Nothing was changed."


def _tell(troubles: Sequence[Trouble], failures: Sequence[DexterError]) -> None:
    by_file: dict[Path, list[Trouble]] = {}
    for trouble in troubles:
        by_file.setdefault(trouble.path, []).append(trouble)
    for path, found in by_file.items():
        told = [f"line {each.line} ({each.reason})" if each.line else each.reason for each in found[:_TOLD]]
        more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        print(one_line(f"Left out of {path}: {', '.join(told)}{more}."), file=sys.stderr)
    for failure in failures:
        print(explain(failure).text, file=sys.stderr)


def _fields(
    done: Sequence[Done], troubles: Sequence[Trouble], failures: Sequence[DexterError], *, dry: bool
) -> dict[str, Any]:
    return {
        "sessions": [
            {
                "id": session.session_id,
                "from": source.form,
                "file": str(source.path),
                "created": session.created,
                "added": list(session.added),
                "present": session.present,
                "different": list(session.different),
                "masked": dict(session.masked),
                "commit": session.commit,
            }
            for source, session in done
        ],
        "count": sum(not session.changes_nothing for _, session in done),
        "dryRun": dry,
        "leftOut": [{"file": str(each.path), "line": each.line, "reason": each.reason} for each in troubles],
        "errors": [explain(each).text for each in failures],
    }
