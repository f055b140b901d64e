"""What we write git reads, and what git writes we read: packs, deltas, trees, the index."""

import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitstore.errors import Damaged
from gitstore.git.index import Index
from gitstore.kinds import BLOB, COMMIT, TREE, identify
from gitstore.objects import deltas, packs, trees
from gitstore.objects.objects import ObjectReader
from gitstore.objects.packfile import Pack
from tests.support.stores import git

FEW = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = st.binary(max_size=80) | st.binary(min_size=20, max_size=60).map(lambda piece: piece * 40)


def given_to(path: Path, content: bytes, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(path), *arguments], input=content, capture_output=True, check=True
    )
    return done.stdout.decode("utf-8", "surrogateescape").strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("round") / "repository"
    git(path.parent, "init", "-q", str(path))
    return path


@FEW
@given(st.lists(TEXT, min_size=1, max_size=8, unique=True), st.data())
def test_a_pack_is_indexed_by_git_to_the_byte_as_by_us_and_read_back_by_both(
    repository: Path, contents: list[bytes], data: st.DataObject
) -> None:
    objects, bases = [], []
    for content in contents:
        base = data.draw(st.sampled_from([None, *bases]))
        item = packs.packed(BLOB, content, base)
        objects.append(item)
        bases.append(item.id)
    tree = b"".join(trees.splice(b"", f"{rank:03}", trees.FILE, item.id) for rank, item in enumerate(objects))
    objects.append(packs.packed(TREE, tree))
    who = b"A <a@example.invalid> 1 +0000"
    commit = b"tree " + objects[-1].id.encode() + b"\nauthor " + who + b"\ncommitter " + who + b"\n\nx\n"
    objects.append(packs.packed(COMMIT, commit))
    name, pack, index = packs.pack_of(objects, data.draw(st.integers(0, 9)))
    folder = repository / ".git/objects/pack"
    made = folder / f"pack-{name}.pack"
    made.write_bytes(pack)
    try:
        theirs = repository / "theirs.idx"
        git(repository, "index-pack", "--strict", "-o", str(theirs), str(made))
        assert theirs.read_bytes() == index
        theirs.unlink()
        made.with_suffix(".idx").write_bytes(index)
        shown = git(repository, "verify-pack", "-v", str(made.with_suffix(".idx")))
        assert {row.split()[0] for row in shown.splitlines() if len(row) > 40 and row[40] == " "} == {
            item.id for item in objects
        }
        reader = ObjectReader(repository / ".git")
        for item in objects:
            assert reader.read(item.id) == (item.kind, item.content)
        assert {row[0] for row in Pack(made.with_suffix(".idx")).pieces()} == {item.id for item in objects}
    finally:
        for found in folder.iterdir():
            found.unlink()


def test_objects_that_git_packed_with_deltas_of_its_own_are_read(repository: Path) -> None:
    chance = random.Random(5)
    text = bytearray(chance.randbytes(30_000))
    wanted = {}
    for _ in range(30):
        at = chance.randrange(len(text))
        text[at : at + chance.randrange(300)] = chance.randbytes(chance.randrange(300))
        wanted[given_to(repository, bytes(text), "hash-object", "-w", "--stdin")] = bytes(text)
    for options in (
        ("--depth=50",),
        ("--depth=50", "--delta-base-offset"),
        ("--no-reuse-delta", "--window=30"),
    ):
        name = given_to(
            repository, "\n".join(wanted).encode(), "pack-objects", "-q", *options, str(repository / "their")
        )
        found = Pack(repository / f"their-{name}.idx")
        shown = git(repository, "verify-pack", "-v", str(repository / f"their-{name}.idx"))
        assert shown.count("chain length") >= 1
        reader = ObjectReader(repository / ".git")
        assert {row[0] for row in found.pieces()} == wanted.keys()
        assert {each: reader.read(each) for each in wanted} == {
            each: (BLOB, content) for each, content in wanted.items()
        }


