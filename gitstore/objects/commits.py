"""A commit as bytes: made, and read."""

import re
import time as clock

import msgspec

from gitstore.errors import Damaged
from gitstore.values import Identity, LogEntry

LATEST = 253_402_300_799.0
"""The end of the year 9999: a commit that says it is later is of then, as no calendar goes on."""
_TRAILER = re.compile(r"([A-Za-z][A-Za-z0-9-]*): (.*)")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HEAD = re.compile(rb"tree [0-9a-f]{40}\n(?:parent [0-9a-f]{40}\n)*")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_PERSON = re.compile(rb"(.*?) ?<([^>]*)> (-?\d+) ([+-]\d{4})")


NOBODY = Identity("gitstore", "merge@gitstore.invalid")
"""Who makes the commits that are the same on every machine."""


class Commit(msgspec.Struct, frozen=True):
    """What a commit says."""

    tree: str
    parents: tuple[str, ...]
    author: Identity
    authored: float
    committed: float
    message: str


def make(
    tree: str,
    parents: tuple[str, ...],
    *,
    author: Identity,
    authored: float,
    committed: float,
    message: str,
    anywhere: bool = False,
) -> bytes:
    """Return the content of a commit object (UTF-8).

    Args:
        tree: Its tree.
        parents: Its parents.
        author: Who it is by.
        authored: When, seconds since 1970.
        committed: When it was made.
        message: See `compose`.
        anywhere: Whether it is to be the same wherever it is made: times in UTC, not in the local zone.
    """
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [
        f"author {signature(author, authored, anywhere=anywhere)}",
        f"committer {signature(author, committed, anywhere=anywhere)}",
    ]
    return ("\n".join(lines) + "\n\n" + message).encode("utf-8", "replace")


def read(content: bytes, identifier: str) -> Commit:
    """Return what a commit says.

    Raises:
        Damaged: It is not written as a commit is.
    """
    head, _, message = content.partition(b"\n\n")
    tree, parents, encoding = "", [], "utf-8"
    author, committer = None, None
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key == b"tree":
            tree = value.decode("ascii", "replace")
        elif key == b"parent":
            parents.append(value.decode("ascii", "replace"))
        elif key == b"author":
            author = _PERSON.fullmatch(value)
        elif key == b"committer":
            committer = _PERSON.fullmatch(value)
        elif key == b"encoding":
            encoding = value.decode("ascii", "replace")
    if len(tree) != 40 or author is None or committer is None:
        raise Damaged(f"commit {identifier}", "not written as a commit")
    try:
        text = message.decode(encoding, "replace")
    except LookupError:
        text = message.decode("utf-8", "replace")
    who = Identity(author[1].decode("utf-8", "replace"), author[2].decode("utf-8", "replace"))
    authored, committed = (min(float(person[3]), LATEST) for person in (author, committer))
    return Commit(tree, tuple(parents), who, authored, committed, text)


def parents(content: bytes) -> tuple[str, tuple[str, ...], int]:
    """Return tree, parents and time of commit: what walking through history needs, and no more.

    A time that cannot be read is 0, as it is for git.

    Raises:
        Damaged: It has no tree.
    """
    tree = content[5:45].decode("ascii", "replace")
    at, found = 46, []
    while content.startswith(b"parent ", at):
        found.append(content[at + 7 : at + 47].decode("ascii", "replace"))
        at += 48
    try:
        end = content.index(b"\n", content.index(b"\ncommitter ", at - 1) + 1)
        time = int(content[:end].rsplit(b" ", 2)[1])
    except (ValueError, IndexError):
        if not _HEAD.match(content):
            raise Damaged("commit", "not written as a commit") from None
        time = 0
    return tree, tuple(found), time


def compose(subject: str, body: str, trailers: tuple[tuple[str, str], ...]) -> str:
    """Return the message: subject, body, and the trailers in a last paragraph that nothing else can add to.

    Raises:
        ValueError: A trailer's key is none.
    """
    for key, _ in trailers:
        if not _KEY.fullmatch(key):
            raise ValueError(f"no key of a trailer: {key!r}")
    paragraphs = [_clean(subject) or "change"]
    if text := "\n".join(_clean(line) for line in body.splitlines()).strip():
        paragraphs.append(text)
    if trailers:
        paragraphs.append("\n".join(f"{key}: {_clean(value)}" for key, value in trailers))
    return "\n\n".join(paragraphs) + "\n"


def entry(identifier: str, commit: Commit) -> LogEntry:
    """Return a commit as the log shows it.

    Trailers are read from the last paragraph, if all of it is trailers.
    """
    paragraphs = commit.message.strip("\n").split("\n\n")
    found: list[tuple[str, str]] = []
    if len(paragraphs) > 1:
        matches = [_TRAILER.fullmatch(line) for line in paragraphs[-1].split("\n")]
        found = [(match[1], match[2]) for match in matches if match]
        if len(found) == len(matches):
            del paragraphs[-1]
        else:
            found = []
    return LogEntry(
        commit=identifier,
        time=commit.authored,
        author=commit.author,
        subject=paragraphs[0],
        body="\n\n".join(paragraphs[1:]),
        trailers=tuple(found),
        parents=commit.parents,
    )


def is_ours(content: bytes, identifier: str) -> bool:
    """Say whether a store made a commit; a merge only if it is by nobody, as those of stores are.

    Raises:
        Damaged: It is not written as a commit is.
    """
    found = read(content, identifier)
    if entry(identifier, found).action is None:
        return False
    return len(found.parents) < 2 or found.author == NOBODY


def signature(who: Identity, time: float, *, anywhere: bool = False) -> str:
    """Return name, address and time as git writes them in commits and reflogs, in UTC if it is anywhere's."""
    name, email = (_clean(text.replace("<", " ").replace(">", " ")) for text in (who.name, who.email))
    return f"{name or 'unknown'} <{email}> {_stamp(time, anywhere=anywhere)}"


def _stamp(time: float, *, anywhere: bool) -> str:
    seconds = int(time)
    offset = 0 if anywhere else clock.localtime(seconds).tm_gmtoff // 60
    sign = "-" if offset < 0 else "+"
    return f"{seconds} {sign}{abs(offset) // 60:02}{abs(offset) % 60:02}"


def _clean(text: str) -> str:
    """Return the text in one line, without control characters and lone surrogates."""
    return _CONTROL.sub(" ", text).strip()
