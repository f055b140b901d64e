"""Ids for what other programs named otherwise: the same ones whenever a file is read, however it grew."""

import hashlib

from dexter.sessions.records.identifiers import ALPHABET, LENGTH, uuid7
from dexter.sessions.records.moments import LAST

_COUNTS = 1 << 12
_HASH_BITS = 62


def session_id(source: str, foreign: str) -> str:
    """The id of a session of another program: 8 characters that follow from where it comes from.

    Args:
        source: The program.
        foreign: Its id there.
    """
    value = _digest(source, foreign)
    letters = []
    for _ in range(LENGTH):
        value, place = divmod(value, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


class ExchangeIds:
    """UUIDv7s that follow from a session's exchanges, in their order: each sorts after the one before.

    A change in what comes later never changes the id of what came before.
    """

    def __init__(self, source: str, foreign: str) -> None:
        self._names = (source, foreign)
        self._last = (-1, 0)

    def next(self, exchange: str, moment: int) -> str:
        """The id of the next exchange.

        Args:
            exchange: What tells it from all others of the session.
            moment: When it began, in epoch milliseconds; one before the last one counts as the last one.
        """
        time, count = self._last
        if moment > time:
            time, count = min(moment, LAST), 0
        elif count + 1 < _COUNTS:
            count += 1
        else:
            time, count = time + 1, 0
        self._last = (time, count)
        return uuid7(time, count << _HASH_BITS | _digest(*self._names, exchange) % (1 << _HASH_BITS))


def _digest(*names: str) -> int:
    joined = "\0".join(str(len(name)) + ":" + name for name in names).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(joined).digest())
