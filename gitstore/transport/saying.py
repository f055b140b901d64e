"""What git and hosts print, cleaned of secrets and control characters, and which error it comes to."""

import re

from gitstore import addresses
from gitstore.errors import RemoteBroken, RemoteError, RemoteRefused, RemoteUnreachable

_LONGEST = 300
_PREFIX = re.compile(r"^(?:fatal|error|remote: fatal|remote: error|remote|warning|hint): *", re.IGNORECASE)
_NOISE = re.compile(
    r"^(?:hint:|warning:|Warning: Permanently added|To |From |\s*$|and the repository exists"
    r"|Please make sure you have|Could not read from remote repository|error: failed to push some refs)"
    r"|^(?:remote: )?[A-Z][a-z]+ [a-z]+: +\d+"
)
_REFUSED = re.compile(
    r"authentication failed|could not read (?:username|password)|permission denied|access denied"
    r"|host key verification failed|terminal prompts disabled|authentication required"
    r"|returned error: 40[13]|no supported authentication|too many authentication failures"
    r"|invalid username or|incorrect login|dubious ownership",
    re.IGNORECASE,
)
_FSCK = re.compile(
    r"(?:fsck error|object (?:of unexpected type|[0-9a-f]{40}): [A-Za-z0-9]+:).*", re.IGNORECASE
)
_BROKEN = re.compile(
    r"fsck error|early eof|index-pack failed|unpack-objects failed|all necessary objects|bad object"
    r"|unresolved delta|pack is corrupted|invalid index-pack|protocol error|bad line length|bad band"
    r"|inflate|object corrupt|missing (?:blob|tree|commit)|unexpected disconnect|shallow"
    r"|hung up unexpectedly.*(?:receiv|pack)|expected (?:flush|packfile|shallow|ack/nak)",
    re.IGNORECASE,
)
_CUT = re.compile(
    r"unexpected disconnect|connection reset|transfer closed|expected flush after|curl \d+ ", re.IGNORECASE
)
"""The connection ended. What came before is half, and no fault of the repository's."""


def clean(text: str, secrets: tuple[str, ...] = ()) -> str:
    """Return the lines of a program's output that say what is wrong, as one line without secrets.

    Args:
        text: What it printed.
        secrets: Passwords that must not be in it, in whatever form they were given.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    lines = [line.strip() for line in re.split(r"[\r\n]+", text)]
    kept = [line for line in lines if line and not _NOISE.search(line)] or [line for line in lines if line]
    said: list[str] = []
    for line in kept:
        short = _PREFIX.sub("", _PREFIX.sub("", line))
        if short and short not in said:
            said.append(short)
    return addresses.shown("; ".join(said[-4:]))[:_LONGEST] or "no reason given"


def is_too_large(text: str) -> bool:
    """Say whether git failed because something in what came would take more memory than it was given."""
    return "attempting to allocate" in text


def refusal(text: str) -> str | None:
    """Return what git found wrong in an object that came, None if that is not why it failed."""
    match = _FSCK.search(text)
    return None if match is None else clean(match[0])


def failure(remote: str, text: str, secrets: tuple[str, ...] = ()) -> RemoteError:
    """Return the error that a program's output comes to."""
    reason = clean(text, secrets)
    cut = _CUT.search(text) is not None and "corruption" not in text
    if _BROKEN.search(text) and not cut:
        return RemoteBroken(remote, reason)
    if _REFUSED.search(text):
        return RemoteRefused(remote, reason)
    return RemoteUnreachable(remote, reason)
