"""What a machine does with its sessions, and what must be seen then: all of it, or nothing if it died."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from dexter.sessions import Draft, SessionManager
from dexter.sessions.errors import NothingToUndo, UndoRefused
from dexter.sessions.purging.purge import Purging, purge
from tests.dexter.machines.dying import Tell
from tests.dexter.machines.looks import Exchange, Look, Session, heads
from tests.dexter.machines.schedules import Step
from tests.dexter.machines.sites import Site

if TYPE_CHECKING:
    from tests.dexter.machines.world import World

TITLES = ("a", "b", "c", "")
TAGS = ("red", "blue")
STATUS = ("complete", "complete", "complete", "interrupted", "error")
_NEW = "abcdefghijklmnopqrstuvwxyz"


class Deed(NamedTuple):
    """Something to do, and what judges it: given what was seen before and is now, and what was told, it says
    what is wrong."""

    act: Callable[[Site, Tell], None]
    judge: Callable[[Look, Look, set[str]], str | None]
    purges: tuple[str, str | None] | None = None
    """A session, and an exchange if only that goes."""


def plan(world: "World", site: Site, other: Site, step: Step) -> Deed | None:
    """Return what a step is here and now; None if it is nothing."""
    if step.kind == "begin":
        return _begin(f"{_NEW[step.salt % 26]}{step.salt:07}", step)
    if step.kind == "restore":
        return _restore(world, site, step)
    if step.kind == "undo":
        return _undo(world)
    if step.kind == "import":
        return _import(world, site, other, step)
    session = world.session([name for name in world.names if name in site.seen], step.b)
    if session is None or (step.kind == "purge" and _is_held(world, site, session)):
        return None
    return _OF_ONE[step.kind](site.seen[session], session, step)


def _is_held(world: "World", site: Site, session: str) -> bool:
    """Whether a fork had what is to be purged, and was deleted: history keeps it, and the purge says so."""
    return world.oracle.is_in_another(session, site.seen[session].exchanges, site.seen)


def _all_or_nothing(after: Callable[[Look, Look], Look]) -> Callable[[Look, Look, set[str]], str | None]:
    """Judge a deed that is one change, of which new ids are taken from what is seen now."""

    def judge(before: Look, now: Look, told: set[str]) -> str | None:
        wanted = after(before, now)
        if now == wanted or ("done" not in told and now == before):
            return None
        return f"seen is {_differing(now, wanted)}, wanted {_differing(wanted, now)}"

    return judge


def _differing(one: Look, other: Look) -> Look:
    return {name: each for name, each in one.items() if other.get(name) != each}


def _begin(session: str, step: Step) -> Deed:
    query = f"query {step.salt}"

    def act(site: Site, tell: Tell) -> None:
        manager = site.opened()
        manager.start_new("m", "p", session)
        _save(manager, query, step)
        tell("done")

    def judge(before: Look, now: Look, told: set[str]) -> str | None:
        empty = Session(None, 0, frozenset(), {}, (None, None), frozenset())
        if "done" not in told and now in (before, {**before, session: empty}):
            return None
        whole = _with_exchange(empty, now.get(session), query, "yes", _status(step), None)
        return None if now == {**before, session: whole} else f"of a new session there is {now.get(session)}"

    return Deed(act, judge)


def _save(manager: SessionManager, query: str, step: Step, draft: Draft | None = None) -> None:
    manager.save_exchange(query=query, answer="yes", model="m", status=_status(step), draft=draft)


def _status(step: Step) -> str:
    return STATUS[step.c % len(STATUS)]


def _with_exchange(  # noqa: PLR0917  the parts of an exchange
    was: Session, now: Session | None, query: str, answer: str, status: str, parent: str | None
) -> Session:
    """What a session is with one more exchange, whose id is taken from what is seen now."""
    new = sorted((now.exchanges.keys() if now else set()) - was.exchanges.keys())
    identifier = new[0] if new else "none"
    if new and was.exchanges:
        assert identifier > max(was.exchanges), "an exchange does not come last"
    exchanges = {**was.exchanges, identifier: Exchange(query, answer, status, parent)}
    return was._replace(exchanges=exchanges, heads=heads(exchanges))


def _goes_on_from(session: Session) -> str | None:
    """The exchange that the next one follows."""
    latest = max(session.exchanges, default=None)
    to, after = session.pointer
    if latest is None or after != latest:
        return latest
    return to if to is None or to in session.exchanges else latest


def _ask(was: Session, session: str, step: Step, *, follows: str | None = "", drafted: bool = False) -> Deed:
    """Ask something: with a draft it is there, interrupted, if the process dies after it was begun."""
    query = f"query {step.salt}"
    parent = _goes_on_from(was) if follows == "" else follows
    named = session if follows == "" or follows is None else f"{session}@{follows}"

    def act(site: Site, tell: Tell) -> None:
        manager = site.opened()
        manager.resume(named, record=step.b % 5 == 0)
        draft = manager.begin_exchange(query, "m", "p") if drafted else None
        tell("begun")
        _save(manager, query, step, draft=draft)
        tell("done")

    def judge(before: Look, now: Look, told: set[str]) -> str | None:
        here = now.get(session)
        whole = {**before, session: _with_exchange(was, here, query, "yes", _status(step), parent)}
        half = {**before, session: _with_exchange(was, here, query, "", "interrupted", parent)}
        allowed = [whole]
        if drafted and "done" not in told:
            allowed.append(half)
        if "done" not in told and not (drafted and "begun" in told):
            allowed.append(before)
        return (
            None
            if now in allowed
            else f"after a query seen is {_differing(now, whole)}, not {whole[session]}"
        )

    return Deed(act, judge)


def _draft(was: Session, session: str, step: Step) -> Deed:
    return _ask(was, session, step, drafted=True)


def _onward(was: Session, session: str, step: Step) -> Deed | None:
    """Go on from an earlier exchange."""
    if not was.exchanges:
        return None
    return _ask(was, session, step, follows=sorted(was.exchanges)[step.c % len(was.exchanges)])


def _delete(was: Session, session: str, step: Step) -> Deed:
    def act(site: Site, tell: Tell) -> None:
        assert site.opened().delete_session(session)
        tell("done")

    return Deed(act, _all_or_nothing(lambda before, _: {n: s for n, s in before.items() if n != session}))


def _revive(was: Session, session: str, step: Step) -> Deed:
    """Somebody deletes a session while a chat is in it, and the chat goes on."""
    query = f"query {step.salt}"

    def act(site: Site, tell: Tell) -> None:
        manager = site.opened()
        manager.resume(session, record=False)
        with site.manager() as second:
            second.delete_session(session)
        tell("begun")
        _save(manager, query, step)
        tell("done")

    def judge(before: Look, now: Look, told: set[str]) -> str | None:
        whole = _with_exchange(was, now.get(session), query, "yes", _status(step), _goes_on_from(was))
        gone = {name: each for name, each in before.items() if name != session}
        if now == {**before, session: whole}:
            return None
        allowed = [gone, *([] if "begun" in told else [before])]
        return None if "done" not in told and now in allowed else f"a chat went on in {now.get(session)}"

    return Deed(act, judge)


def _rename(was: Session, session: str, step: Step) -> Deed:
    title = TITLES[step.c % len(TITLES)]

    def act(site: Site, tell: Tell) -> None:
        site.opened().rename_session(session, title)
        tell("done")

    def after(before: Look, now: Look) -> Look:
        stamp = now[session].stamp if session in now else 0
        assert now == before or stamp > was.stamp, "a new title is not later than the one before"
        return {**before, session: was._replace(title=title or None, stamp=stamp)}

    return Deed(act, _all_or_nothing(after))


def _tag(was: Session, session: str, step: Step) -> Deed:
    tag = TAGS[step.c % len(TAGS)]
    add = step.kind == "tag"

    def act(site: Site, tell: Tell) -> None:
        site.opened().tag_session(session, [tag] if add else [], [] if add else [tag])
        tell("done")

    tags = was.tags | {tag} if add else was.tags - {tag}
    return Deed(act, _all_or_nothing(lambda before, _: {**before, session: was._replace(tags=tags)}))


def _path(was: Session, identifier: str | None) -> dict[str, Exchange]:
    """The exchanges up to one of them."""
    found = {}
    while identifier in was.exchanges and identifier not in found:
        found[identifier] = was.exchanges[identifier]
        identifier = found[identifier].parent
    return dict(sorted(found.items()))


def _fork(was: Session, session: str, step: Step) -> Deed | None:
    if not was.exchanges:
        return None
    at = sorted(was.exchanges)[step.c % len(was.exchanges)]

    def act(site: Site, tell: Tell) -> None:
        site.opened().fork(session, at)
        tell("done")

    def after(before: Look, now: Look) -> Look:
        new = sorted(now.keys() - before.keys())
        path = _path(was, at)
        forked = Session(was.title, 0, was.tags, path, (None, None), heads(path))
        return {**before, new[0] if new else "none": forked}

    return Deed(act, _all_or_nothing(after))


def _rewind(was: Session, session: str, step: Step) -> Deed | None:
    if not was.exchanges:
        return None
    to = [None, *sorted(was.exchanges)][step.c % (len(was.exchanges) + 1)]

    def act(site: Site, tell: Tell) -> None:
        site.opened().rewind(session, to)
        tell("done")

    pointer = (to, max(was.exchanges))
    return Deed(act, _all_or_nothing(lambda before, _: {**before, session: was._replace(pointer=pointer)}))


def _restore(world: "World", site: Site, step: Step) -> Deed | None:
    deleted = sorted(each.metadata.id for each in site.opened().deleted_sessions())
    session = world.session(deleted, step.b)
    if session is None:
        return None

    def act(here: Site, tell: Tell) -> None:
        here.opened().restore_session(session)
        tell("done")

    def judge(before: Look, now: Look, told: set[str]) -> str | None:
        back = session in now and {n: s for n, s in now.items() if n != session} == before
        return None if back or ("done" not in told and now == before) else f"{session} did not come back"

    return Deed(act, judge)


def _undo(world: "World") -> Deed:
    def act(site: Site, tell: Tell) -> None:
        try:
            undone = site.opened().undo()
        except (NothingToUndo, UndoRefused):
            tell("nothing")
        else:
            tell(f"{undone.session_id}:{undone.action}")
        tell("done")

    def judge(before: Look, now: Look, told: set[str]) -> str | None:
        changed = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
        if "nothing" in told:
            return "nothing was undone, and something changed" if changed else None
        said = {each.partition(":")[0] for each in told if ":" in each}
        if len(changed) > 1 or (said and changed and said != changed):
            return f"{changed} changed where {said} should"
        for name in changed & before.keys() & now.keys():
            if before[name].exchanges != now[name].exchanges:
                return f"the exchanges of {name} are others"
        return None

    return Deed(act, judge)


def _purge(was: Session, session: str, step: Step) -> Deed:
    """Take a session, or one of its exchanges, out of all history."""
    exchange = sorted(was.exchanges)[step.c % len(was.exchanges)] if was.exchanges and step.c % 2 else None
    what = Purging(exchanges=((session, exchange),)) if exchange else Purging(sessions=(session,))

    def act(site: Site, tell: Tell) -> None:
        outcome = purge(site.opened()._ready(), what)
        assert not outcome.left, f"of what was purged there is still {outcome.left}"
        tell("done")

    def after(before: Look, now: Look) -> Look:
        if exchange is None:
            return {name: each for name, each in before.items() if name != session}
        return {name: _without(each, exchange, now.get(name)) for name, each in before.items()}

    return Deed(act, _all_or_nothing(after), (session, exchange))


def _without(was: Session, gone: str, now: Session | None) -> Session:
    """A session without an exchange: what followed it follows what that followed."""
    if gone not in was.exchanges:
        return was
    above = was.exchanges[gone].parent
    exchanges = {
        name: each._replace(parent=above) if each.parent == gone else each
        for name, each in was.exchanges.items()
        if name != gone
    }
    pointer = now.pointer if now else was.pointer
    return was._replace(exchanges=exchanges, heads=heads(exchanges), pointer=pointer)


def _import(world: "World", site: Site, other: Site, step: Step) -> Deed | None:
    """Take another machine's session by way of an export."""
    session = world.session([name for name in world.names if name in other.seen], step.b)
    if session is None:
        return None
    transcript = other.opened().transcript(session)[0]
    theirs = other.seen[session]
    if theirs.exchanges.keys() & world.oracle.purged:  # who imports what was purged has it again
        return None
    world.oracle.free.add(session)
    world.oracle.loose.add(session)

    def act(site: Site, tell: Tell) -> None:
        site.opened().import_session(transcript, "another machine")
        tell("done")

    def judge(before: Look, now: Look, told: set[str]) -> str | None:
        if "done" not in told and now == before:
            return None
        here = before.get(session)
        wanted = {**theirs.exchanges, **(here.exchanges if here else {})}
        found = now.get(session)
        others = {n: s for n, s in before.items() if n != session}
        if found is None or found.exchanges != wanted:
            return f"imported {session} has {found}"
        return None if {n: s for n, s in now.items() if n != session} == others else "another changed"

    return Deed(act, judge)


_OF_ONE: dict[str, Callable[[Session, str, Step], Deed | None]] = {
    "ask": _ask, "draft": _draft, "onward": _onward, "delete": _delete, "revive": _revive, "rename": _rename,
    "tag": _tag, "untag": _tag, "fork": _fork, "rewind": _rewind, "purge": _purge,
}  # fmt: skip
