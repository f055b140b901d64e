"""The one table from errors to sentences and exit codes: what is wrong, what is safe, what to do next."""

import sys

import msgspec

from dexter.cli.screen.output import quoted
from dexter.errors import (
    DexterError,
    HomeUnusable,
    NothingToContinue,
    QuestionsUnreadable,
    SecretPatternUnfit,
    SettingsUnreadable,
    UsageError,
)
from dexter.exports.errors import FileRefused
from dexter.imports.errors import NotImportable
from dexter.sessions import (
    AmbiguousExchange,
    AmbiguousSession,
    ExchangeNotFound,
    MomentNotFound,
    NothingToUndo,
    NotPurged,
    NotSaved,
    NotSigned,
    PurgeRefused,
    RemoteTrouble,
    SessionDamaged,
    SessionNotFound,
    SessionPresent,
    StoreDamaged,
    StoreTooNew,
    StoreUnreadable,
    UndoRefused,
)
from dexter.terminal.cleaning import clean, one_line

FAILURE = 1
REPAIR = "See what is wrong: dexter sessions verify. Make it good: dexter sessions repair."
USAGE = 2


class Ending(msgspec.Struct, frozen=True):
    """What goes to stderr, and the exit code."""

    text: str
    code: int = FAILURE


def tell(error: DexterError, *, by_flag: bool = False) -> int:
    """Write to stderr what `explain` says, after everything that went to stdout, and return the exit code."""
    ending = explain(error, by_flag=by_flag)
    print(end="", flush=True)
    print(ending.text, file=sys.stderr)
    return ending.code


def explain(error: DexterError, *, by_flag: bool = False) -> Ending:
    """The text and the exit code for an error.

    Args:
        error: Any error that dexter raises on purpose.
        by_flag: Whether a session was named by `--session`: then the sessions that there are are shown.
    """
    code = USAGE if isinstance(error, UsageError) else FAILURE
    return Ending(clean(f"Error: {_sentence(error, by_flag=by_flag)}"), code)


def _sentence(error: DexterError, *, by_flag: bool) -> str:  # noqa: PLR0911  a table
    match error:
        case SessionNotFound():
            return _not_found(error, by_flag=by_flag)
        case AmbiguousSession(prefix=prefix, candidates=candidates):
            listed = "\n".join(quoted(each) for each in candidates)
            return f'"{one_line(prefix)}" is the beginning of {len(candidates)} sessions.\n\n{listed}'
        case ExchangeNotFound(exchange_id=exchange_id):
            named = f' "{one_line(exchange_id)}"' if exchange_id else ""
            return f"There is no exchange{named} in this session."
        case AmbiguousExchange(prefix=prefix, candidates=candidates):
            listed = "\n".join(f"  {each}" for each in candidates)
            return f'"{one_line(prefix)}" is the beginning of {len(candidates)} exchanges.\n\n{listed}'
        case SessionPresent(session_id=session_id):
            return f'Session "{one_line(session_id)}" is there already; nothing was changed.'
        case SessionDamaged(session_id=session_id, place=place, reason=reason):
            what = f"Session {session_id} can't be read ({place}: {reason}); the others are not affected."
            return f"{what} {REPAIR}"
        case MomentNotFound(when=when, reason=reason):
            return f'"{one_line(when)}" is {_moment(reason)}; try a date such as 2026-02-21.'
        case _:
            return _of_the_last(error)


def _of_the_last(error: DexterError) -> str:
    match error:
        case NothingToContinue():
            return "There is no session to continue: start one without --continue."
        case QuestionsUnreadable(path=path, reason=reason):
            return f"{one_line(path)} can't be read as questions ({one_line(reason)}); nothing was asked."
        case NothingToUndo():
            return "There is nothing to undo."
        case UndoRefused():
            return _refused(error)
        case _:
            return _of_the_home(error)


