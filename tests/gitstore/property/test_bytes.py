"""Laws of what is spliced, framed and packed as bytes; real git is the judge where it has a word on it."""

import hashlib
import json
import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitstore.changes import journal
from gitstore.changes.documents import update_document
from gitstore.disk.segments import append_record, has_record
from gitstore.errors import Damaged
from gitstore.git.index import DamagedIndex, Index, UnknownIndex
from gitstore.kinds import BLOB, TREE, identify
from gitstore.objects import deltas, packs, trees
from gitstore.objects.packfile import Pack
from gitstore.values import UpdateDocument

NAMES = st.text(st.sampled_from("ab/.-_0é "), min_size=1, max_size=6).filter(
    lambda name: "/" not in name and name not in {".", "..", ".git"}
)
FIXED = st.text(st.sampled_from("abc9"), min_size=4, max_size=4)
IDS = st.binary(min_size=20, max_size=20).map(bytes.hex)
ONE_ENTRY = st.tuples(st.sampled_from([trees.FILE, trees.DIRECTORY]), IDS)


def _sorted_tree(model: dict[str, tuple[str, str]]) -> bytes:
    def key(name: str) -> bytes:
        return trees.encode_name(name) + (b"/" if model[name][0] == trees.DIRECTORY else b"")

    rows = ((name, *model[name]) for name in sorted(model, key=key))
    return b"".join(m.encode() + b" " + trees.encode_name(n) + b"\0" + bytes.fromhex(i) for n, m, i in rows)


@given(st.lists(st.tuples(NAMES | FIXED, st.none() | ONE_ENTRY), max_size=20))
def test_a_spliced_tree_is_the_tree_that_is_made_at_once(
    steps: list[tuple[str, tuple[str, str] | None]],
) -> None:
    model: dict[str, tuple[str, str]] = {}
    tree = b""
    for name, entry in steps:
        if entry is None:
            model.pop(name, None)
            tree = trees.splice(tree, name, None)
        else:
            model[name] = entry
            tree = trees.splice(tree, name, *entry)
        assert tree == _sorted_tree(model)
        assert sorted(row.name for row in trees.parse(tree)) == sorted(model)
        found = trees.find(tree, name)
        assert (None if found is None else (found.mode, found.id)) == model.get(name)


@given(st.dictionaries(FIXED, IDS, max_size=30), st.dictionaries(FIXED, IDS, max_size=5), st.sets(FIXED))
def test_what_differs_between_two_trees_is_found(
    old: dict[str, str], come: dict[str, str], gone: set[str]
) -> None:
    new = {name: i for name, i in (old | come).items() if name not in gone}
    one = _sorted_tree({name: (trees.DIRECTORY, i) for name, i in old.items()})
    other = _sorted_tree({name: (trees.DIRECTORY, i) for name, i in new.items()})
    left, right = trees.changed(one, other)
    assert {(e.name, e.id) for e in left} == old.items() - new.items()
    assert {(e.name, e.id) for e in right} == new.items() - old.items()


def test_git_makes_the_same_tree(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    tree, blob = b"", identify(BLOB, b"")
    lines = []
    for name in ("a", "a.b", "a-b", "ab", "a0", "z", "Ä"):
        mode, kind, found = (
            (trees.DIRECTORY, "tree", trees.EMPTY) if name == "a" else (trees.FILE, "blob", blob)
        )
        tree = trees.splice(tree, name, mode, found)
        lines.append(f"{mode.zfill(6)} {kind} {found}\t{name}")
    made = subprocess.run(
        ["git", "-C", str(tmp_path), "mktree", "--missing"],
        input="\n".join(reversed(lines)).encode() + b"\n", capture_output=True, check=True,
    )  # fmt: skip
    assert made.stdout.decode().strip() == identify(TREE, tree)


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=300))
def test_a_delta_makes_its_target(head: bytes, middle: bytes, tail: bytes) -> None:
    base, target = head + tail, head + middle + tail
    for one, other in ((base, target), (target, base), (middle, base)):
        assert deltas.apply(one, deltas.make(one, other)) == other
    with pytest.raises(Damaged):
        deltas.apply(base + b"x", deltas.make(base, target))


