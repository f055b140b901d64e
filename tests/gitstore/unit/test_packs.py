"""Packs as bytes: what is prolonged, what is a delta, what the index says."""

import random
import subprocess
import zlib
from pathlib import Path

from gitstore.disk import streams
from gitstore.kinds import BLOB, TREE
from gitstore.objects import deltas, packs
from gitstore.objects.packs import Packed, Piece

CHANCE = random.Random(6)


def text(size: int) -> bytes:
    return CHANCE.randbytes(size // 2).hex().encode()


def grown(before: bytes, more: bytes) -> Packed:
    one, other = packs.packed(BLOB, before), packs.packed(BLOB, before + more)
    return Packed(BLOB, other.id, other.content, None, one.id)


def piece(item: Packed, known: bytes | None = None, size: int = 0, trusted: set[str] | None = None) -> Piece:
    """What becomes of an object, where the repository has that stream of what it has grown from."""
    known_one = None if known is None else (size, known)
    (found,) = packs.pieces([item], lambda _: known_one, set() if trusted is None else trusted)
    assert found.base is not None or zlib.decompress(found.stream) == item.content
    return found


def test_what_has_grown_is_the_old_stream_and_what_is_new_if_that_can_be_prolonged() -> None:
    before = text(20_000)
    item = grown(before, b"and more")
    old = streams.compress(before, packs.LEVEL)
    assert streams.is_prolonged(old, piece(item, old, len(before)).stream)
    assert streams.is_prolonged(old, piece(item, old, len(before), {str(item.grown_from)}).stream)
    anew = piece(item).stream
    assert anew == streams.compress(item.content, packs.LEVEL)
    assert piece(item, zlib.compress(before), len(before)).stream == anew, "it ends in the middle of a byte"


def test_a_stream_of_unknown_origin_that_only_looks_as_if_it_could_be_prolonged_is_not() -> None:
    before = text(20_000)
    item = grown(before, b"and more")
    anew = piece(item).stream
    wrong = streams.compress(before[::-1], packs.LEVEL)
    assert piece(item, wrong, len(before)).stream == anew
    broken = streams.compress(before, packs.LEVEL)
    broken = broken[:99] + b"\xff" * 99 + broken[198:]
    assert piece(item, broken, len(before)).stream == anew


def test_streams_of_long_objects_that_were_made_here_are_trusted() -> None:
    trusted = {"before"}
    items = [packs.packed(BLOB, text(size)) for size in (streams.LONG - 2, streams.LONG, streams.LONG + 2)]
    packs.pieces(items, lambda _: None, trusted)
    assert trusted == {"before", items[1].id, items[2].id}
    longer = grown(items[1].content, b"more")
    stream = streams.compress(items[1].content, packs.LEVEL)
    packs.pieces([longer], lambda _: (len(items[1].content), stream), trusted)
    assert longer.id in trusted


def test_a_long_tree_is_stored_and_all_else_is_compressed() -> None:
    row = b"40000 %08d\0" + b"\0" * 20
    for rows, stored in ((28, False), (30, True)):
        tree = packs.packed(TREE, b"".join(row % number for number in range(rows)))
        assert (len(piece(tree).stream) > len(tree.content)) == stored
        assert len(piece(packs.packed(BLOB, tree.content)).stream) < len(tree.content) // 4
    assert zlib.decompress(piece(tree).stream) == tree.content


def test_an_object_is_a_delta_only_where_that_is_shorter() -> None:
    base = packs.packed(BLOB, text(300))
    like, unlike, empty = (packs.packed(BLOB, end, base.id) for end in (base.content + b"!", text(40), b""))
    found = {item.id: item for item in packs.pieces([base, like, unlike, empty], lambda _: None, set())}
    assert found[like.id].base == base.id
    assert deltas.apply(base.content, zlib.decompress(found[like.id].stream)) == like.content
    assert found[like.id].size == len(zlib.decompress(found[like.id].stream)) < 12
    for item in (unlike, empty):
        assert found[item.id].base is None
        assert (found[item.id].size, zlib.decompress(found[item.id].stream)) == (
            len(item.content),
            item.content,
        )


def test_of_a_tree_of_directories_only_the_rows_that_differ_are_in_the_delta() -> None:
    rows = [b"40000 %08d\0" % number + CHANCE.randbytes(20) for number in range(300)]
    base = b"".join(rows)
    rows[3], rows[290] = (row[:-20] + CHANCE.randbytes(20) for row in (rows[3], rows[290]))
    target = b"".join(rows)
    delta = packs.difference(TREE, base, target)
    assert deltas.apply(base, delta) == target
    assert len(delta) < 150
    assert packs.difference(BLOB, base, target) == deltas.make(base, target)
    other = b"".join(row.replace(b"40000 ", b"100644 ") for row in rows)
    for one, another in (
        (base, other),
        (base, b""),
        (b"", base),
        (base, target + b"40000 x\0" + rows[0][-20:]),
    ):
        assert packs.difference(TREE, one, another) == deltas.make(one, another)


def test_a_pack_says_its_version_and_count_as_git_does() -> None:
    _, content, _ = packs.pack_of([packs.packed(BLOB, b"one"), packs.packed(BLOB, b"two")])
    assert content[:12] == b"PACK\0\0\0\2\0\0\0\2"


def test_places_beyond_two_gigabytes_are_in_the_second_table_of_the_index(tmp_path: Path) -> None:
    places = [12, 0x7FFF_FFFE, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFF, 1 << 32, (1 << 40) + 7]
    rows = sorted((CHANCE.randbytes(20), number, place) for number, place in enumerate(places))
    shown = subprocess.run(
        ["git", "show-index"],
        input=packs.index_of(rows, bytes(20)),
        check=True,
        capture_output=True,
        cwd=tmp_path,
    ).stdout.decode()
    wanted = [f"{place} {raw.hex()} ({number:08x})" for raw, number, place in rows]
    assert shown.splitlines() == wanted
