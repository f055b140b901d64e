"""What `sessions verify` and `sessions repair` do and print: each returns the exit code."""

import os
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dexter.cli.exits import explain
from dexter.cli.notices import sentence
from dexter.cli.screen import output
from dexter.cli.screen.meter import Meter
from dexter.cli.stored.signature_text import signature_fields, signature_lines
from dexter.errors import DexterError
from dexter.paths import Home
from dexter.terminal.cleaning import one_line

if TYPE_CHECKING:
    from dexter.sessions.health.repairs import Repaired
    from dexter.sessions.health.verification import Action, Problem, Progress, Verification
    from dexter.sessions.signing import Survey

NOTES = 20
"""So many remarks are shown; all of them with --json."""
NOTHING = "Nothing is stored yet."


def verify(home: Path, *, json: bool = False) -> int:
    """Look at everything that is stored and print what is wrong with it."""
    from dexter.sessions.catalog.checking import check_catalogs
    from dexter.sessions.health.verification import verify as look
    from dexter.sessions.signing import signatures

    def signed(place: Home, progress: "Progress") -> "Survey":
        return signatures(place, dict(os.environ), progress)

    try:
        with Meter() as meter:
            caches = (check_catalogs,)
            found = look(Home(home), clock=time.time, progress=meter, caches=caches, signatures=signed)
    except DexterError as error:
        if not json:
            raise
        _print_json(_failed(error))
        return 1
    if json:
        signed_by = {} if found is None else {"signatures": signature_fields(found.signatures)}
        _print_json(_fields(found) | signed_by)
    elif found is None:
        print(NOTHING)
    else:
        for problem in found.problems:
            print(problem_line(problem))
        print(_summary(found))
        for line in signature_lines(found.signatures):
            print(line)
        print(end="", flush=True)
        _remarks(note_line(note) for note in found.notes)
    return 1 if found is not None and found.problems else 0


def repair(home: Path, *, json: bool = False, dry_run: bool = False) -> int:
    """Make good what is wrong, and print what was done and what is left."""
    try:
        return _plan(home, json=json) if dry_run else _repair(home, json=json)
    except DexterError as error:
        if not json:
            raise
        _print_json({"actions": [], **_failed(error)})
        return 1


def problem_line(problem: "Problem") -> str:
    """A problem on one line: where, what, and what can be done about it."""
    where = _where(problem)
    commit = f" (commit {problem.commit[:10]})" if problem.commit else ""
    named = f" [object {problem.object[:10]}]" if problem.object else ""
    heal = f"Repair: {problem.heal}." if problem.heal else "It can't be repaired from what is here."
    return one_line(f"{where}: {problem.reason}{commit}{named}. {heal}")


def note_line(note: "Problem") -> str:
    """Something worth knowing that is no problem, on one line."""
    return one_line(f"Note: {_where(note)} {note.reason}.")


def action_line(action: "Action") -> str:
    """What was done about a problem, on one line."""
    return one_line(f"{action.what[:1].upper()}{action.what[1:]}: {action.place}: {action.detail}")


def _repair(home: Path, *, json: bool) -> int:
    from dexter.identity import user_identity
    from dexter.sessions.catalog.checking import check_catalogs
    from dexter.sessions.health.repairs import repair as make_good

    place = Home(home)
    with Meter() as meter:
        done = make_good(
            place,
            identity=lambda: user_identity(place.sessions),
            clock=time.time,
            progress=meter,
            caches=(check_catalogs,),
        )
    if json:
        actions = [_action_fields(action) for action in done.actions] if done else []
        after = _fields(done.after if done else None)
        kept = [str(folder) for folder in done.quarantine] if done else []
        _print_json({"actions": actions, "quarantine": kept, **after})
    elif done is None:
        print(NOTHING)
    else:
        _tell(done)
    return 1 if done is not None and done.after.problems else 0


def _plan(home: Path, *, json: bool) -> int:
    from dexter.sessions.catalog.checking import check_catalogs
    from dexter.sessions.health.repairs import planned
    from dexter.sessions.health.verification import verify as look

    with Meter() as meter:
        found = look(Home(home), clock=time.time, progress=meter, caches=(check_catalogs,))
    actions = planned(found.problems) if found is not None else ()
    left = [problem for problem in found.problems if problem.heal is None] if found is not None else []
    if json:
        _print_json({"actions": [_action_fields(action) for action in actions], **_fields(found)})
    elif found is None:
        print(NOTHING)
    else:
        for action in actions:
            print(action_line(action))
        for problem in left:
            print(problem_line(problem))
        many = output.counted(len(actions), "problem")
        print(f"{many} would be repaired, nothing was changed." if found.problems else "Nothing to repair.")
    return 1 if left else 0