def test_a_long_copy_is_written_in_pieces_that_git_takes(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True)
    base = bytes(range(256)) * 80_000
    newest = packs.packed(BLOB, base + b"newest")
    older = packs.packed(BLOB, base[:0x1_0000], newest.id)
    oldest = packs.packed(BLOB, base, newest.id)
    name, pack, index = packs.pack_of([newest, older, oldest])
    folder = tmp_path / "objects" / "pack"
    (folder / f"pack-{name}.pack").write_bytes(pack)
    (folder / f"pack-{name}.idx").write_bytes(index)
    subprocess.run(["git", "-C", str(tmp_path), "verify-pack", str(folder / f"pack-{name}.idx")], check=True)
    assert len(pack) < 200_000
    shown = subprocess.run(
        ["git", "-C", str(tmp_path), "cat-file", "blob", oldest.id], capture_output=True, check=True
    )
    assert shown.stdout == base
    assert Pack(folder / f"pack-{name}.idx").ids() == sorted([newest.id, older.id, oldest.id])


@given(st.lists(st.binary(max_size=60), max_size=6), st.binary(max_size=20), st.data())
def test_a_journal_gives_back_whole_frames_whatever_tears_its_end(
    payloads: list[bytes], rubbish: bytes, data: st.DataObject
) -> None:
    frames = [journal.frame(journal.CHANGE, payload) for payload in payloads]
    whole = b"".join(frames)
    assert [found.payload for found in journal.scan(whole).frames] == payloads
    cut = data.draw(st.integers(0, len(whole)))
    found = journal.scan(whole[:cut] + rubbish)
    kept = [found.payload for found in found.frames]
    assert kept == payloads[: len(kept)]
    assert len(b"".join(frames[: len(kept) + 1])) > cut or len(kept) == len(payloads)


@given(st.lists(st.binary(min_size=1, max_size=60), min_size=3, max_size=6), st.data())
def test_damage_in_the_middle_of_a_journal_costs_what_it_hit(
    payloads: list[bytes], data: st.DataObject
) -> None:
    frames = [bytearray(journal.frame(journal.CHANGE, payload)) for payload in payloads]
    hit = data.draw(st.integers(0, len(frames) - 2))
    at = data.draw(st.integers(0, len(frames[hit]) - 1))
    frames[hit][at] ^= 1 << data.draw(st.integers(0, 7))
    found = journal.scan(b"".join(frames))
    assert [item.payload for item in found.frames] == payloads[:hit] + payloads[hit + 1 :]
    assert len(found.damaged) == 1


RECORDS = st.lists(st.integers(0, 30), unique=True, max_size=12)


def _line(number: int) -> bytes:
    return json.dumps({"id": f"{number:03}"}).encode()


@given(RECORDS, st.sampled_from([b"", b"torn", b'{"no": "id"}\n', b"\0\0\0\n"]))
def test_records_end_up_in_order_of_their_ids_and_foreign_lines_stay(
    order: list[int], foreign: bytes
) -> None:
    content = foreign
    for number in order:
        assert not has_record(content, f"{number:03}")
        content = append_record(content, _line(number), f"{number:03}")
        assert has_record(content, f"{number:03}")
    lines = content.splitlines()
    if foreign:
        assert foreign.rstrip(b"\n") in lines
        lines.remove(foreign.rstrip(b"\n"))
    assert lines == [_line(number) for number in sorted(order)]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=5), st.integers(-5, 5), st.integers(-5, 5))
def test_fields_that_a_change_does_not_name_are_kept(document: dict[str, object], one: int, two: int) -> None:
    content = json.dumps(document).encode()
    for step in (UpdateDocument("x", increase={"n!": one}, maximum={"m!": two}, default={"d!": 1}),) * 2:
        content = update_document(content, [step]) or b""
    assert json.loads(content) == document | {"n!": 2 * one, "m!": two, "d!": 1}


