"""What a chat remembers while it runs: the queries and their answers, in order. Nothing here is on disk."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dexter.sessions.records.records import SessionExchange


@dataclass
class Message:
    """One query and what came of it; `answer` is None while the query runs. `id` counts from 0."""

    id: int
    query: str
    answer: str | None = None
    summary: str | None = None
    exchange_id: str | None = None


@dataclass
class InMemoryChatHistory:
    """The exchanges that the model may be told of: each query with its answer and a summary of it.

    Only complete exchanges are replayed into it on resume; of a query that was interrupted or failed nothing
    stays here (see `prune_last_turn`), so that whatever is made of the messages is a valid request.
    """

    model: str | None = None
    _messages: list[Message] = field(default_factory=list)
    _next: int = 0

    @property
    def messages(self) -> list[Message]:
        """All messages, oldest first; changing a message changes the memory."""
        return list(self._messages)

    def get_messages(self) -> list[Message]:
        """All messages, oldest first; changing a message changes the memory."""
        return self.messages

    def has_messages(self) -> bool:
        """Whether anything was asked."""
        return bool(self._messages)

    def set_model(self, model: str) -> None:
        """Remember which model answers from now on."""
        self.model = model

    def save_user_query(self, query: str) -> Message:
        """Begin a message with a query; its answer is None until `save_answer`."""
        message = Message(self._next, query)
        self._next += 1
        self._messages.append(message)
        return message

    def save_answer(self, answer: str, summary: str | None = None) -> None:
        """Set answer and summary of the last query that has no answer yet; does nothing if there is none."""
        if self._messages and self._messages[-1].answer is None:
            self._messages[-1].answer = answer
            self._messages[-1].summary = summary

    def prune_last_turn(self) -> Message | None:
        """Take out the last message and return it; None if there is none."""
        return self._messages.pop() if self._messages else None

    def recent_turns(self, limit: int = 10) -> Sequence[Message]:
        """The last messages that have an answer, oldest first, at most `limit`."""
        answered = [message for message in self._messages if message.answer is not None]
        return answered[-limit:] if limit > 0 else []

    def clear(self) -> None:
        """Forget everything."""
        self._messages.clear()
        self._next = 0


def replay(exchanges: Sequence[SessionExchange], chat_history: InMemoryChatHistory) -> None:
    """Put the complete ones of earlier exchanges into a memory, behind what is in it."""
    for exchange in exchanges:
        if exchange.status == "complete":
            message = chat_history.save_user_query(exchange.asked)
            message.answer = exchange.answer
            message.summary = exchange.summary
            message.exchange_id = exchange.id
