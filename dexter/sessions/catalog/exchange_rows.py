"""What a catalog of exchanges is made of: its tables, what of an exchange is in its rows, their checksums."""

import hashlib
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec

import gitstore
from dexter.sessions.catalog.words import TOKENIZER
from dexter.sessions.records.records import SessionExchange
from gitstore.catalogs import following

_TABLES = (
    *following.TABLES,
    """CREATE TABLE session (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tree BLOB NOT NULL, exchanges INTEGER NOT NULL,
        title TEXT NOT NULL, tags TEXT NOT NULL, sum INTEGER NOT NULL)""",
    """CREATE TABLE file (
        session INTEGER NOT NULL, path TEXT NOT NULL, blob TEXT NOT NULL, length INTEGER NOT NULL,
        digest BLOB NOT NULL, PRIMARY KEY (session, path)) WITHOUT ROWID""",
    """CREATE TABLE exchange (
        number INTEGER PRIMARY KEY, session INTEGER NOT NULL, id TEXT NOT NULL, timestamp INTEGER NOT NULL,
        provider TEXT, model TEXT NOT NULL, status TEXT NOT NULL, duration INTEGER NOT NULL,
        input INTEGER, output INTEGER, read INTEGER NOT NULL, written INTEGER NOT NULL, steps TEXT,
        sum INTEGER NOT NULL, UNIQUE (session, id))""",
    "CREATE INDEX exchange_time ON exchange (timestamp DESC, id)",
    "CREATE TABLE body (number INTEGER PRIMARY KEY, content BLOB NOT NULL, sum INTEGER NOT NULL)",
    f"""CREATE VIRTUAL TABLE words USING fts5(
        query, answer, results, session, content='', tokenize="{TOKENIZER}")""",
    f"""CREATE VIRTUAL TABLE names USING fts5(title, tags, content='', tokenize="{TOKENIZER}")""",
    "INSERT INTO words (words, rank) VALUES ('rank', 'bm25(3.0, 1.0, 1.0, 0.0)')",
    # Many new exchanges are sorted in memory, and what was sorted is merged seldom: two fifths less time.
    "INSERT INTO words (words, rank) VALUES ('hashsize', 16777216)",
    "INSERT INTO words (words, rank) VALUES ('automerge', 16)",
)
LIVE = gitstore.Schema("exchanges", 4, _TABLES)
"""Of sessions that are there, without what tools returned. Each `sum` is over its row."""
LIVE_WITH_RESULTS = gitstore.Schema("results", 4, _TABLES)
DELETED = gitstore.Schema("deleted-exchanges", 4, _TABLES)
DELETED_WITH_RESULTS = gitstore.Schema("deleted-results", 4, _TABLES)


_CHANGED = -1
"""The length of a file whose next version must be read from its beginning."""


class Body(msgspec.Struct, frozen=True, array_like=True):
    """The texts of an exchange, as they are searched and shown."""

    query: str
    answer: str
    results: str = ""


class Facts(msgspec.Struct, frozen=True):
    """What can be counted of an exchange."""

    session_id: str
    exchange_id: str
    timestamp: int
    """When it ended, in epoch milliseconds."""
    provider: str | None
    """None if the exchange does not name it."""
    model: str
    status: str
    duration: int
    """Milliseconds."""
    input_tokens: int | None
    """None if it is not known."""
    output_tokens: int | None
    cache_read_tokens: int = 0
    """Of the input's, those that came from the provider's cache."""
    cache_write_tokens: int = 0


def session_row(
    number: int, entry: gitstore.Entry, exchanges: int, title: str, tags: str
) -> tuple[str | bytes | int, ...]:
    """The row of a session, given how many exchanges it has."""
    row = (number, entry.name, bytes.fromhex(entry.id), exchanges, title, tags)
    return (*row, sum_of(row))


def file_row(
    snapshot: gitstore.Snapshot, session: int, path: str, content: bytes
) -> tuple[str | bytes | int, ...]:
    """The row of a file of a history, which tells how far it is in the rows."""
    # A line without its end may still grow: then all of it is read again.
    length = len(content) if content.endswith(b"\n") or not content else _CHANGED
    return session, path, snapshot.file_id(path) or "", length, digest_of(content)


def facts_row(
    numbers: tuple[int, int], exchange: SessionExchange, steps: str | None
) -> tuple[str | int | None, ...]:
    """The row of an exchange.

    Args:
        numbers: Its own and that of its session.
        exchange: The exchange.
        steps: The id of the content of its file of steps, if they are looked at and there are any.
    """
    usage = exchange.token_usage
    row = (
        *numbers,
        exchange.id,
        exchange.timestamp,
        exchange.provider,
        exchange.model,
        exchange.status,
        exchange.duration,
        usage.input_tokens if usage else None,
        usage.output_tokens if usage else None,
        usage.cache_read_tokens if usage else 0,
        usage.cache_write_tokens if usage else 0,
        steps,
    )
    return (*row, sum_of(row))


def pack(bodies: Sequence[Body]) -> list[bytes]:
    """Texts as rows have them."""
    return [zlib.compress(msgspec.msgpack.encode(body), 1) for body in bodies]


def unpack(packed: bytes) -> Body:
    """The texts in a row. Raises Doubt if there are none."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(packed), type=Body)
    except zlib.error:
        raise gitstore.Doubt from None


def sum_of(row: Sequence[Any]) -> int:
    """The checksum of a row."""
    return zlib.crc32(msgspec.msgpack.encode(row))


def digest_of(content: bytes) -> bytes:
    """What tells whether a file only grew."""
    return hashlib.blake2b(content, digest_size=20).digest()
