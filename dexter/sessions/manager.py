"""The door to sessions: all of them, and the one that a chat is in: begin, go on, save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dexter.secrets import WELL_KNOWN
from dexter.sessions import looking
from dexter.sessions.altering import AlterableSessions
from dexter.sessions.archive import Masking
from dexter.sessions.reading.reading import read_compactions, read_steps
from dexter.sessions.records.compactions import Compaction
from dexter.sessions.records.records import (
    FiguresRecord,
    FurtherRecord,
    SessionExchange,
    SessionMetadata,
    TokenUsageRecord,
)
from dexter.sessions.records.steps import Step

if TYPE_CHECKING:
    from dexter.sessions.current import CurrentSession
    from dexter.sessions.drafts.scratchpad import Draft
    from dexter.sessions.memory import InMemoryChatHistory
    from dexter.sessions.records.outcomes import ResumedSession, SavedExchange


class SessionManager(AlterableSessions):
    """All sessions of a home, and the one that a chat is in.

    Before anything else is done, queries whose processes died are recovered; `notices` tells of them.

    Args:
        home: The `.dexter` directory, which need not exist yet; reading makes nothing.
        identity: Gives name and e-mail address for commits, asked once, before the first of them; None stands
            for the user's git identity.
        clock: Epoch seconds.
        masks: What is masked in all that is written, or a function that says it each time; well-known forms
            of keys if nobody says anything else, and nothing with `dexter.secrets.NONE`.
    """

    def __init__(
        self,
        home: Path | str,
        *,
        identity: Callable[[], tuple[str, str]] | tuple[str, str] | None = None,
        clock: Callable[[], float] | None = None,
        masks: Masking = WELL_KNOWN,
    ) -> None:
        super().__init__(home, identity=identity, clock=clock, masks=masks)
        self._current: CurrentSession | None = None

    @property
    def session_id(self) -> str | None:
        """The session that was started or resumed last."""
        return None if self._current is None else self._current.session_id

    @property
    def follows(self) -> str | None:
        """The exchange that the next one follows, None at the beginning of a session."""
        return None if self._current is None else self._current.follows

    def start_new(
        self,
        model: str,
        provider: str,
        session_id: str | None = None,
        *,
        batch: Mapping[str, str] | None = None,
    ) -> SessionMetadata:
        """Begin a session, in a commit of its own, and go on with it.

        Args:
            model: The model's name.
            provider: The provider's id.
            session_id: An id that was shown already; None makes one.
            batch: The row of a file of questions that it is for, as `records.batches.Row` has it.

        Raises:
            SessionPresent: If there is a session with that id.
            NotSaved: If it can't be written. Nothing was changed.
        """
        return self._chat().start(model, provider, session_id, batch)

    def resume(
        self, session_id: str, chat_history: InMemoryChatHistory | None = None, *, record: bool = True
    ) -> ResumedSession:
        """Go on with a session: what follows is saved in it, after its latest exchange.

        Complete exchanges are replayed into the memory, which gets nothing of the others: they are in
        `exchanges`, and a request made from the memory stays valid. Of two heads the latest goes on; the
        memory has what leads to it (`path`), and nothing of the other.

        Args:
            session_id: An id or a unique prefix; with `@` and an exchange's id, or a unique beginning of
                that, the next exchange follows that one.
            chat_history: The memory to fill; what is in it already stays.
            record: Whether to write down that the session was resumed. If that fails, it is resumed all the
            same.

        Raises:
            SessionNotFound: If there is no such session, with those that there are.
            AmbiguousSession: If more than one begins with that.
            ExchangeNotFound: If the session has no such exchange.
            AmbiguousExchange: If more than one begins with that.
            SessionDamaged: If its history can't be read.
        """
        from dexter.sessions.finding import find

        session, at, exchange = session_id.partition("@")
        chat = self._chat()
        resumed = chat.resume(find(self._archive, session), exchange if at else None, record=record)
        if chat_history is not None:
            from dexter.sessions.memory import replay

            replay(resumed.path, chat_history)
        return resumed

    def rewind_session(self, to: str | None) -> tuple[SessionExchange, ...]:
        """Let the next exchange of the current session follow an earlier one; returns the way up to that.

        The later exchanges stay: they are another head of the session.

        Args:
            to: An exchange's id or a unique beginning of it; None stands for before the first one.

        Raises:
            ExchangeNotFound: If the session has no such exchange. Nothing was changed.
            AmbiguousExchange: If more than one begins with that.
            NotSaved: If it can't be written. Nothing was changed.
        """
        return self._chat().rewind(to)

    def go_on_after(self, exchange_id: str | None) -> tuple[SessionExchange, ...]:
        """As `rewind_session`, by a whole id, but of it nothing is written until the next exchange is saved.

        Raises:
            ExchangeNotFound: If the session has no such exchange.
        """
        return self._chat().go_on_after(exchange_id)

    def fork_session(self, at: str | None = None) -> ResumedSession:
        """Begin a session with the exchanges of the current one, up to and with one of them, and go on there.

        Args:
            at: The last exchange to take, or a unique beginning of its id; None stands for the one that the
                next exchange would follow.

        Raises:
            ExchangeNotFound: If the session has no such exchange. Nothing was changed.
            AmbiguousExchange: If more than one begins with that.
            NotSaved: If it can't be written. Nothing was changed.
        """
        return self._chat().fork(at)

    def begin_exchange(self, query: str, model: str, provider: str) -> Draft:
        """Put a query on disk, flushed, before anybody is asked; `save_exchange` takes the draft.

        Raises:
            NotSaved: If it can't be written.
            HomeUnusable: If the data directory can't be made.
        """
        return self._chat().begin(query, model, provider)

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
        draft: Draft | None = None,
        figures: FiguresRecord | None = None,
        further: Sequence[FurtherRecord] = (),
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
            figures: Where the figures of the answer come from, None if it has none.
            further: What the user said while it ran.

        Raises:
            NotSaved: If it can't be written. Nothing was changed; with a draft, the next start recovers it.
            InvalidRecord: If a value is of the wrong kind. Nothing was changed.
        """
        return self._chat().save(
            steps,
            draft,
            query=query,
            answer=answer,
            summary=summary,
            model=model,
            status=status,
            duration=duration,
            token_usage=token_usage,
            provider=provider,
            error=error,
            figures=figures,
            further=further,
        )

    def add_summary(self, exchange_id: str, text: str) -> None:
        """Take a better summary of a saved exchange; it is written with the next one, or at close."""
        self._made().add_summary(exchange_id, text)

    def add_compaction(self, exchange_id: str, exchanges: int, text: str, summary: str) -> None:
        """Take what stands for the first exchanges of the current session; it is written as a summary is.

        Args:
            exchange_id: The last of them.
            exchanges: How many they are, on the way to that one.
            text: What stands for them.
            summary: The summary of the last one, which stays what it is.
        """
        self._made().add_compaction(exchange_id, exchanges, text, summary)

    def compactions(self, session_id: str | None = None) -> tuple[Compaction, ...]:
        """What stands for the first exchanges of the current session, or of another one, as it is stored.

        Raises:
            SessionNotFound: If there is no such session.
            SessionDamaged: If it is there and can't be read.
        """
        owner = session_id or self._made().id
        return read_compactions(looking.snapshot_with(self._ready(), owner), owner)

    def steps(
        self, exchange_id: str, *, session_id: str | None = None, at: str | None = None
    ) -> tuple[Step, ...]:
        """The tool calls and the reasoning of an exchange of the current session, or of another one.

        Raises:
            SessionNotFound: If there is no such session.
            SessionDamaged: If they are there and can't be read.
        """
        archive = self._ready()
        owner = session_id or self._made().id
        return read_steps(looking.snapshot_with(archive, owner, at), owner, exchange_id)

    def close(self) -> None:
        """Write the summaries that wait, in a commit of their own, and give back what is held."""
        if self._current is not None:
            self._current.close()
        super().close()

    def _chat(self) -> CurrentSession:
        self._ready()
        return self._made()

    def _made(self) -> CurrentSession:
        if self._current is None:
            from dexter.sessions.current import CurrentSession

            self._current = CurrentSession(self._archive, self._news)
        return self._current
