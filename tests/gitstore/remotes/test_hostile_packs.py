"""Packs that nobody's git made: bombs, chains, torn ones; by a server that sends what it likes."""

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from gitstore import errors
from gitstore.objects import deltas
from gitstore.transport import arriving, judging
from tests.support.remotes.copies import sound, store, tip, transport
from tests.support.remotes.hostile import pack
from tests.support.remotes.liar import lying

BLOB, OFFSET, BY_ID = 3, 6, 7
Entry = tuple[int, bytes, bytes]


def raw(content: bytes) -> bytes:
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).digest()


def number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def a_delta_of_ten_gigabytes() -> list[Entry]:
    base = bytes(0xFF_FFFF)
    copies = 640
    delta = number(len(base)) + number(copies * len(base)) + b"\xf0\xff\xff\xff" * copies
    return [(BLOB, b"", base), (BY_ID, raw(base), delta)]


def a_delta_that_makes_more_than_it_says() -> list[Entry]:
    base = bytes(0xFF_FFFF)
    delta = number(len(base)) + number(10) + b"\xf0\xff\xff\xff" * 2000
    return [(BLOB, b"", base), (BY_ID, raw(base), delta)]


def a_long_chain() -> list[Entry]:
    """Each the one before it and a byte more."""
    found: list[Entry] = [(BLOB, b"", b"x")]
    content = b"x"
    for _ in range(5_001):
        grown = content + b"y"
        found.append((BY_ID, raw(content), deltas.make(content, grown)))
        content = grown
    return found


def a_delta_of_itself() -> list[Entry]:
    return [(BY_ID, raw(b"x"), deltas.make(b"y", b"x")), (BY_ID, raw(b"y"), deltas.make(b"x", b"y"))]


def an_object_twice() -> list[Entry]:
    return [(BLOB, b"", b"x"), (BLOB, b"", b"x")]


def of_no_kind() -> list[Entry]:
    return [(5, b"", b"x")]


HOSTILE: list[tuple[Callable[[], list[Entry]], tuple[type[errors.RemoteError], ...]]] = [
    (a_delta_of_ten_gigabytes, (errors.RemoteTooLarge,)),
    (a_delta_that_makes_more_than_it_says, (errors.RemoteBroken, errors.RemoteUnreachable)),
    (a_long_chain, (errors.RemoteBroken, errors.RemoteUnreachable)),
    (a_delta_of_itself, (errors.RemoteBroken, errors.RemoteUnreachable)),
    (an_object_twice, (errors.RemoteBroken, errors.RemoteUnreachable)),
    (of_no_kind, (errors.RemoteBroken, errors.RemoteUnreachable)),
]


@pytest.mark.parametrize(("make", "expected"), HOSTILE, ids=lambda each: getattr(each, "__name__", ""))
def test_a_pack_that_means_harm_is_refused_and_leaves_nothing(
    make: Callable[[], list[Entry]], expected: tuple[type[errors.RemoteError], ...], way: str, tmp_path: Path
) -> None:
    with lying("1" * 40, pack(make())) as url:
        two = store(tmp_path / "two", 1, url=url)
        before = tip(two)
        with pytest.raises(expected):
            transport(two, way).fetch("far")
        assert tip(two) == before
        sound(two)


@pytest.mark.parametrize("spoil", [
    lambda content: content[:40],
    lambda content: content[:-20],
    lambda content: content[:-1] + bytes((content[-1] ^ 1,)),
    lambda _: b"",
    lambda content: b"PACK" + struct.pack(">II", 2, 0xFFFF_FFFF) + content[12:],
    lambda content: b"PACK" + struct.pack(">II", 9, 1) + content[12:],
    lambda _: bytes(1000),
])  # fmt: skip
def test_a_pack_that_ends_early_or_is_none_is_refused(
    spoil: Callable[[bytes], bytes], way: str, tmp_path: Path
) -> None:
    with lying("1" * 40, spoil(pack([(BLOB, b"", b"x" * 100)]))) as url:
        two = store(tmp_path / "two", 1, url=url)
        before = tip(two)
        with pytest.raises((errors.RemoteBroken, errors.RemoteUnreachable)):
            transport(two, way).fetch("far")
        assert tip(two) == before
        sound(two)


def test_more_than_is_ever_unpacked_is_refused(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (arriving, judging):
        monkeypatch.setattr(module, "UNPACKED", 3 << 20)
    base = bytes(1 << 20)
    entries: list[Entry] = [
        (BLOB, b"", base),
        *((BY_ID, raw(base), deltas.make(base, base + bytes((each,)))) for each in range(4)),
    ]
    with lying("1" * 40, pack(entries)) as url:
        two = store(tmp_path / "two", 1, url=url)
        with pytest.raises((errors.RemoteTooLarge, errors.RemoteBroken)) as caught:
            transport(two, way).fetch("far")
        if way == "direct":
            assert isinstance(caught.value, errors.RemoteTooLarge)
        sound(two)


def test_deltas_that_come_before_what_they_are_of_cost_no_more_than_others(tmp_path: Path) -> None:
    entries: list[Entry] = [(BLOB, b"", b"x")]
    content = b"x"
    for _ in range(3_000):
        grown = content + b"y"
        entries.append((BY_ID, raw(content), deltas.make(content, grown)))
        content = grown
    path = tmp_path / "incoming.pack"
    path.write_bytes(pack(reversed(entries)))
    seen = 0

    def met(identifier: str, kind: int, found: bytes) -> None:
        nonlocal seen
        seen += 1

    def outside(identifier: str) -> tuple[int, bytes]:
        raise errors.ObjectMissing(identifier, identifier)

    arriving.put_in_order(arriving.Files(), path, remote="far", outside=outside, most=1 << 20, met=met)
    assert seen == 3_001
