"""What must hold after a power cut, whatever it left."""

import itertools
import json
import os
import re
from pathlib import Path

from gitstore import JournalDamaged, PurgeUnfinished, Store
from gitstore.disk.files import Files
from tests.gitstore.crash.power.scenarios import NAME, PURGED, Step, later
from tests.support.erasers import Striking, everything
from tests.support.stores import WHO, another_boot, exchange, git, leftovers

Listing = dict[str, tuple[int, int, int]]
_IN_THE_WAY = re.compile(r"\.lock$|\.wal$|gitstore/quarantine/")
_LEFT = re.compile(r"\.lock$|\.keep$|\.wal$|tmp_|gitstore/(stage|locks|quarantine)/|\.git\.gitstore-")
"""Of these the next turn of the committer makes an end."""


def hold(
    top: Path, saved: frozenset[Step], begun: frozenset[Step], *, created: bool, with_git: bool, go_on: bool
) -> None:
    """Open the store in a folder after a cut, and hold it to its promise.

    Args:
        top: The folder above the store, as the cut left it.
        saved: What was acknowledged before the cut: all of it must be there.
        begun: What was begun; of it each may be there, whole.
        created: Whether there must be a store. If not, one may have to be made.
        with_git: Whether real git judges, too (slow).
        go_on: Whether something more is saved at once.

    Raises:
        AssertionError: The promise is broken.
    """
    with another_boot():
        _hold(top / NAME, saved, begun, created=created, with_git=with_git, go_on=go_on)


def _hold(
    path: Path, saved: frozenset[Step], begun: frozenset[Step], *, created: bool, with_git: bool, go_on: bool
) -> None:
    with _open(path, create=not (created or saved)) as store:
        files = _read(store, saved, begun)
        assert not [notice for notice in store.notices if isinstance(notice, JournalDamaged)], store.notices
    before = _listing(path)
    assert not [name for name in before if _IN_THE_WAY.search(name)], f"in the way: {sorted(before)}"
    with _open(path) as store:
        assert _read(store, saved, begun) == files
    after = _listing(path)
    assert after == before, f"a second opening changed {_differences(before, after)}"
    work_tree = {name for name in after if not name.startswith(".git/")}
    assert work_tree == set(files), f"in the work tree: {sorted(work_tree ^ set(files))}"
    for name, content in files.items():
        assert (path / name).read_bytes() == content, f"{name} is not as the branch has it"
    if with_git:
        git(path, "fsck", "--full", "--strict")
        assert git(path, "status", "--porcelain") == ""
    if go_on:
        with _open(path) as store:
            receipt = store.apply(exchange("dddddddd", 1))
            assert receipt.commit, receipt
            assert not receipt.delayed, receipt
            assert not receipt.left, receipt
        _nothing_left(_listing(path))
    if go_on and with_git:
        git(path, "fsck", "--full", "--strict")
        assert git(path, "status", "--porcelain") == ""
        assert leftovers(path) == []


def hold_purge(top: Path) -> None:
    """After `hold`: a purge that was cut off is told of exactly if it must be done again; that finishes it.

    Raises:
        AssertionError: Something of what was purged is somewhere and nobody says so, or stays for good.
    """
    path = top / NAME
    with _open(path) as store:
        told = PurgeUnfinished() in store.notices
        assert told == store.purge_is_unfinished
        whole = PURGED in store.snapshot().names("cli")
    if not told:
        assert whole == (PURGED.encode() in everything(path)), "cut off, and nobody says so"
    with _open(path) as store:
        assert store.purge(Striking(sessions=(PURGED,))).left == ()
        assert not store.purge_is_unfinished
        assert PURGED not in store.snapshot().names("cli")
    assert PURGED.encode() not in everything(path), "some of it stays"
    git(path, "fsck", "--full", "--strict")
    assert git(path, "status", "--porcelain") == ""
    assert leftovers(path) == []


class _Quick(Files):
    """A disk that takes its time for nothing: the next cut is not for this one."""

    def flush(self, descriptor: int) -> None:
        pass

    def flush_directory(self, path: str | Path) -> None:
        pass


def _open(path: Path, *, create: bool = False) -> Store:
    return Store.open(path, identity=WHO, create=create, clock=later, files=_Quick())


def _read(store: Store, saved: frozenset[Step], begun: frozenset[Step]) -> dict[str, bytes]:
    """Read all there is, through the door, and compare it with what was told; return all files."""
    now = store.snapshot()
    assert now.pending == 0, f"{now.pending} changes are not in git: {store.notices}"
    files = {path: now.read(path) or b"" for path in now.files()}
    entries = list(store.log())
    for entry, older in itertools.pairwise(entries):
        assert entry.parents == (older.commit,), f"history is broken at {entry.commit}"
    assert entries[-1].parents == (), "history ends early"
    found = exchanges(files)
    possible = {(step.session, step.number) for step in begun}
    removed = {step.removes for step in begun if step.removes and (step.session, step.number) in found}
    for step in saved:
        wanted = step.session not in removed
        assert ((step.session, step.number) in found) == wanted, (
            f"{'lost' if wanted else 'not deleted'}: {step}"
        )
    assert found <= possible, f"never saved: {sorted(found - possible)}"
    assert json.loads(files["gitstore.json"]) == {"format": 1}
    return files


def exchanges(files: dict[str, bytes]) -> set[tuple[str, int]]:
    """Return the exchanges that are there, each whole and once."""
    found: set[tuple[str, int]] = set()
    steps: set[tuple[str, int]] = set()
    counts: dict[str, int] = {}
    for path, content in files.items():
        parts = path.split("/")
        if parts[0] != "cli":
            continue
        session = parts[1]
        if parts[2] == "history.jsonl":
            numbers = [int(json.loads(line)["id"]) for line in content.splitlines()]
            assert numbers == sorted(set(numbers)), f"{session}: {numbers}"
            found |= {(session, number) for number in numbers}
        elif parts[2] == "steps":
            assert content == b'{"step": 1}\n', f"{path}: {content!r}"
            steps.add((session, int(parts[3].removesuffix(".jsonl"))))
        else:
            assert parts[2] == "session.json", f"what is {path}?"
            counts[session] = json.loads(content)["count"]
    assert found == steps, f"half: {sorted(found ^ steps)}"
    expected: dict[str, int] = {}
    for session, _ in found:
        expected[session] = expected.get(session, 0) + 1
    assert counts == expected, f"counted {counts}, there are {expected}"
    return found


def _listing(path: Path) -> Listing:
    """Return what tells a file from one that was written again; the empty file of a lock may be new."""
    found = {}
    for folder, _, names in os.walk(path):
        for name in names:
            full = f"{folder}/{name}"
            short = full[len(os.fspath(path)) + 1 :]
            status = os.lstat(full)
            if status.st_size or _LEFT.search(short):
                found[short] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


def _nothing_left(listing: Listing) -> None:
    left = [name for name in listing if _LEFT.search(name)]
    assert not left, f"left over: {left}"
    packs = [name for name in listing if "objects/pack/pack-" in name]
    whole = {name.removesuffix(".pack") for name in packs if name.endswith(".pack")}
    named = {name.removesuffix(".idx") for name in packs if name.endswith(".idx")}
    half = sorted(name.rpartition("/")[2] for name in whole ^ named)
    assert not half, f"half packs: {half}"


def _differences(before: Listing, after: Listing) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