@given(st.lists(st.integers(-50, 50), min_size=1))
def test_counts_and_extremes_do_not_depend_on_the_order_of_changes(values: list[int]) -> None:
    def all_of(order: list[int]) -> bytes:
        content: bytes | None = None
        for value in order:
            change = UpdateDocument(
                "x", increase={"sum": value}, maximum={"max": value}, minimum={"min": value}
            )
            content = update_document(content, [change])
        return content or b""

    found = json.loads(all_of(values))
    assert found == {"sum": sum(values), "max": max(values), "min": min(values)}
    assert json.loads(all_of(values[::-1])) == found


@pytest.mark.parametrize("content", [b"", b"[1]", b"nonsense", b"\xff", b"[" * 100_000])
def test_a_document_that_is_none_is_not_touched(content: bytes) -> None:
    assert update_document(content, [UpdateDocument("x", set={"a": 1})]) is None


def test_an_index_with_changes_is_the_one_git_reads(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    made = Index()
    names = ["b", "a/b", "a.b", "a-b", "long" * 1100, "é", *(f"n{number}" for number in range(20))]
    for name in names:
        made.set(name, identify(BLOB, name.encode()), None)
    made.remove("n3")
    made.set("n4", identify(BLOB, b"new"), None)
    (tmp_path / ".git" / "index").write_bytes(made.encode())
    shown = subprocess.run(
        ["git", "-C", str(tmp_path), "ls-files", "-s", "-z"], capture_output=True, check=True
    ).stdout.decode()
    rows = {row.split("\t")[1]: row.split(" ")[1] for row in shown.split("\0") if row}
    expected = {name: identify(BLOB, name.encode()) for name in names if name != "n3"}
    assert rows == expected | {"n4": identify(BLOB, b"new")}
    again = Index(made.encode())
    assert again.encode() == made.encode()
    assert again.paths() == made.paths()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_index_is_refused_and_never_half_read(data: st.DataObject) -> None:
    made = Index()
    for number in range(5):
        made.set(f"name-{number}", identify(BLOB, b"x"), None)
    content = bytearray(made.encode())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(DamagedIndex):
        Index(bytes(content))


def test_zeros_behind_an_index_are_damage_whatever_its_checksum_looks_like() -> None:
    made = Index()
    made.set("name", identify(BLOB, b"x"), None)
    content = made.encode()
    for first in range(256):  # one that begins with small letters could be an extension that git must know
        with pytest.raises(DamagedIndex):
            Index(content[:-20] + bytes((first,)) + b"abc" + content[-16:] + bytes(40))


def test_an_index_with_an_extension_that_must_be_known_is_left_alone() -> None:
    made = Index()
    made.set("name", identify(BLOB, b"x"), None)
    whole = made.encode()[:-20] + b"link" + (4).to_bytes(4, "big") + b"\0\0\0\0"
    with pytest.raises(UnknownIndex):
        Index(whole + hashlib.sha1(whole, usedforsecurity=False).digest())


@given(
    st.lists(st.sampled_from(["a/b", "a/b.c", "a/bc", "a/c", "b", "a"]), min_size=1, max_size=6, unique=True),
    st.lists(st.sampled_from(["a/b", "a/b.c", "a/bc", "a/c", "b", "a"]), min_size=1, max_size=6, unique=True),
    st.randoms(use_true_random=False),
)
def test_places_that_were_asked_for_stay_right_while_entries_come_and_go(
    before: list[str], after: list[str], chance: random.Random
) -> None:
    index = Index()
    for name in before:
        index.set(name, identify(BLOB, name.encode()), None)
    asked = sorted({*before, *after}, key=lambda _: chance.random())
    for name in asked:
        index.get(name)
    for name in sorted(asked, key=lambda _: chance.random()):
        if name in after:
            index.set(name, identify(BLOB, b"new " + name.encode()), None)
        else:
            index.remove(name)
        assert Index(index.encode()).paths() == index.paths()
    assert index.paths() == sorted(after)
    assert Index(index.encode()).paths() == sorted(after)
    for name in asked:
        assert len(index.get(name)) == (name in after)
