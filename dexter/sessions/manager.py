"""The door to sessions: begin, go on, save, list, find, delete, restore. One event is one commit."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

import gitstore
from dexter.errors import DexterError
from dexter.sessions import branching, changes, scratchpad
from dexter.sessions.archive import Archive
from dexter.sessions.checking import Contradiction, contradictions, discard_catalogs
from dexter.sessions.counting import count
from dexter.sessions.deleted import deleted_sessions
from dexter.sessions.encoding import storable
from dexter.sessions.errors import SessionNotFound, SessionPresent
from dexter.sessions.finding import find, find_deleted
from dexter.sessions.identifiers import generate_session_id, is_session_id, new_exchange_id
from dexter.sessions.layout import SessionPaths
from dexter.sessions.listing import Listed, list_sessions, read_all
from dexter.sessions.memory import InMemoryChatHistory
from dexter.sessions.notices import Notice, ResumeNotRecorded, SaveDelayed
from dexter.sessions.outcomes import DeletedSession, ResumedSession, SavedExchange, SessionEvent
from dexter.sessions.reading import (
    SessionView,
    derived,
    is_there,
    read_all_steps,
    read_metadata,
    read_session,
    read_steps,
)
from dexter.sessions.records import SessionExchange, SessionMetadata, Step, TokenUsageRecord
from dexter.sessions.recovery import recover
from dexter.sessions.saving import Summary, current_metadata, save_exchange
from dexter.sessions.search import Found, SearchHit, SessionSearch, Wanted
from dexter.sessions.store import SessionStore
from dexter.sessions.texts import Facts


class SessionManager:
    """All sessions of a home, and the one that a chat is in.

    Before anything else is done, queries whose processes died are recovered; `notices` tells of them.

    Args:
        home: The `.dexter` directory, which need not exist yet; reading makes nothing.
        identity: Gives name and e-mail address for commits, asked once, before the first of them; None stands
            for the user's git identity.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        home: Path | str,
        *,
        identity: Callable[[], tuple[str, str]] | tuple[str, str] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        who = (lambda: identity) if isinstance(identity, tuple) else identity
        self._archive = Archive(Path(home), identity=who, clock=clock or time.time)
        self._store = SessionStore(self._archive)
        self._session_id: str | None = None
        self._latest: str | None = None
        self._summaries: list[tuple[str, Summary]] = []
        self._notices: list[Notice] = []
        self._told = 0
        self._recovered = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def session_id(self) -> str | None:
        """The session that was started or resumed last."""
        return self._session_id

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Everything that the user should be told since this manager was made."""
        self._hear()
        return tuple(self._notices)

    def start_new(self, model: str, provider: str, session_id: str | None = None) -> SessionMetadata:
        """Begin a session, in a commit of its own, and go on with it.

        Args:
            model: The model's name.
            provider: The provider's id.
            session_id: An id that was shown already; None makes one.

        Raises:
            SessionPresent: If there is a session with that id.
            NotSaved: If it can't be written. Nothing was changed.
        """
        archive = self._ready()
        now = int(archive.clock() * 1000)
        chosen = session_id
        while True:
            new = SessionMetadata(chosen or generate_session_id(), now, now, model=model, provider=provider)
            try:
                self._store.create(new)
            except SessionPresent:
                if chosen is not None:
                    raise
            else:
                break
        self._session_id, self._latest = new.id, None
        return new

    def resume(
        self, session_id: str, chat_history: InMemoryChatHistory | None = None, *, record: bool = True
    ) -> ResumedSession:
        """Go on with a session: what follows is saved in it, after its latest exchange.

        Complete exchanges are replayed into the memory, which gets nothing of the others: they are in
        `exchanges`, and a request made from the memory stays valid. Of two heads the latest goes on, and the
        memory has both of them.

        Args:
            session_id: An id or a unique prefix.
            chat_history: The memory to fill; what is in it already stays.
            record: Whether to write down that the session was resumed. If that fails, it is resumed all the
            same.

        Raises:
            SessionNotFound: If there is no such session, with those that there are.
            AmbiguousSession: If more than one begins with that.
            SessionDamaged: If its history can't be read.
        """
        archive = self._ready()
        found = find(archive, session_id)
        view = self.show(found)
        own: list[Notice] = list(view.notices)
        if record:
            try:
                archive.apply(changes.resumed(view.metadata, view.stored, archive.clock()))
            except DexterError as error:
                reason = getattr(error, "reason", str(error))
                own.append(ResumeNotRecorded(found, reason))
        if chat_history is not None:
            _replay(view.exchanges, chat_history)
        self._session_id = found
        self._latest = branching.goes_on_from(view.metadata, view.exchanges)
        return ResumedSession(view.metadata, view.exchanges, (*self._news(), *own))

    @property
    def follows(self) -> str | None:
        """The exchange that the next one follows, None at the beginning of a session."""
        return self._latest

    def rewind_session(self, to: str) -> tuple[SessionExchange, ...]:
        """Let the next exchange of the current session follow an earlier one; returns the way up to that.

        The later exchanges stay: they are another head of the session.

        Raises:
            ExchangeNotFound: If the session has no such exchange. Nothing was changed.
            NotSaved: If it can't be written. Nothing was changed.
        """
        archive = self._ready()
        session_id = self._current()
        exchanges = self.show(session_id).exchanges
        path = branching.path_to(exchanges, to)
        receipt = archive.apply(branching.rewound(session_id, to, exchanges[-1].id, archive.clock()))
        if receipt.outcome is gitstore.Outcome.REFUSED:
            raise SessionNotFound(session_id)
        self._latest = to
        return path

    def fork_session(self, at: str | None = None) -> ResumedSession:
        """Begin a session with the exchanges of the current one, up to and with one of them, and go on there.

        Args:
            at: The last exchange to take; None stands for the one that the next exchange would follow.

        Raises:
            ExchangeNotFound: If the session has no such exchange. Nothing was changed.
            NotSaved: If it can't be written. Nothing was changed.
        """
        archive = self._ready()
        source = self.show(self._current())
        path = branching.path_to(source.exchanges, at or self._latest or "")
        now = archive.clock()
        origin = {"sessionId": source.metadata.id, "exchangeId": path[-1].id}
        bare = SessionMetadata(generate_session_id(), int(now * 1000), int(now * 1000), forked_from=origin)
        kept = {name: getattr(source.metadata, name) for name in ("title", "model", "provider")}
        new = derived(msgspec.structs.replace(bare, **kept), path)

        snapshot = self._at(source.metadata.id, None)

        def steps_of(exchange_id: str) -> tuple[Step, ...]:
            return read_steps(snapshot, source.metadata.id, exchange_id)

        archive.apply(branching.forked(new, path, steps_of, now, archive.limits))
        self._session_id, self._latest = new.id, path[-1].id
        return ResumedSession(new, path, self._news())

    def begin_exchange(self, query: str, model: str, provider: str) -> scratchpad.Draft:
        """Put a query on disk, flushed, before anybody is asked; `save_exchange` takes the draft.

        Raises:
            NotSaved: If it can't be written.
            HomeUnusable: If the data directory can't be made.
        """
        archive = self._ready()
        started = int(archive.clock() * 1000)
        begun = scratchpad.Query(self._current(), storable(query), model, provider, self._latest, started)
        return scratchpad.begin(archive.home, begun)

    def save_exchange(
        self,
        *,
        query: str,
        answer: str,
        summary: str | None = None,
        model: str,
        status: str = "complete",
        duration: float = 0,
        token_usage: TokenUsageRecord | Mapping[str, Any] | None = None,
        steps: Sequence[Step] = (),
        provider: str | None = None,
        error: str | None = None,
        draft: scratchpad.Draft | None = None,
    ) -> SavedExchange:
        """Save an exchange in the session that was started or resumed; once this returns nothing loses it.

        A session that somebody deleted meanwhile comes back with everything it had.

        Args:
            query: What was asked.
            answer: What was answered, partial unless `status` is complete.
            summary: A few words on it, None if there are none yet.
            model: The model's name.
            status: complete, error or interrupted.
            duration: Milliseconds.
            token_usage: The tokens it took, if known; a mapping may name them as in Python or as in the file.
            steps: Tool calls and reasoning.
            provider: The provider's id; None stands for the session's.
            error: The sentence that told the user why there is no whole answer, with status error.
            draft: What `begin_exchange` returned.

        Raises:
            NotSaved: If it can't be written. Nothing was changed; with a draft, the next start recovers it.
            InvalidRecord: If a value is of the wrong kind. Nothing was changed.
        """
        archive = self._ready()
        session_id = draft.query.session_id if draft is not None else self._current()
        metadata, _ = current_metadata(archive, session_id)
        last = metadata.last_exchange_id if metadata else None
        now = int(archive.clock() * 1000)
        exchange = SessionExchange.from_fields(
            {
                "id": new_exchange_id(max(filter(None, (last, self._latest)), default=None), now),
                "timestamp": now,
                "query": storable(query),
                "answer": storable(answer),
                "summary": None if summary is None else storable(summary),
                "model": model,
                "status": status,
                "duration": round(duration),
                "tokenUsage": _usage_fields(token_usage),
                "parentId": draft.query.parent_id if draft is not None else self._latest,
                "provider": provider or (metadata.provider if metadata else None),
                "error": None if error is None else storable(error),
            }
        )
        if draft is not None:
            draft.saving(exchange.id)
        riding = [summary for owner, summary in self._summaries if owner == session_id]
        receipt = save_exchange(archive, session_id, exchange, steps, summaries=riding)
        self._summaries = [each for each in self._summaries if each[0] != session_id]
        if draft is not None:
            draft.end(exchange.status)
        if session_id == self._session_id:
            self._latest = exchange.id
        news = self._news()
        told = any(isinstance(notice, gitstore.GitBlocked) for notice in self._notices)
        own = (SaveDelayed(receipt.delayed),) if receipt.delayed and not told else ()
        return SavedExchange(exchange, receipt.commit, (*news, *own))

    def add_summary(self, exchange_id: str, text: str) -> None:
        """Take a better summary of a saved exchange; it is written with the next one, or at close."""
        identifier = new_exchange_id(None, int(self._archive.clock() * 1000))
        self._summaries.append((self._current(), (identifier, exchange_id, storable(text))))

    def list_sessions(self, *, deleted: bool = False, at: str | None = None) -> list[SessionMetadata]:
        """The sessions, latest activity first; those that can be restored with `deleted`, last deleted first.

        Sessions that can't be read are left out and told in `notices`.

        Raises:
            MomentNotFound: If `at` is no date, commit or ref of the history.
            StoreUnreadable: If the repository can't be read.
        """
        if deleted:
            return [each.metadata for each in self.deleted_sessions()]
        archive = self._ready()
        if at is None:
            listed = list_sessions(archive)
        else:
            snapshot = archive.snapshot(at)
            listed = Listed() if snapshot is None else read_all(snapshot)
        self._notices += listed.notices
        return list(listed.sessions)

    def deleted_sessions(self) -> list[DeletedSession]:
        """The sessions that can be restored, as they were, the last deleted first."""
        return deleted_sessions(self._ready())

    def find(self, text: str, *, at: str | None = None) -> str:
        """The id of the session that is meant by an id or a unique prefix.

        Raises:
            SessionNotFound: If there is none, with the sessions that there are.
            AmbiguousSession: If there is more than one, with all of them.
        """
        return find(self._ready(), text, at)

    def find_deleted(self, text: str) -> DeletedSession:
        """The deleted session that is meant by an id or a unique prefix.

        Raises:
            SessionNotFound: If no such session was deleted.
            AmbiguousSession: If there is more than one.
        """
        return find_deleted(self._ready(), text)

    def directory(self, session_id: str) -> Path:
        """Where the files of a session lie in the work tree, by its whole id."""
        return self._archive.home.sessions / SessionPaths(session_id).directory

    def get(self, session_id: str, *, at: str | None = None) -> SessionMetadata:
        """The metadata of a session, by its whole id.

        Raises:
            SessionNotFound: If there is no such session.
        """
        return read_metadata(self._at(session_id, at), session_id)[0]

    def show(self, session_id: str, *, at: str | None = None) -> SessionView:
        """A session with all of its exchanges, by its whole id, now or as of a date, commit or ref.

        Raises:
            SessionNotFound: If there is no such session.
            SessionDamaged: If its history can't be read.
            MomentNotFound: If `at` is no date, commit or ref of the history.
        """
        return read_session(self._at(session_id, at), session_id)

    def steps(
        self, exchange_id: str, *, session_id: str | None = None, at: str | None = None
    ) -> tuple[Step, ...]:
        """The tool calls and the reasoning of an exchange of the current session, or of another one.

        Raises:
            SessionNotFound: If there is no such session.
            SessionDamaged: If they are there and can't be read.
        """
        owner = session_id or self._current()
        return read_steps(self._at(owner, at), owner, exchange_id)

    def all_steps(
        self, view: SessionView, *, at: str | None = None
    ) -> tuple[dict[str, tuple[Step, ...]], tuple[Notice, ...]]:
        """The steps of a session's exchanges by exchange id, and what of them can't be read.

        Raises:
            SessionNotFound: If there is no such session.
        """
        session_id = view.metadata.id
        return read_all_steps(self._at(session_id, at), session_id, view.exchanges)

    def search(self, query: str, limit: int = 10, *, since: int | None = None) -> list[SearchHit]:
        """Exchanges of all sessions with words of a query, best first; `since` is in epoch milliseconds."""
        return SessionSearch(self._ready()).search(query, limit, since=since)

    def look_up(self, wanted: Wanted) -> Found:
        """Exchanges that have what is wanted, best first; see `parse_query` for what can be asked.

        Raises:
            StoreUnreadable: If the repository can't be read.
        """
        found = SessionSearch(self._ready()).look_up(wanted)
        self._notices += found.notices
        return found

    def usage(self) -> list[Facts]:
        """What can be counted of every exchange of the sessions that are there, by session and exchange id.

        Sessions whose history can't be read are left out and told in `notices`.

        Raises:
            StoreUnreadable: If the repository can't be read.
        """
        counted = count(self._ready())
        self._notices += counted.notices
        return list(counted.facts)

    def contradictions(self) -> list[Contradiction]:
        """What the catalogs say that the tree does not, as they lie there; nothing is changed.

        Raises:
            StoreUnreadable: If the repository can't be read.
        """
        return contradictions(self._ready())

    def discard_catalogs(self) -> None:
        """Throw away what is derived; it is made anew when it is next needed."""
        discard_catalogs(self._ready())

    def rename_session(self, session_id: str, title: str) -> SessionMetadata:
        """Give a session a title, on one line; an empty one takes the title away.

        Raises:
            SessionNotFound: If there is no such session.
            NotSaved: If it can't be written.
        """
        archive = self._ready()
        self.get(session_id)
        line = " ".join(storable(title).split())
        receipt = archive.apply(changes.renamed(session_id, line or None, archive.clock()))
        if receipt.outcome is gitstore.Outcome.REFUSED:
            raise SessionNotFound(session_id)
        return self.get(session_id)

    def delete_session(self, session_id: str) -> bool:
        """Take a session out of the tree, by its whole id; False if there is no such session.

        Raises:
            NotSaved: If it can't be written.
        """
        self._ready()
        return self._store.delete(session_id)

    def restore_session(self, session_id: str) -> SessionMetadata:
        """Bring a deleted session back as it was when it was deleted, by its id or a unique prefix.

        Raises:
            SessionPresent: If it is there.
            SessionNotFound: If no such session was deleted.
            AmbiguousSession: If more than one begins with that.
            NotSaved: If it can't be written.
        """
        archive = self._ready()
        with suppress(SessionNotFound):
            raise SessionPresent(find(archive, session_id))
        found = find_deleted(archive, session_id)
        receipt = archive.apply(changes.restored(found.metadata.id, found.tree, archive.clock()))
        if receipt.outcome is gitstore.Outcome.REFUSED:
            raise SessionPresent(session_id)
        return self.get(found.metadata.id)

    def log(self, session_id: str | None = None, *, limit: int | None = None) -> list[SessionEvent]:
        """What happened, newest first: in one session, deleted or not, or in all of them.

        Raises:
            SessionNotFound: If there never was such a session.
        """
        archive = self._ready()
        directory = None if session_id is None else SessionPaths(session_id).directory
        events = [_event(entry) for entry in archive.log(directory, limit)]
        if session_id is not None and not events and limit != 0:
            raise SessionNotFound(session_id)
        return events

    def pack(self) -> tuple[gitstore.Packing, gitstore.Packing] | None:
        """Bring all of git's objects into one pack; how they lay before and lie now, None if there are none.

        Raises:
            NotSaved: If it can't be written. All objects are where they were.
        """
        return self._ready().pack()

    def close(self) -> None:
        """Write the summaries that wait, in a commit of their own, and give back what is held."""
        waiting, self._summaries = self._summaries, []
        for owner in dict.fromkeys(owner for owner, _ in waiting):
            own = [summary for each, summary in waiting if each == owner]
            with suppress(DexterError):
                self._archive.apply(
                    changes.summarised(owner, own, self._archive.clock(), self._archive.limits)
                )
        self._hear()
        self._archive.close()

    def _ready(self) -> Archive:
        """The archive, once everything is recovered that dead processes left."""
        if not self._recovered:
            self._recovered = True
            self._notices += recover(self._archive)
        return self._archive

    def _current(self) -> str:
        if self._session_id is None:
            raise ValueError("no session was started or resumed")
        return self._session_id

    def _at(self, session_id: str, at: str | None) -> gitstore.Snapshot:
        snapshot = self._ready().snapshot(at)
        if snapshot is None or not is_session_id(session_id) or not is_there(snapshot, session_id):
            raise SessionNotFound(session_id)
        return snapshot

    def _hear(self) -> None:
        self._notices += [notice for notice in self._archive.notices if notice not in self._notices]

    def _news(self) -> tuple[Notice, ...]:
        """The notices that nobody was handed yet."""
        self._hear()
        news = self._notices[self._told :]
        self._told = len(self._notices)
        return tuple(news)


def _usage_fields(usage: TokenUsageRecord | Mapping[str, Any] | None) -> dict[str, Any] | None:
    if usage is None:
        return None
    if isinstance(usage, TokenUsageRecord):
        return usage.to_fields()
    kind = TokenUsageRecord
    in_file = dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
    return {in_file.get(name, name): value for name, value in usage.items()}


def _replay(exchanges: Sequence[SessionExchange], chat_history: InMemoryChatHistory) -> None:
    for exchange in exchanges:
        if exchange.status == "complete":
            message = chat_history.save_user_query(exchange.query)
            message.answer = exchange.answer
            message.summary = exchange.summary
            message.exchange_id = exchange.id


def _event(entry: gitstore.LogEntry) -> SessionEvent:
    session_id = entry.trailer("Session")
    return SessionEvent(
        commit=entry.commit,
        time=int(entry.time * 1000),
        action=entry.action,
        session_id=session_id,
        exchange_id=entry.trailer("Exchange"),
        status=entry.trailer("Status"),
        text=entry.subject.removeprefix(f"{session_id}: "),
        author=entry.author.name,
    )
