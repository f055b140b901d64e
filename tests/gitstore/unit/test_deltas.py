"""Git's deltas, byte by byte: what is written is as short as can be, what is read is anything git writes."""

import pytest

from gitstore.errors import Damaged
from gitstore.objects import deltas


@pytest.mark.parametrize(
    ("base", "target", "delta"),
    [
        (b"", b"", b"\x00\x00"),
        (b"", b"ab", b"\x00\x02\x02ab"),
        (b"abc", b"abc", b"\x03\x03\x90\x03"),
        (b"abc", b"", b"\x03\x00"),
        (b"abc", b"abcd", b"\x03\x04\x90\x03\x01d"),
        (b"abc", b"aXc", b"\x03\x03\x90\x01\x01X\x91\x02\x01"),
        (b"aa", b"aaa", b"\x02\x03\x90\x02\x01a"),
        (b"x" * 300, b"x" * 300, b"\xac\x02\xac\x02\xb0\x2c\x01"),
        (b"x" * 256, b"x" * 256, b"\x80\x02\x80\x02\xa0\x01"),
        (b"", b"y" * 128, b"\x00\x80\x01\x7f" + b"y" * 127 + b"\x01y"),
        (b"z" * 0x1_0000, b"z" * 0x1_0000, b"\x80\x80\x04\x80\x80\x04\x80"),
    ],
)
def test_a_delta_is_written_in_the_fewest_bytes(base: bytes, target: bytes, delta: bytes) -> None:
    assert deltas.make(base, target) == delta
    assert deltas.apply(base, delta) == target


def test_a_copy_is_at_most_as_long_as_three_bytes_say() -> None:
    base = bytes(0x100_0005)
    delta = deltas.make(base, base)
    assert delta[8:] == b"\xf0\xff\xff\xff" + b"\x97\xff\xff\xff\x06"
    assert deltas.apply(base, delta) == base


@pytest.mark.parametrize("offset", [0x01, 0x0100, 0x01_0000, 0x0100_0000, 0x0102_0304])
@pytest.mark.parametrize("size", [0x01, 0x0100, 0x0203])
def test_each_byte_of_offset_and_size_is_read_where_it_stands(offset: int, size: int) -> None:
    base = bytes(offset) + b"wanted" * (size // 6 + 1) + b"."
    code, operands = 0x80, b""
    for bit in range(4):
        if byte := offset >> 8 * bit & 0xFF:
            code, operands = code | 1 << bit, operands + bytes((byte,))
    for bit in range(3):
        if byte := size >> 8 * bit & 0xFF:
            code, operands = code | 16 << bit, operands + bytes((byte,))
    delta = _size(len(base)) + _size(size) + bytes((code,)) + operands
    assert deltas.apply(base, delta) == base[offset : offset + size]
    tail = b"wanted" * (size // 6 + 1)
    assert deltas.apply(base, deltas.make(base, b"new" + base[offset:])) == b"new" + tail + b"."


@pytest.mark.parametrize(
    ("delta", "reason"),
    [
        (b"", "torn"),
        (b"\x83", "torn"),
        (b"\x03", "torn"),
        (b"\x03\x01\x91", "torn"),
        (b"\x03\x01\x90", "torn"),
        (b"\x03\x00\x00", "unknown instruction"),
        (b"\x02\x01\x01x", "does not fit its base"),
        (b"\x03\x02\x01x", "does not fit its base"),
        (b"\x03\x02\x02x", "does not fit its base"),
        (b"\x03\x04\x90\x04", "does not fit its base"),
    ],
)
def test_a_delta_that_is_none_is_refused(delta: bytes, reason: str) -> None:
    with pytest.raises(Damaged) as raised:
        deltas.apply(b"abc", delta)
    assert (raised.value.place, raised.value.reason) == ("delta", reason)


def _size(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out, number = out + bytes((number & 0x7F | 0x80,)), number >> 7
    return out + bytes((number,))