def _of_the_home(error: DexterError) -> str:  # noqa: PLR0911  a table
    match error:
        case StoreTooNew(path=path, reason=reason):
            return f"{path} was written by a newer dexter ({reason}); nothing was changed. Update dexter."
        case StoreDamaged(path=path, reason=reason):
            return f"The sessions in {path} can't be read ({reason}); new exchanges are saved. {REPAIR}"
        case StoreUnreadable(path=path, reason=reason):
            what = f"The sessions in {path} can't be read ({reason}); nothing was changed."
            return f"{what} Move that aside, or choose another data directory with --home."
        case NotSaved(reason=reason) if reason.startswith("merge under way"):
            what = (
                "Not now: a merge, rebase, cherry-pick or revert of the sessions waits in git; all is safe."
            )
            return f"{what} Finish it with git commit, or give it up with --abort, and try again."
        case NotSaved(reason=reason):
            what = f"Nothing was saved now ({reason}); everything that was saved before is there."
            return f"{what} Allow writing or make room, and try again."
        case HomeUnusable(path=path, reason=reason):
            what = f"The data directory {path} can't be used ({reason}); nothing was changed."
            return f"{what} Choose another with --home or DEXTER_HOME."
        case _:
            return _of_a_file(error)


def _of_a_purge(error: DexterError) -> str:
    match error:
        case PurgeRefused(reason=reason):
            return f"Not purged: {reason}; nothing was changed. Purge the exchanges that have it instead."
        case NotPurged(reason=reason, moved=True):
            what = f"The sessions are without it, but what is old could not be removed ({reason})."
            return f"{what} Finish that with: dexter sessions purge --finish"
        case NotPurged(reason=reason, noted=True):
            what = f"Not purged yet ({reason}); all sessions are as they were."
            return f"{what} What shall go is noted; try again with: dexter sessions purge --finish"
        case NotPurged(reason=reason):
            return f"Nothing was purged ({reason}); all sessions are as they were."
        case _:
            return str(getattr(error, "sentence", error))


def _of_a_file(error: DexterError) -> str:  # noqa: PLR0911  a table
    match error:
        case FileRefused(path=path, present=True):
            return f"{path} is there already and was left as it is; name another file."
        case FileRefused(path=path, reason=reason):
            return f"{path} can't be written ({reason}); nothing was changed. Name another file."
        case NotImportable(path=path, reason=reason):
            return f"{path} can't be imported ({reason}); nothing of it was taken in."
        case RemoteTrouble(remote=remote, address=address, reason=reason, advice=advice):
            what = f"{one_line(remote)} ({one_line(address)}): {one_line(reason)}; what is here is safe."
            return f"{what} {advice[:1].upper()}{advice[1:]}."
        case NotSigned(reason=reason, advice=advice):
            what = f"Not signed: {one_line(reason)}; what is stored stays."
            return f"{what} {advice[:1].upper()}{advice[1:]}."
        case SettingsUnreadable(path=path, reason=reason):
            return f"The settings in {path} can't be read ({reason}). Correct the file or take it away."
        case SecretPatternUnfit(path=path, number=number, reason=reason):
            which = f'Number {number} of "secretPatterns"' if number else '"secretPatterns"'
            what = f"{which} in {path} can't be used: {reason}."
            return f"{what} Nothing was asked or stored; correct it or take it away."
        case _:
            return _of_a_purge(error)


def _moment(reason: str) -> str:
    return "the beginning of more than one commit" if reason == "ambiguous" else "no date, commit or ref"


def _refused(error: UndoRefused) -> str:
    session = f"session {one_line(error.session_id)}"
    reasons = {
        "gone on": f"something was asked in {session} since",
        "changed": f"{session} was changed again since",
        "present": f"{session} is there again"
        if error.action == "deleted"
        else f"{session} was there before",
        "absent": f"{session} is not there any more",
        "damaged": f"{session} can't be read",
    }
    why = reasons[error.reason]
    return f"The last change ({error.action}) is not taken back, because {why}; nothing was changed."


def _not_found(error: SessionNotFound, *, by_flag: bool) -> str:
    blocks = [f'Session "{one_line(error.session_id)}" not found.']
    if by_flag and error.suggestions:
        listed = "\n".join(quoted(each) for each in error.suggestions)
        blocks += [f"Available sessions:\n{listed}", "Use --list-sessions to see all sessions."]
    if error.instead is not None:
        blocks.append(f'Did you mean "{error.instead}"?')
    elif error.deleted:
        blocks.append(
            f"It was deleted. Bring it back with: dexter sessions restore {one_line(error.session_id)}"
        )
    return "\n\n".join(blocks)