@given(TEXT, st.binary(max_size=40), st.binary(max_size=40))
def test_whatever_is_taken_for_a_delta_is_refused_or_applied_and_never_crashes(
    base: bytes, delta: bytes, more: bytes
) -> None:
    for tried in (delta, deltas.make(base, delta)[: len(delta)] + more, bytes((len(base) & 0x7F,)) + delta):
        try:
            deltas.apply(base, tried)
        except Damaged as damaged:
            assert damaged.place == "delta"  # noqa: PT017  it need not be refused


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=6), st.lists(st.integers(0, 5), max_size=12))
def test_pieces_in_any_order_make_a_text_of_another(pieces: list[bytes], order: list[int]) -> None:
    base = b"".join(pieces)
    target = b"".join(pieces[rank] for rank in order if rank < len(pieces))
    assert deltas.apply(base, deltas.make(base, target)) == target


@FEW
@given(
    st.dictionaries(
        st.text(st.sampled_from("ab.-0é \udcff"), min_size=1, max_size=5).filter(
            lambda name: name not in {".", ".."}
        ),
        st.sampled_from(["100644", "100755", "120000", "40000", "160000"]),
        max_size=12,
    )
)
def test_a_tree_spliced_in_any_order_is_the_one_git_makes(repository: Path, modes: dict[str, str]) -> None:
    tree, rows = b"", []
    blob = given_to(repository, b"", "hash-object", "-w", "--stdin")
    kinds = {"40000": ("tree", trees.EMPTY), "160000": ("commit", "1" * 40)}
    for name, mode in modes.items():
        kind, identifier = kinds.get(mode, ("blob", blob))
        tree = trees.splice(tree, name, mode, identifier)
        rows.append(f"{mode.zfill(6)} {kind} {identifier}\t{name}".encode("utf-8", "surrogateescape") + b"\0")
    made = given_to(repository, b"".join(rows), "mktree", "--missing", "-z")
    assert identify(TREE, tree) == made
    assert {entry.name: entry.mode for entry in trees.parse(tree)} == modes


NAMES = st.sampled_from(["a", "a.b", "a/b", "a/c", "b/c/d", "é", "long" * 40, "z z", "b-c", "b0"])


@FEW
@given(st.lists(st.tuples(NAMES, st.none() | st.integers(0, 3)), max_size=15), st.sampled_from(["2", "4"]))
def test_an_index_that_both_change_in_turn_is_the_one_git_shows(
    repository: Path, steps: list[tuple[str, int | None]], version: str
) -> None:
    path = repository / ".git/index"
    path.unlink(missing_ok=True)
    blobs = [given_to(repository, b"%d" % number, "hash-object", "-w", "--stdin") for number in range(4)]
    model: dict[str, str] = {}
    for rank, (name, blob) in enumerate(steps):
        clashing = [known for known in model if known.startswith(name + "/") or name.startswith(known + "/")]
        if clashing:  # a file where a directory is: git drops the one for the other, and so would a tree
            continue
        if rank % 3 == 2:
            row = f"0 {'0' * 40}\t{name}" if blob is None else f"100644 {blobs[blob]} 0\t{name}"
            given_to(repository, row.encode() + b"\0", "update-index", "-z", "--add", "--index-info")
            git(repository, "update-index", "--index-version", version)
        else:
            index = Index(path.read_bytes() if path.exists() else None)
            if blob is None:
                index.remove(name)
            else:
                index.set(name, blobs[blob], None)
            path.write_bytes(index.encode())
        model.pop(name, None)
        if blob is not None:
            model[name] = blobs[blob]
        rows = git(repository, "ls-files", "--stage", "-z").split("\0")[:-1]
        assert {row.split("\t")[1]: row.split()[1] for row in rows} == model
        ours = Index(path.read_bytes() if path.exists() else None)
        assert sorted(ours.paths()) == sorted(model)
        assert {known: [entry.id for entry in ours.get(known)] for known in model} == {
            known: [identifier] for known, identifier in model.items()
        }
    git(repository, "fsck", "--strict")