def _tell(done: "Repaired") -> None:
    for action in done.actions:
        print(action_line(action))
    left = done.after.problems
    if not done.actions and not left:
        print(f"Nothing to repair. {_summary(done.after)}")
    elif not left:
        print(f"Repaired. {_summary(done.after)}")
    else:
        for problem in left:
            print(problem_line(problem))
        print(_left(left))
    print(end="", flush=True)
    _remarks(sentence(notice) for notice in done.notices)
    for folder in done.quarantine:
        print(f"What was taken out is kept in {folder}, with a note.", file=sys.stderr)


def _summary(found: "Verification") -> str:
    store = found.store
    looked = ", ".join(
        (
            output.counted(store.commits, "commit"),
            output.counted(store.objects, "object"),
            output.counted(found.sessions, "session"),
            output.counted(found.exchanges, "exchange"),
        )
    )
    checked = f"{looked} checked in {found.seconds:.1f} s"
    if not found.problems:
        return f"All is well: {checked}."
    healable = sum(problem.heal is not None for problem in found.problems)
    problems = output.counted(len(found.problems), "problem")
    if healable:
        return f"{problems} found; {checked}.\nRepair with: dexter sessions repair"
    return f"{problems} found; {checked}.\n{_elsewhere()}"


def _left(problems: Sequence["Problem"]) -> str:
    return f"{output.counted(len(problems), 'problem')} left. {_elsewhere()}"


def _elsewhere() -> str:
    return (
        "What is lost here may be in another clone: name it with `git remote add NAME PATH-OR-URL`"
        " in the repository, then run dexter sessions repair again."
    )


def _where(problem: "Problem") -> str:
    from dexter.sessions.health.verification import session_of

    session_id = session_of(problem)
    place = problem.place
    if session_id is not None:
        inner = place.partition(f"{session_id}")[2].lstrip("/")
        place = f"Session {session_id}{', ' if inner else ''}{inner}"
    return f"{place}, line {problem.line}" if problem.line else place


def _fields(found: "Verification | None") -> dict[str, Any]:
    import msgspec

    from dexter.sessions.health.verification import Checked

    store = found.store if found is not None else Checked()
    checked = {
        **msgspec.to_builtins(store),
        "sessions": found.sessions if found is not None else 0,
        "exchanges": found.exchanges if found is not None else 0,
        "seconds": round(found.seconds, 3) if found is not None else 0,
    }
    problems = found.problems if found is not None else ()
    notes = found.notes if found is not None else ()
    return {
        "problems": [_problem_fields(problem) for problem in problems],
        "notes": [_problem_fields(note) for note in notes],
        "checked": checked,
    }


def _problem_fields(problem: "Problem") -> dict[str, Any]:
    from dexter.sessions.health.verification import session_of

    return {
        "kind": problem.kind.value,
        "sessionId": session_of(problem),
        "place": problem.place,
        "line": problem.line,
        "commit": problem.commit,
        "object": problem.object,
        "reason": problem.reason,
        "repair": problem.heal,
    }


def _action_fields(action: "Action") -> dict[str, Any]:
    return {"what": action.what, "place": action.place, "detail": action.detail}


def _failed(error: DexterError) -> dict[str, Any]:
    """What is printed when nothing could be looked at: an error is a problem, too."""
    reason = explain(error).text.removeprefix("Error: ")
    fields = _fields(None)
    told = {
        "kind": "repository",
        "sessionId": None,
        "place": "",
        "line": None,
        "commit": None,
        "object": None,
    }
    return {**fields, "problems": [{**told, "reason": reason, "repair": None}]}


def _remarks(texts: Iterable[str]) -> None:
    shown = list(texts)
    for text in shown[:NOTES]:
        print(text, file=sys.stderr)
    if len(shown) > NOTES:
        print(f"Note: {len(shown) - NOTES} more, see --json.", file=sys.stderr)


def _print_json(value: object) -> None:
    print(output.as_json(value, getattr(sys.stdout, "encoding", None)))
