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
from dexter.sessions.records.identifiers import generate_session_id, new_exchange_id
from dexter.sessions.records.records import (
    FiguresRecord,
    FurtherRecord,
    InvalidRecord,
    SessionExchange,
    SessionIndex,
    SessionMetadata,
    Status,
    TokenUsageRecord,
)
from dexter.sessions.records.steps import HelperRecord, ReasoningStep, Step, TextStep, ToolStep

if TYPE_CHECKING:
    from dexter.sessions.archive import Archive
    from dexter.sessions.catalog.exchange_rows import Facts
    from dexter.sessions.divergence import Divergence
    from dexter.sessions.drafts.scratchpad import Draft
    from dexter.sessions.manager import SessionManager
    from dexter.sessions.memory import InMemoryChatHistory, Message
    from dexter.sessions.notices import Notice
    from dexter.sessions.reading.reading import SessionView
    from dexter.sessions.records.compactions import Compaction
    from dexter.sessions.records.outcomes import (
        DeletedSession,
        ImportedSession,
        ResumedSession,
        SavedExchange,
        SessionEvent,
    )
    from dexter.sessions.records.transcript import Transcript
    from dexter.sessions.searching.queries import parse_query
    from dexter.sessions.searching.search import SessionSearch
    from dexter.sessions.searching.snippets import snippet
    from dexter.sessions.searching.wanted import Found, SearchHit, Wanted
    from dexter.sessions.store import SessionStore
    from dexter.sessions.undoing import Undone
    from dexter.sessions.writing.history import SessionHistory

_LATER = {
    "Archive": "dexter.sessions.archive",
    "Compaction": "dexter.sessions.records.compactions",
    "Divergence": "dexter.sessions.divergence",
    "Facts": "dexter.sessions.catalog.exchange_rows",
    "SessionHistory": "dexter.sessions.writing.history",
    "SessionManager": "dexter.sessions.manager",
    "InMemoryChatHistory": "dexter.sessions.memory",
    "Message": "dexter.sessions.memory",
    "Notice": "dexter.sessions.notices",
    "DeletedSession": "dexter.sessions.records.outcomes",
    "ImportedSession": "dexter.sessions.records.outcomes",
    "ResumedSession": "dexter.sessions.records.outcomes",
    "SavedExchange": "dexter.sessions.records.outcomes",
    "SessionEvent": "dexter.sessions.records.outcomes",
    "parse_query": "dexter.sessions.searching.queries",
    "SessionView": "dexter.sessions.reading.reading",
    "Draft": "dexter.sessions.drafts.scratchpad",
    "Found": "dexter.sessions.searching.wanted",
    "SearchHit": "dexter.sessions.searching.wanted",
    "SessionSearch": "dexter.sessions.searching.search",
    "Wanted": "dexter.sessions.searching.wanted",
    "snippet": "dexter.sessions.searching.snippets",
    "SessionStore": "dexter.sessions.store",
    "Transcript": "dexter.sessions.records.transcript",
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
