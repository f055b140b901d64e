"""Sessions that are kept in a git repository: the library behind the chat, which can be used without it."""

from dexter.sessions.archive import Archive
from dexter.sessions.errors import (
    AmbiguousSession,
    MomentNotFound,
    NotSaved,
    SessionDamaged,
    SessionNotFound,
    SessionPresent,
    StoreTooNew,
    StoreUnreadable,
)
from dexter.sessions.history import SessionHistory
from dexter.sessions.identifiers import generate_session_id, new_exchange_id
from dexter.sessions.manager import SessionManager
from dexter.sessions.memory import InMemoryChatHistory, Message
from dexter.sessions.notices import Notice
from dexter.sessions.outcomes import DeletedSession, ResumedSession, SavedExchange, SessionEvent
from dexter.sessions.reading import SessionView
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
from dexter.sessions.scratchpad import Draft
from dexter.sessions.search import SearchHit, SessionSearch
from dexter.sessions.store import SessionStore
from dexter.sessions.texts import Facts

__all__ = [
    "AmbiguousSession",
    "Archive",
    "DeletedSession",
    "Draft",
    "Facts",
    "InMemoryChatHistory",
    "InvalidRecord",
    "Message",
    "MomentNotFound",
    "NotSaved",
    "Notice",
    "ReasoningStep",
    "ResumedSession",
    "SavedExchange",
    "SearchHit",
    "SessionDamaged",
    "SessionEvent",
    "SessionExchange",
    "SessionHistory",
    "SessionIndex",
    "SessionManager",
    "SessionMetadata",
    "SessionNotFound",
    "SessionPresent",
    "SessionSearch",
    "SessionStore",
    "SessionView",
    "Status",
    "Step",
    "StoreTooNew",
    "StoreUnreadable",
    "TextStep",
    "TokenUsageRecord",
    "ToolStep",
    "generate_session_id",
    "new_exchange_id",
]
