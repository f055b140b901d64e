"""What merging packs makes of what is in them: how small it gets, how far an object is from its content."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gitstore.disk import streams
from gitstore.kinds import BLOB, COMMIT, TREE
from gitstore.objects import packs, repacking
from gitstore.objects.packfile import Pack
from gitstore.objects.packs import Packed, Piece

CHANCE = random.Random(4)


def written(folder: Path, *turns: list[Packed]) -> list[Pack]:
    found = []
    for number, turn in enumerate(turns):
        _, content, index = packs.pack_of(turn)
        (folder / f"{number:04}.pack").write_bytes(content)
        (folder / f"{number:04}.idx").write_bytes(index)
        found.append(Pack(folder / f"{number:04}.idx"))
    return found


def merged(folder: Path, *turns: list[Packed]) -> dict[str, Piece]:
    pieces, _ = repacking.repack(written(folder, *turns), at_rest=True)
    return {piece.id: piece for piece in pieces}


def commit(number: int) -> Packed:
    who = b"Test Person <test.person@example.invalid> %d +0000" % (1_790_000_000 + number)
    ids = CHANCE.randbytes(20).hex().encode(), CHANCE.randbytes(20).hex().encode()
    text = b"tree %s\nparent %s\nauthor %s\ncommitter %s\n\nsession: question %d\n\nAction: exchange\n"
    return packs.packed(COMMIT, text % (*ids, who, who, number))


def document(number: int) -> Packed:
    text = (
        b'{\n  "model": "claude",\n  "lastQuery": "%s",\n  "provider": "other",\n  "exchangeCount": %d\n}\n'
    )
    return packs.packed(BLOB, text % (CHANCE.randbytes(9).hex().encode(), number))


def depth(found: dict[str, Piece], identifier: str) -> int:
    base = found[identifier].base
    return 0 if base is None else 1 + depth(found, base)


def around(found: dict[str, Piece], identifier: str) -> str:
    base = found[identifier].base
    return identifier if base is None else around(found, base)


@pytest.mark.parametrize("make", [commit, document])
def test_what_is_alike_hangs_on_a_few_in_short_chains(tmp_path: Path, make: Callable[[int], Packed]) -> None:
    items = [make(number) for number in range(300)]
    found = merged(tmp_path, *([item] for item in items))
    whole = [piece for piece in found.values() if piece.base is None]
    assert len(whole) == 5
    assert max(depth(found, item.id) for item in items) == 1
    hanging = [around(found, item.id) for item in items]
    assert max(hanging.count(piece.id) for piece in whole) <= 65


def test_chains_stay_short_however_often_packs_are_merged(tmp_path: Path) -> None:
    items = [commit(number) for number in range(400)]
    lying: list[Pack] = []
    for start in range(0, 400, 4):
        more = written(tmp_path, *([item] for item in items[start : start + 4]))
        pieces, _ = repacking.repack([*lying, *more], at_rest=True)
        _, content, index = packs.encode(pieces)
        (tmp_path / "all.pack").unlink(missing_ok=True)
        (tmp_path / "all.idx").unlink(missing_ok=True)
        (tmp_path / "all.pack").write_bytes(content)
        (tmp_path / "all.idx").write_bytes(index)
        lying = [Pack(tmp_path / "all.idx")]
    found = {piece.id: piece for piece in pieces}
    assert len(found) == 400
    assert max(depth(found, item.id) for item in items) <= 2


def test_documents_of_another_form_gather_around_one_of_their_own(tmp_path: Path) -> None:
    others = [
        packs.packed(BLOB, b'{\n  "modules": "' + b"abcdefgh " * 20 + b'%d"\n}\n' % number)
        for number in range(9)
    ]
    items = [document(number) for number in range(20)]
    found = merged(tmp_path, others, items)
    assert sum(piece.base is None for piece in found.values()) == 2
    assert {around(found, item.id) for item in items}.isdisjoint(around(found, item.id) for item in others)


def test_records_are_left_for_the_next_version_to_begin_with(tmp_path: Path) -> None:
    one = [
        b'{"id":"%06d","query":"%s"}\n' % (number, CHANCE.randbytes(90).hex().encode()) for number in range(4)
    ]
    turns = [[packs.packed(BLOB, line)] for line in one]
    found = merged(tmp_path, *turns)
    assert all(piece.base is None for piece in found.values())
    longer = packs.packed(BLOB, one[0] + one[1])
    found = merged(tmp_path, *turns, [longer])
    assert found[turns[0][0].id].base == longer.id
    assert len(found[turns[0][0].id].stream) < 25


def test_short_trees_and_an_empty_one_are_no_trouble(tmp_path: Path) -> None:
    made = [packs.packed(TREE, b"100644 session.json\0" + CHANCE.randbytes(20)) for _ in range(9)]
    found = merged(tmp_path, [packs.packed(TREE, b"")], made[:4], made[4:])
    assert len(found) == 10
    assert all(len(piece.stream) <= 50 for piece in found.values())


def test_trees_of_many_directories_follow_each_other_though_the_first_name_is_new(tmp_path: Path) -> None:
    rows = [b"40000 %08d\0" % number + CHANCE.randbytes(20) for number in range(400)]
    turns = [[packs.packed(TREE, b"".join(rows[400 - number :]))] for number in range(200, 400, 20)]
    found = merged(tmp_path, *turns)
    assert sum(piece.base is None for piece in found.values()) == 1
    assert sum(len(piece.stream) for piece in found.values()) < 22_000


def test_a_stream_that_was_prolonged_often_is_compressed_anew(tmp_path: Path) -> None:
    content = b"".join(CHANCE.randbytes(8).hex().encode() * 2 for _ in range(1000))
    stream = streams.compress(content, 6)
    assert not streams.is_patchy(stream)
    size = len(content)
    for _ in range(40):
        more = content + CHANCE.randbytes(8).hex().encode()
        prolonged = streams.prolong(stream, more, size, 6)
        assert prolonged is not None
        assert streams.is_prolonged(stream, prolonged)
        assert not streams.is_prolonged(prolonged, stream)
        content, size, stream = more, len(more), prolonged
    assert streams.is_patchy(stream)
    item = packs.packed(BLOB, content)
    _, pack, index = packs.encode([Piece(item.id, BLOB, size, stream)])
    (tmp_path / "one.pack").write_bytes(pack)
    (tmp_path / "one.idx").write_bytes(index)
    pieces, _ = repacking.repack(
        [Pack(tmp_path / "one.idx"), *written(tmp_path, [document(1)])], at_rest=True
    )
    found = {piece.id: piece for piece in pieces}
    assert not streams.is_patchy(found[item.id].stream)
    assert len(found[item.id].stream) < len(stream) - 200
    assert streams.prolong(found[item.id].stream, content + b"!", size, 6) is not None
    many = written(tmp_path, [commit(number) for number in range(600)])
    pieces, _ = repacking.repack([Pack(tmp_path / "one.idx"), *many])
    assert {piece.id: piece for piece in pieces}[item.id].stream == stream, "it will be prolonged again"


def test_bases_are_kept_in_memory_up_to_a_bound(tmp_path: Path) -> None:
    contents = [CHANCE.randbytes(100_000) for _ in range(20)]
    items: list[Packed] = []
    for content in contents:
        whole = packs.packed(BLOB, content)
        items += [whole, packs.packed(BLOB, content[:50_000] + b"!" + content[50_000:], whole.id)]
    (pack,) = written(tmp_path, items)
    for item in (*items, *items):
        offset = pack.offset(bytes.fromhex(item.id))
        assert offset is not None
        assert pack.read(offset, _nowhere) == (BLOB, item.content)
        assert sum(len(kept) for _, kept in pack._bases.values()) == pack._kept <= 1 << 20
    assert len(pack._bases) == 10


def long_tree() -> Packed:
    return packs.packed(
        TREE, b"".join(b"40000 %08d\0" % number + CHANCE.randbytes(20) for number in range(200))
    )


@pytest.mark.parametrize("count", [20, 511, 512])
def test_at_work_all_is_copied_as_it_lies_until_it_is_many(tmp_path: Path, count: int) -> None:
    items = [long_tree(), *(commit(number) for number in range(count - 1))]
    old = written(tmp_path, *([item] for item in items))
    lying = {identifier: stream for pack in old for identifier, _, _, stream, _ in pack.pieces()}
    pieces, sources = repacking.repack(old)
    assert sources == old[::-1]
    assert len(pieces) == count
    same = {piece.id for piece in pieces if piece.base is None and piece.stream == lying[piece.id]}
    assert same == lying.keys() - ({items[0].id} if count == 512 else set()), "it was only stored"


def test_so_many_that_nobody_may_ever_rest_become_deltas_of_what_they_are_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repacking, "_MANY", 300)
    for count, deltas in ((299, 0), (300, 280)):
        old = written(tmp_path, *([commit(number)] for number in range(count)))
        pieces, _ = repacking.repack(old)
        assert sum(piece.base is not None for piece in pieces) >= deltas
        assert deltas or all(piece.base is None for piece in pieces)


def test_at_rest_only_what_is_stored_or_patchy_is_compressed_anew_and_with_a_level_all(
    tmp_path: Path,
) -> None:
    content = b"".join(CHANCE.randbytes(8).hex().encode() * 2 for _ in range(100))
    quick = Piece(packs.packed(BLOB, content).id, BLOB, len(content), streams.compress(content, 1))
    _, pack, index = packs.encode([quick])
    (tmp_path / "one.pack").write_bytes(pack)
    (tmp_path / "one.idx").write_bytes(index)
    old = [Pack(tmp_path / "one.idx"), *written(tmp_path, [long_tree()])]
    sizes = []
    for options in ({}, {"at_rest": True}, {"level": 9}):
        pieces, _ = repacking.repack(old, **options)  # type: ignore[arg-type]
        sizes.append([len(piece.stream) for piece in sorted(pieces, key=lambda piece: piece.kind)])
    as_it_lies, at_rest, best = sizes
    assert at_rest[0] < as_it_lies[0], "the tree"
    assert at_rest[1] == as_it_lies[1] > best[1], "the file"
    commits = written(tmp_path, [commit(number) for number in range(20)])
    assert sum(piece.base is None for piece in repacking.repack(commits)[0]) == 20
    assert sum(piece.base is None for piece in repacking.repack(commits, 9)[0]) == 1, "there is time for it"


def test_loose_objects_come_in_once(tmp_path: Path) -> None:
    old = written(tmp_path, [commit(1), document(1)])
    (known, _) = old[0].ids()
    more = packs.packed(BLOB, b"loose")
    loose = [Piece(item, BLOB, 5, streams.compress(b"loose", 9)) for item in (known, more.id)]
    pieces, sources = repacking.repack(old, loose=loose)
    assert sources == old
    assert {piece.id for piece in pieces} == {*old[0].ids(), more.id}
    assert {piece.id: piece for piece in pieces}[known].stream != loose[0].stream, "the pack's own is there"


def test_commits_come_first_the_newest_at_the_front_and_deltas_behind_what_they_are_of(
    tmp_path: Path,
) -> None:
    one = [b'{"id":"%06d","query":"%s"}\n' % (number, b"0123456789" * 20) for number in range(6)]
    turns = [[commit(number), packs.packed(BLOB, b"".join(one[: number + 1]))] for number in range(6)]
    pieces, _ = repacking.repack(written(tmp_path, *turns))
    assert [piece.id for piece in pieces[:6]] == [turn[0].id for turn in reversed(turns)]
    assert [piece.base for piece in pieces[6:]] == [None] + [turns[-1][1].id] * 5
    assert pieces[6].id == turns[-1][1].id


def test_a_damaged_pack_is_left_out_and_what_others_have_of_it_is_there(tmp_path: Path) -> None:
    shared = commit(1)
    sound, torn = written(tmp_path, [shared, document(1)], [shared, document(2)])
    content = bytearray(torn.path.with_suffix(".pack").read_bytes())
    content[-30] ^= 1
    torn.path.with_suffix(".pack").write_bytes(content)
    pieces, sources = repacking.repack([sound, Pack(torn.path.with_suffix(".idx"))])
    assert sources == [sound]
    assert {piece.id for piece in pieces} == set(sound.ids())


@pytest.mark.parametrize("options", [{}, {"at_rest": True}, {"level": 9}], ids=str)
@pytest.mark.parametrize("kind", [BLOB, TREE])
def test_an_object_that_was_written_damaged_is_copied_as_it_lies(
    tmp_path: Path, options: dict[str, int], kind: int
) -> None:
    """Its checksum in the index is right: the memory was wrong, not the disk."""
    wrong = Piece("1" * 40, kind, 200, b"\x78\x9c" + b"no stream at all" * 20)
    items = [document(number) for number in range(5)]
    whole = packs.pieces(items, lambda _: None, set())
    _, pack, index = packs.encode([wrong, *whole])
    (tmp_path / "one.pack").write_bytes(pack)
    (tmp_path / "one.idx").write_bytes(index)
    pieces, sources = repacking.repack([Pack(tmp_path / "one.idx")], **options)  # type: ignore[arg-type]
    found = {piece.id: piece for piece in pieces}
    assert found[wrong.id].stream == wrong.stream
    assert found.keys() == {wrong.id, *(item.id for item in items)}
    assert len(sources) == 1


def _nowhere(identifier: str) -> tuple[int, bytes]:
    raise AssertionError(identifier)
