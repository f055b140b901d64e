"""What must be true of sessions on several machines, written apart from the code that merges them.

It knows no trees and no commits. It keeps what happened (an exchange, a deletion, a title), for each of these
what was known where it happened, and for each machine what came there. From these sets follows what a machine
must have, what it may have, and what it must not have.

What a machine knows has two bounds: a meeting that a crash cut short may have brought all or nothing.
"""

from collections.abc import Iterable
from typing import NamedTuple

from tests.dexter.machines.looks import Exchange, Look, Session


class Event(NamedTuple):
    """Something that happened to a session, and what was known then where it happened."""

    kind: str
    session: str
    what: str | None
    """An exchange's id, a title, a tag."""
    stamp: int
    sure: frozenset[int]
    most: frozenset[int]
    brought: frozenset[str] = frozenset()
    """Of a session that came back: the exchanges it has."""


class Place:
    """What came to a machine, or to a repository that machines meet at."""

    def __init__(self) -> None:
        self.sure: set[int] = set()
        self.most: set[int] = set()

    def learn(self, other: "Place", *, surely: bool = True) -> None:
        """Take what another place knows; not `surely` if the meeting was cut short."""
        self.most |= other.most
        if surely:
            self.sure |= other.sure


class Oracle:
    """What happened, and what follows from it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.of: dict[str, list[int]] = {}
        """The events of each session, by number."""
        self.exchanges: dict[str, Exchange] = {}
        self.pointers: dict[str, set[tuple[str | None, str | None]]] = {}
        self.purged: set[str] = set()
        """Exchanges that somebody purged; who knows of that must not have them any more."""
        self.everywhere: set[int] = set()
        """The events of those that were purged in whatever session they are."""
        self.free: set[str] = set()
        """Sessions that came by other ways than meetings: whether a deletion holds is left open."""
        self.loose: set[str] = set()
        """Sessions whose title or tags came about in ways of which the rule says nothing."""

    def happened(self, place: Place, before: Look, now: Look) -> None:
        """Take down what changed at a place, as what happened there."""
        for session in sorted(before.keys() | now.keys()):
            was, is_ = before.get(session), now.get(session)
            if was == is_:
                continue
            if is_ is None:
                self._add(place, "deleted", session)
                continue
            if was is None:
                self._came(place, session, is_)
                was = Session(None, 0, frozenset(), {}, (None, None), frozenset())
            for identifier in sorted(is_.exchanges.keys() - was.exchanges.keys()):
                self._exchange(place, session, identifier, is_.exchanges[identifier])
            if (was.title, was.stamp) != (is_.title, is_.stamp):
                self._add(place, "title", session, is_.title, is_.stamp)
            for tag in sorted(is_.tags - was.tags):
                self._add(place, "tag", session, tag)
            for tag in sorted(was.tags - is_.tags):
                self._add(place, "untag", session, tag)
            self.pointers.setdefault(session, set()).add(is_.pointer)

    def purge(self, place: Place, session: str, identifier: str | None) -> None:
        """Take down that all was purged that a session has at a place, or one exchange wherever it is.

        Titles and tags, and whether an empty session stays, are left open then.
        """
        for number in list(self.of[session]):
            event = self.events[number]
            if event.kind == "exchange" and number in place.most and identifier in {None, event.what}:
                sure = number in place.sure or identifier is not None
                self._add(place, "purged" if sure else "perhaps purged", session, event.what)
                self.purged.add(event.what or "")
        if identifier is not None:
            self.everywhere.add(len(self.events) - 1)
            touched = {event.session for event in self.events if event.what == identifier}
        else:
            touched = {session}
        self.free |= touched
        self.loose |= touched

    def _purged(self, events: dict[int, Event], known: set[int], *kinds: str) -> set[str | None]:
        """Return the exchanges of a session that were purged as far as is known."""
        here = {e.what for n, e in events.items() if e.kind in kinds and n in known}
        return here | {self.events[n].what for n in self.everywhere & known}

    def is_in_another(self, session: str, exchanges: Iterable[str], look: Look) -> bool:
        """Whether another session that is not there any more had one of these exchanges."""
        wanted = set(exchanges)
        return any(e.what in wanted and e.session not in {session, *look} for e in self.events)

    def gone_everywhere(self) -> set[str]:
        """Return exchanges that were purged in each session that ever had them."""
        everywhere = {self.events[number].what for number in self.everywhere}
        had = {(e.session, e.what) for e in self.events if e.kind == "exchange" and e.what not in everywhere}
        purged = {(e.session, e.what) for e in self.events if e.kind == "purged"}
        return {what for _, what in purged if what} - {what for _, what in had - purged if what}

    def check(self, place: Place, look: Look) -> None:
        """Hold what a place has to what follows from what it knows. Raises AssertionError."""
        known = {self.events[number].session for number in place.most}
        assert look.keys() <= known, f"{sorted(look.keys() - known)} never came there"
        for session in sorted(known):
            self._session(place, session, look.get(session))

    def _session(self, place: Place, session: str, found: Session | None) -> None:
        events = {number: self.events[number] for number in self.of[session]}
        deletions = [n for n, event in events.items() if event.kind == "deleted" and n in place.most]
        due = self._due(place, events, deletions)
        if found is None:
            assert not due, f"{session} is gone with {self._told(due)}"
            return
        present = found.exchanges.keys()
        assert due <= present, f"{session} lacks {self._told(due - present)}"
        may = {e.what for n, e in events.items() if e.kind == "exchange" and n in place.most}
        assert present <= may, f"{session} has what never came there: {sorted(present - may)}"
        purged = self._purged(events, place.sure, "purged")
        assert not present & purged, f"{session}: purged, and back: {self._told(present & purged)}"
        for identifier, exchange in found.exchanges.items():
            assert self._same(exchange, self.exchanges[identifier]), f"{session}: another {exchange}"
        if session not in self.free:
            self._gone(place, session, events, deletions)
        if not deletions and session not in self.loose:
            if all((n in place.sure) == (n in place.most) for n in events):
                self._wishes(place, session, found, events)
            given = self.pointers[session]
            rewound = found.pointer in given or self.purged  # which moves it
            assert rewound, f"{session} was never rewound as {found.pointer}: {given}"

    def _due(self, place: Place, events: dict[int, Event], deletions: list[int]) -> set[str]:
        """The exchanges that must be there.

        What no deletion knew stays, and if there was but one deletion with it all that the session ever had.
        What a restoration brought back, after every deletion that knew it, stays.
        """
        mine = {n: e for n, e in events.items() if n in place.sure}
        asked = {n: e.what or "" for n, e in mine.items() if e.kind == "exchange"}
        restored = [e for e in mine.values() if e.kind == "restored"]
        purged = self._purged(events, place.most, "purged", "perhaps purged")
        due = set()
        for n, what in asked.items():
            heard = [d for d in deletions if n in events[d].most]
            if all(any(d in r.sure and what in r.brought for r in restored) for d in heard):
                due.add(n)
        came = any(e.session in self.free for e in events.values())
        unheard = any(n not in events[d].most for n in asked for d in deletions)
        if len(deletions) < 2 and unheard and not restored and not came:
            due = set(asked)
        return {asked[n] for n in due} - purged

    @staticmethod
    def _gone(place: Place, session: str, events: dict[int, Event], deletions: list[int]) -> None:
        """It must not be there if somebody deleted it who knew all of it."""
        rest = {n for n, event in events.items() if event.kind != "deleted" and n in place.most}
        held = [d for d in deletions if d in place.sure and rest <= events[d].sure]
        assert not held, f"{session} was deleted by who knew all of it, and is back"

    def _wishes(self, place: Place, session: str, found: Session, events: dict[int, Event]) -> None:
        """Title and tags, where nothing was deleted, by the later change or by all of the last ones."""
        mine = {n: event for n, event in events.items() if n in place.sure}
        titles = [event for event in mine.values() if event.kind == "title"]
        last = max((event.stamp for event in titles), default=0)
        wanted = {event.what for event in titles if event.stamp == last} or {None}
        assert found.title in wanted, f"{session} is called {found.title!r}, not {sorted(map(str, wanted))}"
        tags = {event.what or "" for event in mine.values() if event.kind in {"tag", "untag"}}
        assert found.tags <= tags, f"{session} has tags that nobody gave: {sorted(found.tags - tags)}"
        for tag in tags:
            said = {n: e for n, e in mine.items() if e.kind in {"tag", "untag"} and e.what == tag}
            final = {e.kind for n, e in said.items() if not any(n in other.sure for other in said.values())}
            if len(final) == 1:
                there = "tag" in final
                assert (tag in found.tags) == there, (
                    f"{session}: the tag {tag} is {'not ' * there}there: {found.tags}"
                )

    def _same(self, found: Exchange, said: Exchange) -> bool:
        """Whether an exchange is as it was saved; what followed a purged one follows what that followed."""
        return found == said or (said.parent in self.purged and found[:3] == said[:3])

    def _came(self, place: Place, session: str, now: Session) -> None:
        """A session that was not there: it began, or came back."""
        known = [n for n in self.of.get(session, ()) if n in place.most]
        if any(self.events[n].kind == "deleted" for n in known):
            self._add(place, "restored", session, brought=frozenset(now.exchanges))
        elif self.of.get(session):
            self.free.add(session)
            self.loose.add(session)
            self._add(place, "came", session)
        else:
            self._add(place, "began", session)

    def _exchange(self, place: Place, session: str, identifier: str, exchange: Exchange) -> None:
        assert self._same(exchange, self.exchanges.setdefault(identifier, exchange)), f"another {exchange}"
        for number in self.of[session]:
            event = self.events[number]
            if event.kind == "exchange" and event.what == identifier:
                if number not in place.sure:
                    self.free.add(session)
                place.sure.add(number)
                place.most.add(number)
                return
        self._add(place, "exchange", session, identifier)

    def _add(  # noqa: PLR0917  the parts of an event
        self,
        place: Place,
        kind: str,
        session: str,
        what: str | None = None,
        stamp: int = 0,
        brought: frozenset[str] = frozenset(),
    ) -> None:
        number = len(self.events)
        past = set(self.of.get(session, ()))
        sure, most = frozenset(place.sure & past), frozenset(place.most & past)
        self.events.append(Event(kind, session, what, stamp, sure, most, brought))
        self.of.setdefault(session, []).append(number)
        place.sure.add(number)
        place.most.add(number)

    def _told(self, identifiers: Iterable[str]) -> list[str]:
        return sorted(self.exchanges[each].query for each in identifiers)
