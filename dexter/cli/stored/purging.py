"""What `sessions purge` does and prints; each returns the exit code."""

import re
import sys
import time
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from dexter.cli.equipping.opening import print_json
from dexter.cli.screen import output
from dexter.cli.screen.meter import Meter
from dexter.errors import UsageError
from dexter.paths import Home
from dexter.sessions.errors import RemoteTrouble, SessionNotFound
from dexter.terminal.cleaning import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dexter.sessions.archive import Archive
    from dexter.sessions.purging.purge import PurgeOutcome, Purging


class _Plan(msgspec.Struct, frozen=True):
    """What is about to go, and what a person should know before."""

    what: "Purging"
    lines: tuple[str, ...]
    keepers: tuple[tuple[str, int], ...] = ()
    """Sessions that stay and have some of the same exchanges, with how many."""
    quoters: tuple[str, ...] = ()
    """Sessions that stay and quote some of them."""


def purge(
    home: Path,
    targets: Sequence[str],
    pattern: str | None,
    remotes: Sequence[str],
    *,
    with_forks: bool = False,
    dry: bool = False,
    yes: bool = False,
    json: bool = False,
) -> int:
    """Take something out of all history after asking, here and in remotes, and print what it came to."""
    from dexter.sessions.purging.purge import purge as take_out

    with _archive(home) as archive:
        plan = _texts(archive, pattern) if pattern is not None else _planned(archive, targets, with_forks)
        if dry:
            return _say(plan, json=json)
        if not yes and not _confirmed(plan):
            print("Nothing was purged.")
            return 0
        expected = _met(archive, remotes)
        with Meter() as meter:
            outcome = take_out(archive, plan.what, meter)
        there = _there(archive, remotes, expected)
        return _told(archive, outcome, there, json=json)


def finish(home: Path, remotes: Sequence[str], *, json: bool = False) -> int:
    """Do again what was ever purged here, so that nothing is left half done, and in remotes, too."""
    from dexter.sessions.purging.purge import finish as do_again

    with _archive(home) as archive:
        expected: dict[str, tuple[str, str] | None] = dict.fromkeys(_known(archive, remotes))
        with Meter() as meter:
            outcome = do_again(archive, meter)
        return _told(archive, outcome, _there(archive, remotes, expected), json=json)


@contextmanager
def _archive(home: Path) -> "Iterator[Archive]":
    from dexter.identity import user_identity
    from dexter.sessions.archive import Archive

    place = Home(home)
    with Archive(home, identity=lambda: user_identity(place.sessions), clock=time.time) as archive:
        yield archive


def _planned(archive: "Archive", targets: Sequence[str], with_forks: bool) -> _Plan:
    from dexter.sessions.looking import show
    from dexter.sessions.purging.purge import Purging
    from dexter.sessions.purging.seeking import ever_had, holders, quoting
    from dexter.sessions.reading.lineage import meant

    sessions: dict[str, None] = {}
    exchanges: dict[str, tuple[str, str]] = {}
    lines: list[str] = []
    for target in targets:
        text, at, named = target.partition("@")
        session_id, deleted = _meant(archive, text)
        if not at:
            sessions[session_id] = None
            had = ever_had(archive, session_id)
            state = ", deleted" if deleted else ""
            lines.append(f"session {session_id} ({output.counted(len(had.exchanges), 'exchange')}{state})")
            continue
        if deleted:
            raise SessionNotFound(text, deleted=True)
        exchange = meant(show(archive, session_id).exchanges, named)
        exchanges[exchange.id] = (session_id, exchange.id)
        query = one_line(exchange.query)[:60]
        lines.append(f'exchange {exchange.id} of session {session_id}: "{query}"')
    within = frozenset().union(*(ever_had(archive, each).exchanges for each in sessions))
    keepers = {each: count for each, count in holders(archive, within).items() if each not in sessions}
    if with_forks:
        lines += [f"session {each}, which has {_some(count)} of them" for each, count in keepers.items()]
        sessions |= dict.fromkeys(keepers)
        keepers = {}
    others = holders(archive, frozenset(exchanges)) if exchanges else {}
    lines += [
        f"the same in session {each}"
        for each in others
        if each not in sessions and each not in {session_id for session_id, _ in exchanges.values()}
    ]
    what = Purging(tuple(sessions), tuple(exchanges.values()))
    gone = within | frozenset(exchanges)
    quoters = [each for each in quoting(archive, gone) if each not in sessions and each not in keepers]
    return _Plan(what, tuple(lines), tuple(keepers.items()), tuple(quoters))


def _texts(archive: "Archive", pattern: str) -> _Plan:
    from dexter.sessions.purging.purge import Purging
    from dexter.sessions.purging.seeking import fitting

    text = sys.stdin.readline().rstrip("\r\n") if pattern == "-" else pattern
    try:
        compiled = re.compile(text)
    except re.error as error:
        raise UsageError(f"The pattern can't be used: {error.msg}.") from error
    if not text:
        raise UsageError("The pattern is empty.")
    with Meter() as meter:
        found = fitting(archive.home, compiled, meter)
    if not found:
        raise UsageError("The pattern fits nothing that is stored; nothing was changed.")
    places = output.counted(sum(found.values()), "place")
    return _Plan(
        Purging(texts=tuple(found)),
        (f"{output.counted(len(found), 'text')} in {places}: replaced by [purged]",),
    )


