"""What the benchmarks that save have in common: whose turn it is, what a save is, and that it was sound."""

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.filling import Writer
from gitstore import Store


def each(ids: Sequence[str], run: Callable[[str], object]) -> Callable[[], object]:
    """Save in one session after the other."""
    turn = iter(range(10**9))
    return lambda: run(ids[next(turn) * 7 % len(ids)])


def keeping(keep: peers.Keep, writer: Writer, ids: Sequence[str]) -> Callable[[], object]:
    """Let a peer keep the next exchange of one session after the other."""
    return each(ids, lambda session: keep(session, writer.exchange(session)))


def save(store: Store, writer: Writer, session: str) -> None:
    """Save the next exchange of a session, and see to it that git has it."""
    receipt = store.apply(writer.change(session))
    if receipt.commit is None:
        raise SystemExit(f"git does not have the change: {receipt}")


def check(repository: Path) -> None:
    """Let git say that what was measured is sound: a quick save that loses something is no figure."""
    if changed := peers.git(repository, "status", "--porcelain"):
        raise SystemExit(f"git status is not clean:\n{changed}")
    peers.git(repository, "fsck", "--full", "--strict")
