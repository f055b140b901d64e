"""Git's deltas: a text as pieces copied from a base and pieces of its own.

No search is made. What gitstore stores differs from its base in one place: histories grow at their end,
trees change one entry at a time; so a common beginning, something new and a common end say it all.
"""

from gitstore.errors import Damaged
from gitstore.trees import common_prefix, common_suffix

_COPY_MOST = 0xFF_FFFF


def make(base: bytes, target: bytes) -> bytes:
    """Return the delta that makes `target` of `base` (both of any length)."""
    head = common_prefix(base, target)
    tail = min(common_suffix(base, target), len(target) - head, len(base) - head)
    parts = [_size(len(base)), _size(len(target)), *_copies(0, head)]
    parts += _fresh(target[head : len(target) - tail])
    parts += _copies(len(base) - tail, tail)
    return b"".join(parts)


def make_of_rows(base: bytes, target: bytes, width: int) -> bytes:
    """Return the delta of texts made of rows of one width, of which some were put in, taken out or changed.

    Trees of directories are such texts. Rows are compared in runs, so that the cost is that of what differs.
    """
    parts = [_size(len(base)), _size(len(target))]
    at = place = 0  # in the base and in the target
    while place < len(target):
        run = common_prefix(base[at:], target[place:]) // width * width
        parts += _copies(at, run)
        at, place = at + run, place + run
        if at >= len(base):
            break
        if base[at : at + 2 * width] == target[place + width : place + 3 * width]:  # put in
            fresh = target[place : place + width]
        elif base[at + width : at + 3 * width] == target[place : place + 2 * width]:  # taken out
            fresh, at = b"", at + width
        else:
            fresh, at = target[place : place + width], at + width
        parts += _fresh(fresh)
        place += len(fresh)
    parts += _fresh(target[place:])
    return b"".join(parts)


def copy_of_beginning(base: int, size: int) -> bytes:
    """Return the delta of a text that is the beginning of another, which has `base` bytes."""
    return b"".join((_size(base), _size(size), *_copies(0, size)))


def apply(base: bytes, delta: bytes) -> bytes:
    """Return what a delta makes of its base; any git delta will do.

    Raises:
        Damaged: The delta does not fit the base, or is torn.
    """
    try:
        expected, at = _read_size(delta, 0)
        length, at = _read_size(delta, at)
        parts = []
        while at < len(delta):
            code = delta[at]
            at += 1
            if code & 0x80:
                offset = size = 0
                for bit in range(4):
                    if code & 1 << bit:
                        offset |= delta[at] << 8 * bit
                        at += 1
                for bit in range(3):
                    if code & 0x10 << bit:
                        size |= delta[at] << 8 * bit
                        at += 1
                size = size or 0x1_0000
                parts.append(base[offset : offset + size])
            elif code:
                parts.append(delta[at : at + code])
                at += code
            else:
                raise Damaged("delta", "unknown instruction")
        result = b"".join(parts)
    except IndexError:
        raise Damaged("delta", "torn") from None
    if expected != len(base) or length != len(result):
        raise Damaged("delta", "does not fit its base")
    return result


def _fresh(text: bytes) -> list[bytes]:
    parts = []
    for start in range(0, len(text), 127):
        piece = text[start : start + 127]
        parts += [bytes((len(piece),)), piece]
    return parts


def _copies(offset: int, size: int) -> list[bytes]:
    parts = []
    while size:
        piece = min(size, _COPY_MOST)
        code, operands = 0x80, bytearray()
        for bit in range(4):
            if byte := offset >> 8 * bit & 0xFF:
                code |= 1 << bit
                operands.append(byte)
        if piece != 0x1_0000:
            for bit in range(3):
                if byte := piece >> 8 * bit & 0xFF:
                    code |= 0x10 << bit
                    operands.append(byte)
        parts.append(bytes((code,)) + operands)
        offset += piece
        size -= piece
    return parts


def _size(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_size(delta: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = delta[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return number, at
