"""Sessions that are kept in a git repository: the library behind the chat, which can be used without it."""

from dexter.sessions.archive import Archive
from dexter.sessions.divergence import Divergence
from dexter.sessions.errors import (
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
from dexter.sessions.exchange_rows import Facts
from dexter.sessions.history import SessionHistory
from dexter.sessions.identifiers import generate_session_id, new_exchange_id
from dexter.sessions.manager import SessionManager
from dexter.sessions.memory import InMemoryChatHistory, Message
from dexter.sessions.notices import Notice
from dexter.sessions.outcomes import (
    DeletedSession,
    ImportedSession,
    ResumedSession,
    SavedExchange,
    SessionEvent,
)
from dexter.sessions.queries import parse_query
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
from dexter.sessions.search import Found, SearchHit, SessionSearch, Wanted
from dexter.sessions.snippets import snippet
from dexter.sessions.store import SessionStore
from dexter.sessions.transcript import Transcript
from dexter.sessions.undoing import Undone

__all__ = [
    "AmbiguousExchange",
    "AmbiguousSession",
    "Archive",
    "DeletedSession",
    "Divergence",
    "Draft",
    "ExchangeNotFound",
    "Facts",
    "Found",
    "ImportedSession",
    "InMemoryChatHistory",
    "InvalidRecord",
    "Message",
    "MomentNotFound",
    "NotPurged",
    "NotSaved",
    "NotSigned",
    "NothingToUndo",
    "Notice",
    "PurgeRefused",
    "ReasoningStep",
    "RemoteTrouble",
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
    "StoreDamaged",
    "StoreTooNew",
    "StoreUnreadable",
    "TextStep",
    "TokenUsageRecord",
    "ToolStep",
    "Transcript",
    "UndoRefused",
    "Undone",
    "Wanted",
    "generate_session_id",
    "new_exchange_id",
    "parse_query",
    "snippet",
]
