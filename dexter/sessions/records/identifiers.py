"""The ids of sessions and exchanges: how they are made, and what may ever become part of a path."""

import re
from typing import Final

ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
LENGTH: Final = 8

# Texts, which `re` compiles when they are first needed, and keeps: a list needs none of them.
_SESSION: Final = r"[a-z0-9]{8}"
_EXCHANGE: Final = r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}"
_UUID7: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_RANDOM_BITS: Final = 74
_LAST: Final = (1 << (48 + _RANDOM_BITS)) - 1


def generate_session_id() -> str:
    """A new session id: 8 characters of `a-z0-9` from a cryptographic source."""
    import secrets  # noqa: PLC0415  4 ms, and what only reads makes no ids

    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_session_id(text: str) -> bool:
    """Whether a text is a whole session id, and so fit to be a directory's name."""
    return re.fullmatch(_SESSION, text) is not None


def is_exchange_id(text: str) -> bool:
    """Whether a text is fit to be the id of an exchange, and so part of a file's name."""
    return re.fullmatch(_EXCHANGE, text) is not None


def new_exchange_id(after: str | None, now: int) -> str:
    """A UUIDv7 (RFC 9562, section 5.7) that sorts after every id up to `after`, even if the clock went back.

    Args:
        after: The largest id already in the session. One that is no UUIDv7 (a line written by hand) does not
            bind, and neither does the very last UUIDv7 that there is.
        now: Epoch milliseconds.
    """
    import secrets  # noqa: PLC0415  as above

    value = (max(now, 0) & ((1 << 48) - 1)) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    if after is not None and re.fullmatch(_UUID7, after):
        previous = _number(after)
        if value <= previous < _LAST:
            # Beyond the whole millisecond where possible, so that the ids of two writers rarely meet.
            step = secrets.randbits(_RANDOM_BITS - 8) + 1
            value = min(previous + step, _LAST)
    return _text(value)


def uuid7(milliseconds: int, rest: int) -> str:
    """The UUIDv7 of a moment and 74 more bits."""
    return _text(milliseconds << _RANDOM_BITS | rest)


def _number(identifier: str) -> int:
    """The 122 bits of a UUIDv7 that count: time and random, without version and variant."""
    bits = int(identifier.replace("-", ""), 16)
    return (bits >> 80) << _RANDOM_BITS | (bits >> 64 & 0xFFF) << 62 | bits & ((1 << 62) - 1)


def _text(value: int) -> str:
    time, high, low = value >> _RANDOM_BITS, value >> 62 & 0xFFF, value & ((1 << 62) - 1)
    digits = f"{time << 80 | (0x7000 | high) << 64 | 0b10 << 62 | low:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
