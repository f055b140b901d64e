"""Merged packs hold what they held before: by our reader, by git's, by dulwich's and by libgit2's."""

from pathlib import Path

import pygit2
import pytest
from dulwich.object_store import DiskObjectStore
from dulwich.objects import ObjectID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitstore.kinds import BLOB, COMMIT, TREE
from gitstore.objects import deltas, packs, repacking, trees
from gitstore.objects.packfile import Pack
from gitstore.objects.packs import Packed
from tests.support.stores import git

FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = st.lists(st.sampled_from([b"margin ", b"cash flow ", b"2019 ", b"\n", b"rev", b"{}"]), max_size=30)
TEXTS = st.lists(WORDS.map(b"".join) | st.binary(max_size=20), max_size=8).map(b"".join)
IDS = st.binary(min_size=20, max_size=20)


@given(TEXTS, TEXTS)
def test_a_delta_makes_its_target_of_any_base(base: bytes, target: bytes) -> None:
    kept = deltas.Base(base)
    for text in (target, target + base, base + target, base[3:] + target + base[:40]):
        assert deltas.apply(base, kept.make(text)) == text


@given(st.binary(min_size=200, max_size=400), st.integers(12, 60), st.data())
def test_what_the_base_has_is_copied_wherever_it_stands(base: bytes, size: int, data: st.DataObject) -> None:
    pieces = []
    for mark in (b"\0one\0", b"\0two\0", b"\0three\0"):
        at = data.draw(st.integers(0, len(base) - 2 * size))
        pieces += [mark, base[at : at + 2 * size]]
    target = b"".join(pieces)
    delta = deltas.make(base, target)
    assert deltas.apply(base, delta) == target
    assert len(delta) < len(target) + 12


@given(
    st.lists(IDS, unique=True, max_size=12),
    st.lists(IDS, max_size=6),
    st.randoms(use_true_random=False),
    st.data(),
)
def test_a_delta_of_rows_makes_its_target(
    before: list[bytes], more: list[bytes], chance: object, data: st.DataObject
) -> None:
    after = data.draw(st.permutations([*data.draw(st.lists(st.sampled_from(before or [b"x" * 20]))), *more]))
    base, target = b"".join(before), b"".join(after)
    assert deltas.apply(base, deltas.make_of_rows(base, target, 20)) == target
    assert deltas.apply(base, deltas.make_of_rows(base, target + b"rest", 20)) == target + b"rest"


def test_many_rows_put_in_side_by_side_cost_what_they_are() -> None:
    rows = [b"40000 %08d\0" % number + number.to_bytes(20, "little") for number in range(0, 600, 2)]
    more = [b"40000 %08d\0" % number + number.to_bytes(20, "little") for number in range(201, 400)]
    base, target = b"".join(rows), b"".join(sorted(rows + more))
    delta = deltas.make_of_rows(base, target, 35)
    assert deltas.apply(base, delta) == target
    assert len(delta) < len(more) * (35 + 8) + 40


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("merged") / "repository"
    git(path.parent, "init", "-q", str(path))
    return path


def _commits(contents: list[bytes]) -> list[list[Packed]]:
    """Turns that put one file into a tree each, whole."""
    turns, tree, above = [], b"", b""
    for rank, content in enumerate(contents):
        blob = packs.packed(BLOB, content)
        tree = trees.splice(tree, f"{rank % 5}", trees.FILE, blob.id)
        packed = packs.packed(TREE, tree)
        who = b"Somebody With A Name <somebody@example.invalid> %d +0000" % (1_790_000_000 + rank)
        commit = packs.packed(
            COMMIT,
            b"tree %s\n%sauthor %s\ncommitter %s\n\nq %d\n" % (packed.id.encode(), above, who, who, rank),
        )
        above = b"parent " + commit.id.encode() + b"\n"
        turns.append([commit, packed, blob])
    return turns


@FEW
@given(st.lists(TEXTS, min_size=2, max_size=40), st.integers(1, 9), st.booleans())
def test_a_merged_pack_has_every_object_for_every_reader(
    repository: Path, contents: list[bytes], together: int, at_rest: bool
) -> None:
    folder = repository / ".git/objects/pack"
    turns = _commits(contents)
    wanted = {item.id: item for turn in turns for item in turn}
    try:
        lying: list[Pack] = []
        for start in range(0, len(turns), together):
            some = {item.id: item for turn in turns[start : start + together] for item in turn}
            lying = [*lying, _write(folder, packs.pack_of(list(some.values())))]
            pieces, sources = repacking.repack(lying, at_rest=at_rest)
            assert sources[::-1] == lying
            assert {piece.id for piece in pieces} <= wanted.keys()
            merged = _write(folder, packs.encode(pieces))
            lying = [merged]
        _judge(repository, merged, wanted)
    finally:
        for found in folder.iterdir():
            found.unlink()


def _write(folder: Path, pack: tuple[str, bytes, bytes]) -> Pack:
    for found in folder.iterdir():
        found.unlink()
    name, content, index = pack
    (folder / f"pack-{name}.pack").write_bytes(content)
    (folder / f"pack-{name}.idx").write_bytes(index)
    return Pack(folder / f"pack-{name}.idx")


def _judge(repository: Path, merged: Pack, wanted: dict[str, Packed]) -> None:
    assert set(merged.ids()) == wanted.keys()
    git(repository, "verify-pack", str(merged.path.with_suffix(".idx")))
    git(repository, "index-pack", "--strict", "-o", str(repository / "theirs.idx"), str(merged.path))
    assert (repository / "theirs.idx").read_bytes() == merged.path.with_suffix(".idx").read_bytes()
    theirs, also = DiskObjectStore(str(repository / ".git/objects")), pygit2.Repository(str(repository))
    try:
        for identifier, item in wanted.items():
            offset = merged.offset(bytes.fromhex(identifier))
            assert offset is not None
            assert merged.read(offset, _nowhere) == (item.kind, item.content)
            assert theirs.get_raw(ObjectID(identifier.encode())) == (item.kind, item.content)
            assert also.read(identifier)[1] == item.content
    finally:
        theirs.close()
        also.free()


def _nowhere(identifier: str) -> tuple[int, bytes]:
    raise AssertionError(identifier)
