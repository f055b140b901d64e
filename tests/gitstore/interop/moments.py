"""A process that changes a store and stops after each call that changes the disk, so that others can look at
every moment of it."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gitstore import Change, RemoveDirectory, RestoreDirectory, Store
from tests.support.stores import WHO, WatchedFiles, exchange, git, start_child

Model = dict[str, list[str]]
"""The ids of each session that is there."""


class SteppedFiles(WatchedFiles):
    """A disk that tells of each call when it is done, and waits to be told to go on."""

    def __init__(self, told: int, go: int) -> None:
        super().__init__()
        self._told = told
        self._go = go

    def meet(self, do: Callable[[], Any], write: tuple[int, bytes] | None) -> Any:
        del write
        found = do()
        os.write(self._told, f"call {self.calls[-1]}\n".encode())
        if os.read(self._go, 1) != b".":
            os._exit(0)
        return found


def changes(count: int) -> Iterator[tuple[Change | None, Callable[[Model], None]]]:
    """Yield changes, and what each does to the model; None for the restoring of the latest deletion."""
    for number in range(count):
        session = ("aaaaaaaa", "bbbbbbbb", "cccccccc")[number % 3]
        if number % 8 == 7:
            yield Change((RemoveDirectory(f"cli/{session}"),), f"{session}: deleted"), _delete(session)
        elif number % 8 == 0 and number:
            yield None, _restore
        else:
            yield exchange(session, number), _append(session, f"{number:06}")


def _append(session: str, identifier: str) -> Callable[[Model], None]:
    return lambda model: model.setdefault(session, []).append(identifier)


def _delete(session: str) -> Callable[[Model], None]:
    def do(model: Model) -> None:
        model[f"gone {session}"] = model.pop(session)

    return do


def _restore(model: Model) -> None:
    (gone,) = (name for name in model if name.startswith("gone "))
    model[gone.removeprefix("gone ")] = model.pop(gone)


def models(before: int, count: int) -> list[Model]:
    """The model after each of the changes up to `count`, of which the first is that after `before`."""
    model: Model = {}
    found = []
    for done, (_, do) in enumerate(changes(count)):
        if done >= before:
            found.append({name: list(ids) for name, ids in model.items()})
        do(model)
    return [*found, model]


def make(store: Store, first: int, last: int) -> Iterator[str]:
    """Make the changes from `first` to before `last`; yield the commit of each."""
    for number, (change, _) in enumerate(changes(last)):
        if number < first:
            continue
        made = change
        if made is None:
            deletion = next(store.deletions("cli"))
            made = Change((RestoreDirectory(deletion.path, deletion.tree),), f"{deletion.path}: restored")
        receipt = store.apply(made)
        assert receipt.commit, receipt
        yield receipt.commit


def prepare(path: Path, count: int) -> list[str]:
    """Make a store with the first `count` changes; return its commits, the first one included."""
    with Store.open(path, identity=WHO) as store:
        first = git(path, "rev-parse", "main").strip()
        return [first, *make(store, 0, count)]


@contextlib.contextmanager
def stepped(path: Path, first: int, last: int) -> Iterator[Iterator[tuple[str, list[str]]]]:
    """Let a process make changes; yield after each call its name and the commits acknowledged so far."""
    told, telling = os.pipe()
    going, go = os.pipe()

    def work() -> None:
        with Store.open(path, identity=WHO, files=SteppedFiles(telling, going)) as store:
            for commit in make(store, first, last):
                os.write(telling, f"saved {commit}\n".encode())

    child = start_child(work)
    os.close(telling)
    os.close(going)
    ended = False

    def moments() -> Iterator[tuple[str, list[str]]]:
        nonlocal ended
        acknowledged: list[str] = []
        with os.fdopen(told) as pipe:
            for line in pipe:
                word, value = line.split()
                if word == "saved":
                    acknowledged.append(value)
                else:
                    yield value, list(acknowledged)
                    os.write(go, b".")
        ended = True
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert len(acknowledged) == last - first

    try:
        yield moments()
    finally:
        os.close(go)
        if not ended:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def visible(path: Path) -> object:
    """What of a repository others can see, cheaply: the same value, the same repository."""
    found = []
    for root, folders, names in os.walk(path):
        here = Path(root)
        if here == path / ".git":
            folders[:] = [name for name in folders if name not in {"gitstore", "logs", "hooks"}]
        for name in names:
            status = (here / name).stat()
            found.append((root, name, status.st_ino, status.st_size, status.st_mtime_ns))
    return sorted(found)
