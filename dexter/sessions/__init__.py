"""Sessions that are kept in a git repository: the library behind the chat, which can be used without it."""

from dexter.sessions.identifiers import generate_session_id, new_exchange_id
from dexter.sessions.memory import InMemoryChatHistory, Message
from dexter.sessions.records import (
    InvalidRecord,
    ReasoningStep,
    SessionExchange,
    SessionIndex,
    SessionMetadata,
    Status,
    Step,
    TextStep,
    TokenUsageRecord,
    ToolStep,
)

__all__ = [
    "InMemoryChatHistory",
    "InvalidRecord",
    "Message",
    "ReasoningStep",
    "SessionExchange",
    "SessionIndex",
    "SessionMetadata",
    "Status",
    "Step",
    "TextStep",
    "TokenUsageRecord",
    "ToolStep",
    "generate_session_id",
    "new_exchange_id",
]
