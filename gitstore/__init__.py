"""Versioned directories of records and documents in a git repository.

gitstore knows bytes, paths, JSON records with an `id` field and commits; never chat, screen, environment or
home. `Store` is the door.
"""

from gitstore import trees
from gitstore.catalog import Catalog, Doubt, Schema
from gitstore.errors import (
    BranchDamaged,
    CommitNotFound,
    Damaged,
    FormatTooNew,
    GitstoreError,
    NotAStore,
    NotFound,
    NotSaved,
    ObjectCorrupt,
    ObjectMissing,
    ReadOnly,
    StoreClosed,
    StoreNotFound,
)
from gitstore.following import TreeFollowing
from gitstore.snapshot import Snapshot
from gitstore.store import Store
from gitstore.trees import Entry
from gitstore.values import (
    AppendRecord,
    BranchElsewhere,
    Change,
    Delay,
    Deletion,
    EditsLeft,
    FolderAdopted,
    GitBlocked,
    Identity,
    JournalDamaged,
    JournalRecovered,
    LogEntry,
    Notice,
    Operation,
    Outcome,
    PutFile,
    Receipt,
    RemoveDirectory,
    Require,
    RestoreDirectory,
    Revive,
    UpdateDocument,
)

__all__ = [
    "AppendRecord",
    "BranchDamaged",
    "BranchElsewhere",
    "Catalog",
    "Change",
    "CommitNotFound",
    "Damaged",
    "Delay",
    "Deletion",
    "Doubt",
    "EditsLeft",
    "Entry",
    "FolderAdopted",
    "FormatTooNew",
    "GitBlocked",
    "GitstoreError",
    "Identity",
    "JournalDamaged",
    "JournalRecovered",
    "LogEntry",
    "NotAStore",
    "NotFound",
    "NotSaved",
    "Notice",
    "ObjectCorrupt",
    "ObjectMissing",
    "Operation",
    "Outcome",
    "PutFile",
    "ReadOnly",
    "Receipt",
    "RemoveDirectory",
    "Require",
    "RestoreDirectory",
    "Revive",
    "Schema",
    "Snapshot",
    "Store",
    "StoreClosed",
    "StoreNotFound",
    "TreeFollowing",
    "UpdateDocument",
    "trees",
]
