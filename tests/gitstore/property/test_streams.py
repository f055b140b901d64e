"""Streams that are prolonged and read on: zlib reads the same, and what cannot go on is never said to."""

import itertools
import random
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st

from gitstore.disk import streams
from gitstore.objects.growing import Growing

LEVELS = st.sampled_from((1, 6, 9))


def text(seed: int, size: int) -> bytes:
    """Words, which compress, among numbers, which do not."""
    chance = random.Random(seed)
    words = [b"revenue ", b"margin ", b"per share ", b"in 2024 ", *(chance.randbytes(5) for _ in range(9))]
    return b"".join(chance.choices(words, k=size // 5 + 1))[:size]


SIZES = st.one_of(st.integers(0, 400), st.integers(streams.LONG - 3, 3 * streams.LONG))
PARTS = st.lists(SIZES, min_size=1, max_size=5)


@settings(max_examples=50)
@given(st.integers(), PARTS, LEVELS)
def test_a_prolonged_stream_is_plain_zlib_and_reads_on_from_any_shorter_one(
    seed: int, sizes: list[int], level: int
) -> None:
    whole = text(seed, streams.LONG + sum(sizes))
    length = streams.LONG
    versions = [(whole[:length], streams.compress(whole[:length], level))]
    for size in sizes:
        content, stream = versions[-1]
        length += size
        longer = streams.prolong(stream, whole[:length], len(content), level)
        assert longer is not None
        versions.append((whole[:length], longer))
    for content, stream in versions:
        assert zlib.decompress(stream) == content
        assert streams.read(stream) == (content, True)
    for shorter, longer in itertools.pairwise(versions):
        assert streams.is_prolonged(shorter[1], longer[1])
        rest = longer[1][streams.end_of_blocks(shorter[1]) :]
        assert streams.read_on(shorter[0], rest) == (longer[0][len(shorter[0]) :], True)


@given(st.integers(), SIZES, LEVELS)
def test_a_stream_of_another_program_is_read_and_not_said_to_go_on(seed: int, size: int, level: int) -> None:
    content = text(seed, size)
    assert streams.read(zlib.compress(content, level)) == (content, False)


@given(st.integers(), st.integers(0, 3000), st.integers(1, 15), LEVELS)
def test_one_that_only_ends_like_one_that_goes_on_is_found_out(
    seed: int, size: int, wanted: int, level: int
) -> None:
    # Its last block is stored, and holds what the end of a stream of ours looks like.
    look = b"\x00\x00\xff\xff\x03\x00"
    head = zlib.compressobj(level, zlib.DEFLATED, -15)
    content = text(seed, size)
    blocks = head.compress(content) + head.flush(zlib.Z_SYNC_FLUSH)
    stored = b"z" * wanted + look
    last = b"\x01" + len(stored).to_bytes(2, "little") + (len(stored) ^ 0xFFFF).to_bytes(2, "little") + stored
    stream = b"\x78\x9c" + blocks + last + zlib.adler32(content + stored).to_bytes(4, "big")
    assert zlib.decompress(stream) == content + stored
    found, goes_on = streams.read(stream)
    assert (found, goes_on) == (content + stored, False)


@settings(max_examples=50)
@given(st.integers(), st.lists(st.tuples(st.sampled_from("ab"), SIZES), max_size=8))
def test_what_is_read_does_not_depend_on_what_was_read_before(
    seed: int, reads: list[tuple[str, int]]
) -> None:
    growing = Growing()
    whole = {"a": text(seed, 4 * streams.LONG), "b": text(seed + 1, 4 * streams.LONG)}
    made: dict[str, tuple[bytes, bytes]] = {}
    for number, (path, size) in enumerate(reads):
        content = whole[path][: streams.LONG + size]
        before, stream = made.get(path, (b"", b""))
        longer = None
        if stream and len(content) > len(before):
            longer = streams.prolong(stream, content, len(before), 6)
        made[path] = (content, longer or streams.compress(content, 6))
        # under the wrong name, too: it is only a guess where the content may be known from
        asked = path if number % 3 else "a"
        assert growing.read(asked, made[path][1]) == (content, True)


def test_what_was_not_read_for_longest_is_forgotten() -> None:
    growing = Growing()
    content = random.Random(1).randbytes(3 << 20)
    stream = streams.compress(content, 1)
    for number in range(12):
        growing.read(str(number), stream)
    assert len(growing._latest) < 4
    assert growing._size == sum(version.size for version in growing._latest.values())


@given(st.integers(), st.one_of(st.sampled_from((0, 65535, 65536, 131070)), SIZES))
def test_what_is_only_stored_is_plain_zlib(seed: int, size: int) -> None:
    content = text(seed, size)
    stream = streams.compress(content, 0)
    assert zlib.decompress(stream) == content
    assert streams.read(stream) == (content, False)
    assert len(stream) <= len(content) + 6 + 5 * (len(content) // 65535 + 1)
