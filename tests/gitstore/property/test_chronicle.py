"""What is remembered of a history of any form is what walking through it says, wherever the branch is."""

import hashlib
import tempfile
import zlib
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from gitstore import HISTORY, Catalog, Identity
from gitstore.history.chronicle import Chronicle
from gitstore.history.departed import Departed
from gitstore.history.history import History
from gitstore.objects import commits, trees
from gitstore.objects.objects import ObjectReader
from tests.support.stores import WHO

NAMES = ("aaaa", "bbbb", "c\udcff")
EMPTY, FILE, FOLDER = "", "100644", "40000"
CONTENT = st.sampled_from([(EMPTY, 0), (FOLDER, 1), (EMPTY, 0), (FOLDER, 2), (FILE, 1)])
CHANGES = st.dictionaries(st.sampled_from(NAMES), CONTENT, min_size=1, max_size=2)
BACK = st.sampled_from([0, 0, 0, 0, 1, 2, 99])
OTHER = st.sampled_from([None, None, None, None, 1, 2, 3])
MADE = st.tuples(BACK, OTHER, CHANGES, st.integers(-1, 2))
"""How far back its first parent was made, how far before that its second, what changes, how much later."""
ASKED = st.tuples(
    st.integers(0, 13), st.sampled_from([False, False, False, True]), st.sampled_from([None, 2, 1, 0])
)
"""How far back the tip was made, whether the catalog is thrown away before, how much of a log is wanted."""


class Repository:
    """Objects as git writes them, without a run of git."""

    def __init__(self, folder: Path) -> None:
        self.git = folder / ".git"
        (self.git / "objects" / "pack").mkdir(parents=True)
        self.commits: list[str] = []
        self._states: list[dict[str, tuple[str, int]]] = []
        self._now = 1_700_000_000

    def write(self, kind: str, content: bytes) -> str:
        whole = f"{kind} {len(content)}\0".encode() + content
        identifier = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        path = self.git / "objects" / identifier[:2] / identifier[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(whole, 0))
        return identifier

    def commit(self, back: int, other: int | None, changes: dict[str, tuple[str, int]], later: int) -> None:
        count = len(self.commits)
        parents = [] if not count or back > count else [max(0, count - 1 - back)]
        if parents and other is not None and parents[0] >= other:
            parents.append(parents[0] - other)
        state = {**(self._states[parents[0]] if parents else {}), **changes}
        entries = sorted(
            (
                trees.Entry(mode, name, self._thing(mode, number))
                for name, (mode, number) in state.items()
                if mode
            ),
            key=trees.order,
        )
        below = self.write("tree", trees.join(entries))
        root = self.write("tree", trees.join([trees.Entry(FOLDER, "cli", below)] if entries else []))
        self._now += later
        content = commits.make(
            root,
            tuple(self.commits[parent] for parent in parents),
            author=Identity(WHO.name, WHO.email),
            authored=self._now - 5,
            committed=self._now,
            message=f"commit {count}\n",
        )
        self.commits.append(self.write("commit", content))
        self._states.append(state)

    def _thing(self, mode: str, number: int) -> str:
        blob = self.write("blob", str(number).encode())
        return blob if mode == FILE else self.write("tree", trees.join([trees.Entry(FILE, "x", blob)]))


def last_tree(reader: ObjectReader, tip: str, path: str) -> str | None:
    """The last tree of a directory, looked for commit by commit."""
    history = History(reader, tip)
    if (there := history.directory(tip, path)) is not None:
        return there
    beneath: dict[str, str] = {}
    merged: list[str] = []
    for identifier, _, parents in history._walk("cli", whole=True):
        if identifier in beneath:
            return beneath[identifier]
        here = history.identity(identifier, path)
        for parent in parents:
            before = history.directory(parent, path)
            if before is None or history.directory(identifier, path) is not None:
                continue
            if here is not None:  # a file took the name over
                beneath[parent] = before
            elif any(history.identity(each, path) is None for each in parents):
                merged.append(before)
            else:
                return before
    return merged[0] if merged else None


@example(
    [
        (0, None, {"aaaa": (FOLDER, 1)}, 1),
        (0, None, {"aaaa": (FOLDER, 2)}, 1),
        (1, None, {"bbbb": (FOLDER, 1)}, 1),
        (0, 1, {"aaaa": (FOLDER, 2)}, 1),
        (0, None, {"aaaa": (EMPTY, 0)}, 1),
    ],
    [(1, False, None), (0, False, 2), (0, False, 1), (0, False, None), (2, False, None)],
)
@given(st.lists(MADE, min_size=6, max_size=14), st.lists(ASKED, min_size=3, max_size=6))
def test_what_is_remembered_is_what_a_walk_says(
    made: list[tuple[int, int | None, dict[str, tuple[str, int]], int]],
    asked: list[tuple[int, bool, int | None]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repository = Repository(Path(folder))
        for each in made:
            repository.commit(*each)
        reader = ObjectReader(repository.git)
        departed = Departed(reader)
        catalog = Catalog(Path(folder, "catalog"), HISTORY)
        for place, discarded, limit in asked:
            tip = repository.commits[-1 - place % len(made)]
            if discarded:
                catalog.discard()
            chronicle, history = Chronicle(reader, tip, "cli", catalog), History(reader, tip)
            assert list(chronicle.deletions()) == list(history.deletions("cli"))
            for name in NAMES:
                path = f"cli/{name}"
                assert list(chronicle.log(name, limit)) == list(history.log(path, limit))
                assert departed.last_tree(tip, path) == last_tree(reader, tip, path)
            assert catalog.peek(
                lambda connection: connection.execute("SELECT tip FROM state").fetchone()
            ) == (bytes.fromhex(tip),)
        catalog.close()