def _meant(archive: "Archive", text: str) -> tuple[str, bool]:
    """The session that is meant, and whether it is deleted."""
    from dexter.sessions.finding import find, find_deleted

    try:
        return find(archive, text), False
    except SessionNotFound as error:
        if not error.deleted:
            raise
        return find_deleted(archive, text).metadata.id, True


def _say(plan: _Plan, *, json: bool) -> int:
    if json:
        what = plan.what
        print_json(
            {
                "sessions": list(what.sessions),
                "exchanges": [{"sessionId": one, "exchangeId": other} for one, other in what.exchanges],
                "texts": len(what.texts),
                "quotedIn": list(plan.quoters),
                "kept": [{"sessionId": each, "exchanges": count} for each, count in plan.keepers],
                "dryRun": True,
            }
        )
        return 0
    print("\n".join(f"Would purge {line}" for line in plan.lines))
    print(end="", flush=True)
    _warn(plan)
    return 0


def _confirmed(plan: _Plan) -> bool:
    for line in plan.lines:
        print(f"Purge {line}")
    print(end="", flush=True)
    _warn(plan)
    print("This takes it out of all history. It can't be undone, and commits since then get other ids.")
    print("Type 'yes' to confirm: ", end="", flush=True)
    return sys.stdin is not None and sys.stdin.readline().strip() == "yes"


def _warn(plan: _Plan) -> None:
    for each, count in plan.keepers:
        print(
            f"Session {each} has {_some(count)} of these and keeps them; --with-forks purges it, too.",
            file=sys.stderr,
        )
    for each in plan.quoters:
        print(f"Session {each} quotes some of it, and stays as it is.", file=sys.stderr)


def _some(count: int) -> str:
    return output.counted(count, "exchange")


def _known(archive: "Archive", names: Sequence[str]) -> list[str]:
    from dexter.sessions.machines.remotes import known_remotes

    known = [each.name for each in known_remotes(archive)]
    for name in names:
        if name not in known:
            listed = f"; there are: {', '.join(map(one_line, known))}" if known else ""
            raise UsageError(f'There is no remote "{one_line(name)}"{listed}. Nothing was purged.')
    return list(names)


def _met(archive: "Archive", names: Sequence[str]) -> "dict[str, tuple[str, str] | None]":
    """Bring here what remotes have, before anything is purged; return where they are then."""
    from dexter.cli.equipping.reaching import access
    from dexter.cli.equipping.remote_progress import RemoteProgress
    from dexter.sessions.machines.sync import sync

    with RemoteProgress() as progress:
        return {name: sync(archive, name, access(progress.told)).there for name in _known(archive, names)}


def _there(
    archive: "Archive", names: Sequence[str], expected: "dict[str, tuple[str, str] | None]"
) -> dict[str, str]:
    """Write the history of remotes anew; what went wrong by name, "" for what went well."""
    from dexter.cli.equipping.reaching import access
    from dexter.cli.equipping.remote_progress import RemoteProgress
    from dexter.cli.exits import explain
    from dexter.sessions.machines.afar import write_anew

    found: dict[str, str] = {}
    for name in names:
        try:
            with RemoteProgress() as progress:
                found[name] = write_anew(archive, name, access(progress.told), expected.get(name))
        except RemoteTrouble as error:
            found[name] = explain(error).text.removeprefix("Error: ")
    return found


def _told(archive: "Archive", outcome: "PurgeOutcome", there: dict[str, str], *, json: bool) -> int:
    from dexter.sessions.machines.remotes import known_remotes

    failed = bool(outcome.left) or any(there.values())
    others = [each.name for each in known_remotes(archive) if each.name not in there]
    if json:
        print_json(_fields(outcome, there, others))
        return 1 if failed else 0
    purged = outcome.purged
    commits = f"{output.counted(purged.rewritten, 'commit')} rewritten, {purged.left_out} left out"
    objects = output.counted(purged.objects, "object")
    print(f"Purged: {commits}, {objects} removed.")
    looked = f"{output.counted(purged.looked_through, 'object')} and all files were looked through"
    if outcome.left:
        print(f"{looked}; something of it is left, see below.", flush=True)
        for place in outcome.left:
            print(f"Still there: {one_line(place)}", file=sys.stderr)
        print("End what has it open, or take it away, then: dexter sessions purge --finish", file=sys.stderr)
    else:
        print(f"{looked}: nothing of it is left here.")
    for name, trouble in there.items():
        if trouble:
            print(f"Not purged there: {trouble}", file=sys.stderr)
        else:
            print(f"{one_line(name)}: its history is the new one, too.")
    for name in others:
        print(f"{one_line(name)} still has it: dexter sessions purge --finish --remote {one_line(name)}")
    print("Out of reach: other clones (a machine that syncs purges it before it joins anything), backups,")
    print("and old commits that the host of a remote keeps until it cleans up.")
    return 1 if failed else 0


def _fields(outcome: "PurgeOutcome", there: dict[str, str], others: Sequence[str]) -> dict[str, Any]:
    purged = outcome.purged
    return {
        "before": purged.before,
        "commit": purged.commit,
        "rewritten": purged.rewritten,
        "leftOut": purged.left_out,
        "objectsRemoved": purged.objects,
        "objectsLookedThrough": purged.looked_through,
        "left": list(outcome.left),
        "remotes": [
            *(
                {"name": name, "purged": not trouble, "error": trouble or None}
                for name, trouble in there.items()
            ),
            *({"name": name, "purged": False, "error": None} for name in others),
        ],
    }
