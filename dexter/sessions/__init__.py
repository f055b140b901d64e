"""Sessions that are kept in a git repository: the library behind the chat, which can be used without it.

What sessions are made of is there at once; what reads a repository is imported when it is first named.
"""

from importlib import import_module
from typing import TYPE_CHECKING

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
from dexter.sessions.identifiers import generate_session_id, new_exchange_id
from dexter.sessions.records import (
    FiguresRecord,
    FurtherRecord,
    InvalidRecord,
    SessionExchange,
    SessionIndex,
    SessionMetadata,
    Status,
    TokenUsageRecord,
)
from dexter.sessions.steps import HelperRecord, ReasoningStep, Step, TextStep, ToolStep

if TYPE_CHECKING:
    from dexter.sessions.archive import Archive
    from dexter.sessions.compactions import Compaction
    from dexter.sessions.divergence import Divergence
    from dexter.sessions.exchange_rows import Facts
    from dexter.sessions.history import SessionHistory
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
    from dexter.sessions.scratchpad import Draft
    from dexter.sessions.search import SessionSearch
    from dexter.sessions.snippets import snippet
    from dexter.sessions.store import SessionStore
    from dexter.sessions.transcript import Transcript
    from dexter.sessions.undoing import Undone
    from dexter.sessions.wanted import Found, SearchHit, Wanted

_LATER = {
    "Archive": "dexter.sessions.archive",
    "Compaction": "dexter.sessions.compactions",
    "Divergence": "dexter.sessions.divergence",
    "Facts": "dexter.sessions.exchange_rows",
    "SessionHistory": "dexter.sessions.history",
    "SessionManager": "dexter.sessions.manager",
    "InMemoryChatHistory": "dexter.sessions.memory",
    "Message": "dexter.sessions.memory",
    "Notice": "dexter.sessions.notices",
    "DeletedSession": "dexter.sessions.outcomes",
    "ImportedSession": "dexter.sessions.outcomes",
    "ResumedSession": "dexter.sessions.outcomes",
    "SavedExchange": "dexter.sessions.outcomes",
    "SessionEvent": "dexter.sessions.outcomes",
    "parse_query": "dexter.sessions.queries",
    "SessionView": "dexter.sessions.reading",
    "Draft": "dexter.sessions.scratchpad",
    "Found": "dexter.sessions.wanted",
    "SearchHit": "dexter.sessions.wanted",
    "SessionSearch": "dexter.sessions.search",
    "Wanted": "dexter.sessions.wanted",
    "snippet": "dexter.sessions.snippets",
    "SessionStore": "dexter.sessions.store",
    "Transcript": "dexter.sessions.transcript",
    "Undone": "dexter.sessions.undoing",
}
"""What a prompt needs none of: 30 ms, and with them git's formats."""

__all__ = [
    "AmbiguousExchange",
    "AmbiguousSession",
    "Archive",
    "Compaction",
    "DeletedSession",
    "Divergence",
    "Draft",
    "ExchangeNotFound",
    "Facts",
    "FiguresRecord",
    "Found",
    "FurtherRecord",
    "HelperRecord",
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


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
