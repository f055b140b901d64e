"""Compressed streams that can be made longer without compressing anew what is in them already.

A history grows at its end, and each commit needs the whole of it as one object. Deflate works in blocks; a
stream whose last block is closed at the border of a byte, followed by an empty final block, can lose that
final block and get further ones. So the cost of a longer version is that of what is new, and a copy.

    78 9c | blocks | 00 00 ff ff (a flush) | 03 00 (final, empty) | Adler-32 of the content
"""

import os
import struct
import zlib

LONG = 16 << 10
"""Bytes of content from which on a stream is made so that it can be prolonged."""
_WINDOW = 32 << 10
_HEAD = b"\x78\x9c"
_FLUSHED = b"\x00\x00\xff\xff"
_FINAL = b"\x03\x00"
_TAIL = len(_FINAL) + 4
_STORED_MOST = 0xFFFF
_LOOKAHEAD = 262
"""Bytes of its window that zlib does not refer back to."""
_BLOCK = 50
"""Bytes that it costs to begin a block, measured with records of 3 KB."""
_PART = 50
"""The part of a stream (a fiftieth) that this may cost."""


def compress(content: bytes, level: int) -> bytes:
    """Return a zlib stream of the content, one that can be prolonged if it is long."""
    if not level:
        return _stored(content)
    if len(content) < LONG:
        return _short(content, level)
    return _HEAD + _blocks(content, level) + _FINAL + zlib.adler32(content).to_bytes(4, "big")


def prolong(stream: bytes, content: bytes, size: int, level: int) -> bytes | None:
    """Return the stream of a content that begins with that of another; None if that cannot be prolonged.

    Args:
        stream: Of the first `size` bytes. One that another program made may only look as if it could be
            prolonged: who does not know where it is from has to read the result back.
        content: All that the new stream shall hold.
        size: How much of it the other holds.
        level: Of zlib.
    """
    if not _ends_at_border(stream):
        return None
    added = content[size:]
    checksum = zlib.adler32(added, int.from_bytes(stream[-4:], "big"))
    blocks = _blocks(added, level, content[max(0, size - _WINDOW) : size])
    return b"".join((stream[:-_TAIL], blocks, _FINAL, checksum.to_bytes(4, "big")))


def is_prolonged(stream: bytes, longer: bytes) -> bool:
    """Return whether a stream begins with the blocks of another that can be prolonged."""
    return _ends_at_border(stream) and longer.startswith(stream[:-_TAIL])


def end_of_blocks(stream: bytes) -> int:
    """Return where further blocks may follow in a stream that can be prolonged."""
    return len(stream) - _TAIL


def read(stream: bytes) -> tuple[bytes, bool]:
    """Return the content of a stream, and whether it can be prolonged: for sure, not just by its looks.

    Raises:
        zlib.error: It is damaged.
    """
    if _ends_at_border(stream):
        inflater = zlib.decompressobj()
        content = inflater.decompress(stream[:-_TAIL])
        if _goes_on(inflater, stream[-_TAIL:]):
            return content, True
    return zlib.decompress(stream), False


def read_on(before: bytes, rest: bytes) -> tuple[bytes, bool]:
    """Return what a stream holds behind the content of a shorter one, and whether it can be prolonged.

    Args:
        before: The content of the shorter one.
        rest: The longer one from the end of the shorter one's blocks on.

    Raises:
        zlib.error: It is damaged.
    """
    if rest.endswith(_FINAL, 0, len(rest) - 4):
        inflater = zlib.decompressobj(-15, zdict=before[-_WINDOW:])
        content = inflater.decompress(rest[:-_TAIL])
        if _goes_on(inflater, _FINAL):
            return content, True
    return zlib.decompressobj(-15, zdict=before[-_WINDOW:]).decompress(rest[:-4]), False


def _goes_on(inflater: "zlib._Decompress", rest: bytes) -> bool:
    """Return whether an inflater stands between two blocks, at the border of a byte, before the last one.

    It is given a block with something that nobody can have foreseen.
    """
    text = os.urandom(8)
    probe = inflater.copy()
    try:
        between = probe.decompress(b"\0\x08\0\xf7\xff" + text) == text
        nothing = inflater.decompress(rest)
    except zlib.error:
        return False
    return between and not nothing and inflater.eof


def _ends_at_border(stream: bytes) -> bool:
    return stream.startswith(_HEAD) and stream.endswith(_FLUSHED + _FINAL, 0, len(stream) - 4)


def is_patchy(stream: bytes) -> bool:
    """Return whether a stream was prolonged so often that compressing all of it anew would pay."""
    return stream.count(_FLUSHED) * _BLOCK > len(stream) // _PART


def _stored(content: bytes) -> bytes:
    """Return a stream that only holds its content: what zlib does, in a third of the time."""
    parts = [b"\x78\x01"]
    for start in range(0, len(content) or 1, _STORED_MOST):
        block = content[start : start + _STORED_MOST]
        last = start + _STORED_MOST >= len(content)
        parts += (struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF), block)
    return b"".join((*parts, zlib.adler32(content).to_bytes(4, "big")))


def _short(content: bytes, level: int) -> bytes:
    """Return a stream for whose making no more memory is cleared than the content needs.

    To clear what 32 KB need takes 40 microseconds, the rest often 5. All readers of zlib take each size.
    """
    bits = min(15, max(12, (len(content) + _LOOKAHEAD).bit_length()))
    compressor = zlib.compressobj(level, zlib.DEFLATED, bits, bits - 7)
    return compressor.compress(content) + compressor.flush()


def _blocks(content: bytes, level: int, before: bytes = b"") -> bytes:
    """Return deflate blocks that end at the border of a byte, and may refer to what stands before them."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -15, zdict=before)
    return compressor.compress(content) + compressor.flush(zlib.Z_SYNC_FLUSH)
