"""What holds sessions together, and is never purged as a text: without it nobody could read them."""

import functools

from dexter.sessions.records.purges import Fingerprint, PurgeRecord, digest
from dexter.sessions.records.records import FiguresRecord, SessionExchange, SessionMetadata, TokenUsageRecord
from dexter.sessions.records.steps import HelperRecord, ToolStep

SHORTEST = 6
"""Bytes of a text that may be purged: what is shorter can be found out from its fingerprint by trying."""
NAMES = (
    *SessionExchange.__struct_encode_fields__,
    *SessionMetadata.__struct_encode_fields__,
    *TokenUsageRecord.__struct_encode_fields__,
    *PurgeRecord.__struct_encode_fields__,
    *ToolStep.__struct_encode_fields__,
    *HelperRecord.__struct_encode_fields__,
    *FiguresRecord.__struct_encode_fields__,
    *(
        "compacts",
        "compaction",
        "sessionId",
        "exchangeId",
        "continued",
        "rewoundTo",
        "rewoundAfter",
        "reasoning",
    ),
    *("complete", "interrupted", "Session: ", "Action: ", "Exchange: ", "Status: ", "Model: ", "Undoes: "),
    *("created", "exchange", "recovered", "resumed", "renamed", "tagged", "updated", "deleted", "restored"),
    *("summarised", "repaired", "rewound", "forked", "imported", "undone", "merged", "purged"),
    *("gitstore", "format", "* -text", "*.jsonl merge=union", "history", "summaries"),
)


def may_go(mark: Fingerprint, salt: str) -> bool:
    """Say whether a text of which only the fingerprint is known may be replaced wherever it stands.

    Nobody here makes another one; who can write to a remote could.
    """
    if mark.length < SHORTEST:
        return False
    return all(digest(part, salt) != mark.digest for part in _parts(mark.length))


@functools.cache
def _parts(length: int) -> frozenset[bytes]:
    """Return all parts of names that have so many bytes."""
    names = [name.encode() for name in NAMES]
    return frozenset(name[at : at + length] for name in names for at in range(len(name) - length + 1))
