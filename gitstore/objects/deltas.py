"""Git's deltas: a text as pieces copied from a base and pieces of its own.

A common beginning and a common end are found by halving. Between them short texts are searched: for what
stands in the base, wherever it is. Long ones are not, except trees, which are compared row by row: what
gitstore stores that is long differs from its base in one place, or in a few rows.
"""

from gitstore.errors import Damaged
from gitstore.objects.trees import common_prefix, common_suffix

SHORT = 4096
"""Bytes up to which a text is searched, so that a delta costs less than a millisecond."""
_BLOCK = 12
"""Bytes that are looked for: of 8, 12 and 16 the one that made the smallest packs."""
_STEP = 4
"""Of a text every fourth block is looked for, and what stands before one that is found is compared."""
_LEAST = 6
"""Bytes from which on a copy is shorter than what it copies, even when that is then compressed."""
_COPY_MOST = 0xFF_FFFF
_NEAR = 0x91
"""The most frequent code of a copy: one byte says where it begins, one how long it is."""
_OFFSETS = tuple(tuple(8 * bit for bit in range(4) if code & 1 << bit) for code in range(16))
_SIZES = tuple(tuple(8 * bit for bit in range(3) if code & 1 << bit) for code in range(8))
"""By how many bits the bytes that follow the code of a copy are shifted, for each half of the code."""


class Base:
    """A text that others are made of; what was found out about it is kept for the next of them."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._places: dict[bytes, int] | None = None

    def make(self, target: bytes) -> bytes:
        """Return the delta that makes `target` of this (both of any length)."""
        base = self.content
        head = common_prefix(base, target)
        tail = min(common_suffix(base, target), len(target) - head, len(base) - head)
        end = len(target) - tail
        parts = [_size(len(base)), _size(len(target))]
        if head == end or max(len(base), len(target)) > SHORT:
            parts += (*_copies(0, head), *_fresh(target[head:end]))
        else:
            parts += _copies(0, head) + self._middle(target, head, end)
        parts += _copies(len(base) - tail, tail)
        return b"".join(parts)

    def _middle(self, target: bytes, place: int, end: int) -> list[bytes]:
        """Return instructions for a part of a text: what the base has of it is copied."""
        base, places = self.content, self._indexed()
        parts, done = [], place
        while place <= end - _BLOCK:
            at = places.get(target[place : place + _BLOCK])
            if at is None:
                place += _STEP
                continue
            while at and place > done and base[at - 1] == target[place - 1]:
                at, place = at - 1, place - 1
            run = common_prefix(base[at:], target[place:end])
            parts += _fresh(target[done:place]) + _copies(at, run)
            done = place = place + run
        return parts + _fresh(target[done:end])

    def _indexed(self) -> dict[bytes, int]:
        """Return where each block of the base stands, the first time if it does more than once."""
        if self._places is None:
            base = self.content
            self._places = {base[at : at + _BLOCK]: at for at in range(len(base) - _BLOCK, -1, -1)}
        return self._places


def make(base: bytes, target: bytes) -> bytes:
    """Return the delta that makes `target` of `base` (both of any length)."""
    return Base(base).make(target)


def make_of_rows(base: bytes, target: bytes, width: int) -> bytes:
    """Return the delta of texts made of rows of one width, of which some were put in, taken out or changed.

    Trees of directories are such texts. Rows are compared in runs, so that the cost is that of what differs;
    only where more than one row in a place differs are they looked for by their content.
    """
    parts = [_size(len(base)), _size(len(target))]
    rows = _Rows(base, target, width)
    at = place = 0  # in the base and in the target, at the beginning of a row
    while place < len(target):
        run = common_prefix(base[at:], target[place:])
        whole = run // width * width
        if place + run == len(target):
            end, further = len(target), at
        elif (found := rows.taken_out(at + whole, place + whole)) is not None:
            run, end, further = whole, place + whole, found
        else:
            end = place + whole + width
            further = rows.after(at + whole, end)
        run = run if run >= _LEAST else 0
        parts += _copies(at, run) + _fresh(target[place + run : end])
        at, place = further, end
    return b"".join(parts)


class _Rows:
    """Where to go on in the base after a row of the target that differs from the one in its place."""

    def __init__(self, base: bytes, target: bytes, width: int) -> None:
        self._base = base
        self._target = target
        self._width = width
        self._places: dict[bytes, int] | None = None

    def taken_out(self, at: int, place: int) -> int | None:
        """Return where the row stands in the base that differs from the one there; None if nowhere."""
        beyond = at + self._width
        if self._same(beyond, place):
            return beyond
        if self._same(beyond, place + self._width) or self._same(at, place + self._width):
            return None
        return self._find(place)

    def after(self, at: int, place: int) -> int:
        """Return where the row at a place is in the base, before which one was put in or changed."""
        beyond = at + self._width
        if self._same(beyond, place):
            return beyond
        if self._same(at, place):
            return at
        found = self._find(place)
        return beyond if found is None else found

    def _same(self, at: int, place: int) -> bool:
        return self._base[at : at + self._width] == self._target[place : place + self._width]

    def _find(self, place: int) -> int | None:
        base, width = self._base, self._width
        if self._places is None:
            self._places = {base[at : at + width]: at for at in range(0, len(base), width)}
        return self._places.get(self._target[place : place + width])


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
        parts, end = [], len(delta)
        room = length  # so that a delta of a few bytes does not become more than it says
        while at < end and room >= 0:
            code = delta[at]
            at += 1
            if code == _NEAR:
                offset = delta[at]
                parts.append(base[offset : offset + delta[at + 1]])
                room -= delta[at + 1]
                at += 2
            elif code & 0x80:
                offset = size = 0
                for shift in _OFFSETS[code & 15]:
                    offset |= delta[at] << shift
                    at += 1
                for shift in _SIZES[code >> 4 & 7]:
                    size |= delta[at] << shift
                    at += 1
                size = size or 0x1_0000
                room -= size
                parts.append(base[offset : offset + size])
            elif code:
                parts.append(delta[at : at + code])
                at += code
            else:
                raise Damaged("delta", "unknown instruction")
        result = b"".join(parts)
    except IndexError:
        raise Damaged("delta", "torn") from None
    if expected != len(base) or length != len(result) or room < 0:
        raise Damaged("delta", "does not fit its base")
    return result


def length(delta: bytes) -> int:
    """Return how many bytes a delta says that it makes. Raises Damaged."""
    try:
        return _read_size(delta, _read_size(delta, 0)[1])[0]
    except IndexError:
        raise Damaged("delta", "torn") from None


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
    while (byte := delta[at]) & 0x80:
        number |= (byte & 0x7F) << shift
        shift += 7
        at += 1
    return number | byte << shift, at + 1
