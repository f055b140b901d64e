"""The session that a chat is in: where it goes on, what is saved in it, what waits to be saved with it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

import gitstore
from dexter.errors import DexterError
from dexter.secrets import counts
from dexter.sessions import branching
from dexter.sessions.archive import Archive
from dexter.sessions.drafts import scratchpad
from dexter.sessions.errors import SessionPresent
from dexter.sessions.looking import show
from dexter.sessions.news import News
from dexter.sessions.notices import Notice, ResumeNotRecorded, SaveDelayed, SecretsMasked, SeveralHeads
from dexter.sessions.reading.lineage import meant, path_to
from dexter.sessions.records.compactions import Summary
from dexter.sessions.records.encoding import storable
from dexter.sessions.records.identifiers import generate_session_id, new_exchange_id
from dexter.sessions.records.outcomes import ResumedSession, SavedExchange
from dexter.sessions.records.records import (
    FiguresRecord,
    FurtherRecord,
    SessionExchange,
    SessionMetadata,
    TokenUsageRecord,
)
from dexter.sessions.records.steps import Step
from dexter.sessions.store import SessionStore
from dexter.sessions.writing import changes
from dexter.sessions.writing.saving import current_metadata, save_exchange


class CurrentSession:
    """The session that was started or resumed last; there is none before that.

    What each method promises and raises is said by the method of `SessionManager` that calls it.
    """

    def __init__(self, archive: Archive, news: News) -> None:
        self.session_id: str | None = None
        self.follows: str | None = None
        self._latest: str | None = None
        """The last exchange it is known to have: if somebody deletes it, what comes sorts behind that."""
        self._archive = archive
        self._news = news
        self._summaries: list[tuple[str, Summary]] = []

    @property
    def id(self) -> str:
        """Its id.

        Raises:
            ValueError: If there is none.
        """
        if self.session_id is None:
            raise ValueError("no session was started or resumed")
        return self.session_id

    def start(
        self, model: str, provider: str, session_id: str | None, batch: Mapping[str, str] | None = None
    ) -> SessionMetadata:
        """Begin a session and go on with it; without an id one is made that is not there yet."""
        now = int(self._archive.clock() * 1000)
        while True:
            new = SessionMetadata(
                session_id or generate_session_id(), now, now, model=model, provider=provider, batch=batch
            )
            try:
                SessionStore(self._archive).create(new)
            except SessionPresent:
                if session_id is not None:
                    raise
            else:
                break
        self.session_id, self.follows, self._latest = new.id, None, None
        return new

    def resume(self, session_id: str, after: str | None, *, record: bool) -> ResumedSession:
        """Go on with a session after an exchange; None: after its latest one, or where it was rewound to."""
        view = show(self._archive, session_id)
        latest = branching.goes_on_from(view.metadata, view.exchanges)
        follows = latest if after is None else meant(view.exchanges, after).id
        own: list[Notice] = list(view.notices)
        if view.heads and follows != view.heads[0]:
            own = [notice for notice in own if not isinstance(notice, SeveralHeads)]
        if record:
            try:
                self._archive.apply(changes.resumed(view.metadata, view.stored, self._archive.clock()))
            except DexterError as error:
                reason = getattr(error, "reason", str(error))
                own.append(ResumeNotRecorded(session_id, reason))
        self.session_id, self.follows = session_id, follows
        self._latest = view.exchanges[-1].id if view.exchanges else None
        path = path_to(view.exchanges, follows)
        return ResumedSession(view.metadata, view.exchanges, (*self._news.take(), *own), path)

    def rewind(self, to: str | None) -> tuple[SessionExchange, ...]:
        """Let the next exchange follow an earlier one, or none; returns the way up to that."""
        path = branching.rewind(self._archive, self.id, to)
        self.follows = path[-1].id if path else None
        return path

    def go_on_after(self, exchange_id: str | None) -> tuple[SessionExchange, ...]:
        """Let the next exchange follow an earlier one, or none; written is that with the exchange."""
        path = path_to(show(self._archive, self.id).exchanges, exchange_id)
        self.follows = exchange_id
        return path

    def fork(self, at: str | None) -> ResumedSession:
        """Begin a session with the exchanges of this one up to one of them, and go on there."""
        forked = branching.fork(self._archive, self.id, at, self.follows)
        self.session_id, self.follows = forked.metadata.id, forked.path[-1].id
        self._latest = self.follows
        return msgspec.structs.replace(forked, notices=self._news.take())

    def begin(self, query: str, model: str, provider: str) -> scratchpad.Draft:
        """Put a query on disk, flushed."""
        started = int(self._archive.clock() * 1000)
        begun = scratchpad.Query(self.id, storable(query), model, provider, self.follows, started)
        return scratchpad.begin(self._archive.home, begun, self._archive.masks)

    def save(
        self,
        steps: Sequence[Step],
        draft: scratchpad.Draft | None,
        *,
        query: str,
        answer: str,
        summary: str | None,
        model: str,
        status: str,
        duration: float,
        token_usage: TokenUsageRecord | Mapping[str, Any] | None,
        provider: str | None,
        error: str | None,
        figures: FiguresRecord | None = None,
        further: Sequence[FurtherRecord] = (),
    ) -> SavedExchange:
        """Save an exchange in the session that its draft belongs to, else in this one."""
        session_id = draft.query.session_id if draft is not None else self.id
        metadata, _ = current_metadata(self._archive, session_id)
        last = metadata.last_exchange_id if metadata else None
        before = (last, self.follows, self._latest if session_id == self.session_id else None)
        now = int(self._archive.clock() * 1000)
        exchange = SessionExchange.from_fields(
            {
                "id": new_exchange_id(max(filter(None, before), default=None), now),
                "timestamp": now,
                "query": storable(query),
                "answer": storable(answer),
                "summary": None if summary is None else storable(summary),
                "model": model,
                "status": status,
                "duration": round(duration),
                "tokenUsage": _usage_fields(token_usage),
                "parentId": draft.query.parent_id if draft is not None else self.follows,
                "provider": provider or (metadata.provider if metadata else None),
                "error": None if error is None else storable(error),
                "figures": None if figures is None else figures.to_fields(),
                "further": [{**each.to_fields(), "text": storable(each.text)} for each in further],
            }
        )
        if draft is not None:
            draft.saving(exchange.id)
        riding = [waiting for owner, waiting in self._summaries if owner == session_id]
        kept = save_exchange(self._archive, session_id, exchange, steps, summaries=riding)
        exchange, receipt = kept.exchange, kept.receipt
        self._summaries = [each for each in self._summaries if each[0] != session_id]
        if draft is not None:
            draft.end(exchange.status)
        if session_id == self.session_id:
            self.follows = self._latest = exchange.id
        news = self._news.take()
        told = any(isinstance(notice, gitstore.GitBlocked) for notice in self._news.hear())
        own: list[Notice] = [SaveDelayed(receipt.delayed)] if receipt.delayed and not told else []
        if kept.masked:
            own.append(SecretsMasked(session_id, exchange.id, counts(kept.masked)))
        return SavedExchange(exchange, receipt.commit, (*news, *own))

    def add_summary(self, exchange_id: str, text: str) -> None:
        """Take a better summary of a saved exchange; it waits for the next one, or for `close`."""
        self._summaries.append((self.id, Summary(self._summary_id(), exchange_id, self._masked(text))))

    def add_compaction(self, exchange_id: str, exchanges: int, text: str, summary: str) -> None:
        """Take a summary of the first exchanges up to one; it waits as other summaries do."""
        texts = (self._masked(summary), exchanges, self._masked(text))
        self._summaries.append((self.id, Summary(self._summary_id(), exchange_id, *texts)))

    def _summary_id(self) -> str:
        return new_exchange_id(None, int(self._archive.clock() * 1000))

    def _masked(self, text: str) -> str:
        return self._archive.masks.mask(storable(text)).text

    def close(self) -> None:
        """Write the summaries that wait, each session's in a commit of its own."""
        waiting, self._summaries = self._summaries, []
        for owner in dict.fromkeys(owner for owner, _ in waiting):
            own = [summary for each, summary in waiting if each == owner]
            change = changes.summarised(owner, own, self._archive.clock(), self._archive.limits)
            with suppress(DexterError):
                self._archive.apply(change)


def _usage_fields(usage: TokenUsageRecord | Mapping[str, Any] | None) -> dict[str, Any] | None:
    if usage is None:
        return None
    if isinstance(usage, TokenUsageRecord):
        return usage.to_fields()
    kind = TokenUsageRecord
    in_file = dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
    return {in_file.get(name, name): value for name, value in usage.items()}
