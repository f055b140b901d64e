"""Whatever was made anew reads back from one pack, as real git reads it."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitstore.kinds import BLOB, TREE, identify
from gitstore.objects import packs, repacking, trees
from gitstore.purging.produced import Produced
from tests.support.stores import git, open_store

_EMPTY = identify(BLOB, b"")


def _tree(names: list[int], change: int) -> bytes:
    content = b""
    for name in sorted(set(names)):
        content = trees.splice(
            content, f"{name:08}", "100644", identify(BLOB, b"%d" % (change if name == names[0] else name))
        )
    return content


@st.composite
def versions(draw: st.DrawFn) -> list[tuple[str, str, bytes]]:
    """Versions of directories and files, long ones and short ones, that grow, shrink and come back."""
    found: list[tuple[str, str, bytes]] = []
    wide = draw(st.integers(0, 400))
    content = b""
    for number in range(draw(st.integers(1, 60))):
        path = draw(st.sampled_from(["cli", "else/where"]))
        if draw(st.booleans()):
            names = list(range(wide + draw(st.integers(0, 3))))
            found.append(("tree", path, _tree(names or [1], draw(st.integers(0, 5)))))
            continue
        size = draw(st.sampled_from([0, 1, 90, 5_000, 70_000]))
        content = draw(st.sampled_from([content, b""])) + bytes([65 + number % 26]) * size
        found.append(("blob", path, content))
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("produced") / "sessions"
    with open_store(path):
        pass
    return path


@given(versions())
def test_any_versions_read_back_from_a_pack_that_git_accepts(
    store: Path, made: list[tuple[str, str, bytes]]
) -> None:
    produced = Produced()
    wanted: dict[str, tuple[int, bytes]] = {}
    for kind, path, content in made:
        if kind == "tree":
            wanted[produced.tree(path, content)] = TREE, content
        else:
            wanted[produced.blob(path, content)] = BLOB, content
    assert all(each in produced for each in wanted)
    assert produced.ids() == set(wanted)
    assert all(identify(*each) == name for name, each in wanted.items())
    pieces = repacking.in_order([*reversed(produced.pieces())])
    assert len(pieces) == len(wanted)
    name, pack, _ = packs.encode(pieces)
    folder = store.parent / "packs"
    folder.mkdir(exist_ok=True)
    file = folder / f"pack-{name}.pack"
    file.write_bytes(pack)
    git(store, "index-pack", str(file))
    read = git(store, "verify-pack", "-v", str(file))
    assert {line.split()[0] for line in read.splitlines() if " blob " in line or " tree " in line} == set(
        wanted
    )
    git(store, "unpack-objects", "-q", stdin=pack)
    names = "".join(f"{each}\n" for each in wanted).encode()
    command = ["git", "-C", str(store), "cat-file", "--batch"]
    found = subprocess.run(command, input=names, capture_output=True, check=True).stdout
    for each, (kind, content) in wanted.items():
        head = f"{each} {'tree' if kind == TREE else 'blob'} {len(content)}\n".encode()
        assert found.startswith(head + content + b"\n")
        found = found[len(head) + len(content) + 1 :]
