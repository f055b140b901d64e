"""Damage: each bit of a small repository flipped, each file cut and removed; the truth, or a word about it.

python -m tests.gitstore.crash.damage.campaign [--share 1] [--seed 1] [--processes 2] [--only objects/pack]

With `--again ".git/HEAD flip 12"` one damage is done again, with its traceback.
"""

import argparse
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gitstore import Damaged, FormatTooNew, GitBlocked, GitstoreError, JournalDamaged, NotAStore, Store
from gitstore.disk.files import Files
from tests.support.stores import WHO, exchange, in_child, open_store, save

NAME = "sessions"
_NEW = ("aaaaaaaa", 77)
_BLOCK = 512


@dataclass(frozen=True)
class Damage:
    """One thing that went wrong with one file."""

    path: str
    """Below the store's folder."""
    kind: str
    """"flip" a bit, "cut" to a size, "remove"."""
    at: int = 0

    def __str__(self) -> str:
        return f"{self.path} {self.kind} {self.at}"

    def do(self, top: Path) -> None:
        """Do it."""
        path = top / self.path
        if self.kind == "remove":
            path.unlink()
        elif self.kind == "cut":
            os.truncate(path, self.at)
        else:
            content = bytearray(path.read_bytes())
            content[self.at // 8] ^= 1 << self.at % 8
            path.write_bytes(content)


class Sound:
    """A small store as it was before: a few sessions, some packs, a journal that is not yet in git."""

    def __init__(self, folder: Path) -> None:
        """Make it below a folder."""
        self.folder = folder
        self.path = folder / "sound" / NAME
        self.path.parent.mkdir()
        with open_store(self.path, clock=_clock) as store:
            for session, number in (("aaaaaaaa", 1), ("bbbbbbbb", 1), ("aaaaaaaa", 2)):
                save(store, session, number)
        assert in_child(self._leave_pending) == 0
        self.contents = {
            str(path.relative_to(self.path)): path.read_bytes()
            for path in sorted((self.path / ".git").rglob("*"))
            if path.is_file()
        }
        whole = folder / "whole"
        shutil.copytree(self.path, whole)
        with open_store(whole) as store:
            now = store.snapshot()
            self.truth = {path: now.read(path) for path in now.files()}
            self.history = [entry.subject for entry in store.log()]
        assert len([path for path in self.truth if "/steps/" in path]) == 5

    def _leave_pending(self) -> None:
        store = open_store(self.path, clock=_clock)
        store.apply(exchange("aaaaaaaa", 3), wait=False)
        store.apply(exchange("cccccccc", 1), wait=False)
        os._exit(0)

    def damages(self, share: int, seed: int) -> list[Damage]:
        """All damages, or of the bits one in `share`, drawn anew with each seed; of each file some."""
        chance = random.Random(seed)
        found = []
        for path, content in self.contents.items():
            found.append(Damage(path, "remove"))
            sizes = {0, len(content) - 1, *range(_BLOCK, len(content), _BLOCK)}
            found += [Damage(path, "cut", size) for size in sorted(sizes) if 0 <= size < len(content)]
            bits = range(len(content) * 8)
            drawn = (
                bits if share == 1 else sorted(chance.sample(bits, min(len(bits), len(bits) // share + 1)))
            )
            found += [Damage(path, "flip", bit) for bit in drawn]
        return found

    def hold(self, damage: Damage) -> str:
        """Do one damage to a copy and hold the store to its promise; return what became of it, in a word.

        Raises:
            AssertionError: Something is wrong, or missing without a word.
            Exception: Something else than an error of gitstore's came out of the door.
        """
        top = Path(tempfile.mkdtemp(prefix="damage-", dir=self.folder)) / NAME
        try:
            shutil.copytree(self.path, top)
            damage.do(top)
            return self._judge(top, damage)
        finally:
            shutil.rmtree(top.parent)

    def _judge(self, top: Path, damage: Damage) -> str:
        try:
            store = _open(top)
        except (NotAStore, FormatTooNew, Damaged) as error:
            assert str(error).strip(), "an error that says nothing"
            return "refused"
        with store:
            read = self._read(store, self._forgotten(damage))
            saved = self._save(store)
        again = self._again(top)
        if saved and again is None:  # what is in the way is taken away: then it must be there
            self._mend(top, damage)
            again = self._again(top)
        if saved:
            assert again, "an acknowledged change is gone"
        return f"{read}, {'saved' if saved else 'not saved'}"

    def _forgotten(self, damage: Damage) -> tuple[str, ...]:
        """Of which sessions something may be missing without a word: of a journal nobody can tell its end.

        A last frame that is not whole is what a save leaves that was cut off before it was acknowledged; a
        flipped bit makes one only of its length.
        """
        if not damage.path.endswith(".wal"):
            return ()
        if damage.kind != "flip":
            return ("cli/aaaaaaaa/", "cli/cccccccc/")
        last = self.contents[damage.path].rindex(b"GSJ1")
        return ("cli/cccccccc/",) if last + 4 <= damage.at // 8 < last + 8 else ()

    def _read(self, store: Store, forgotten: tuple[str, ...]) -> str:
        """Read all there is; each piece is the truth or an error, or a notice tells of it."""
        told = [notice for notice in store.notices if isinstance(notice, (JournalDamaged, GitBlocked))]
        errors = 0
        try:
            now = store.snapshot()
            there = set(now.files())
        except Damaged as error:
            assert error.place
            return "error"
        for path in sorted(there | set(self.truth)):
            try:
                found = now.read(path)
            except Damaged as error:
                assert error.place
                errors += 1
                continue
            if path.startswith(forgotten) and (found is None or path.count("/") == 2):
                continue
            if found != self.truth.get(path):
                what = "absent" if found is None else "wrong"
                assert told, f"{path} is {what}, and nothing is said"
                assert found is None or path.endswith(("session.json", "history.jsonl")), f"{path} is wrong"
                errors += 1
        try:
            subjects = [entry.subject for entry in store.log()]
            known = set(self.history) | {"store repaired"}
            assert set(subjects) <= known, f"history says {set(subjects) - known}"
            assert len(subjects) + now.pending >= len(self.history) or told or forgotten, (
                "history is short, and nothing is said"
            )
        except Damaged as error:
            assert error.place
            errors += 1
        return "some errors" if errors else ("notice" if told else "truth")

    def _save(self, store: Store) -> bool:
        try:
            store.apply(exchange(*_NEW))
        except GitstoreError:
            return False
        return True

    def _again(self, top: Path) -> bool | None:
        """Whether the new exchange is there when the store is opened again; None if that cannot be read."""
        session, number = _NEW
        try:
            with _open(top) as store:
                found = store.snapshot().read(f"cli/{session}/steps/{number:06}.jsonl")
                told = any(isinstance(notice, GitBlocked) for notice in store.notices)
        except GitstoreError:
            return None
        return None if found is None and told else found is not None

    def _mend(self, top: Path, damage: Damage) -> None:
        path = top / damage.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.contents[damage.path])


def _clock() -> float:
    return 1_700_000_000.0


class _Quick(Files):
    def flush(self, descriptor: int) -> None:
        pass

    def flush_directory(self, path: str | Path) -> None:
        pass


def _open(path: Path) -> Store:
    return Store.open(path, identity=WHO, create=False, files=_Quick())


_sound: Sound | None = None


def _part(damages: list[Damage]) -> list[tuple[Damage, str, str | None]]:
    assert _sound is not None
    found: list[tuple[Damage, str, str | None]] = []
    for damage in damages:
        try:
            found.append((damage, _sound.hold(damage), None))
        except Exception as error:  # noqa: BLE001  whatever it is, it is a finding
            found.append((damage, "broken", f"{type(error).__name__}: {error}"))
    return found


def run(
    sound: Sound, damages: list[Damage], processes: int
) -> Iterator[list[tuple[Damage, str, str | None]]]:
    """Do all of some damages in several processes."""
    global _sound  # noqa: PLW0603  what a fork inherits
    _sound = sound
    parts = [damages[at : at + 50] for at in range(0, len(damages), 50)]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from pool.imap_unordered(_part, parts)


def main() -> int:
    """Run a campaign as asked on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--share", type=int, default=1, help="flip one bit in so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--only", default="", help="files whose path has this in it")
    parser.add_argument("--folder", type=Path, help="where disks are built; /dev/shm where there is one")
    parser.add_argument("--again", metavar="DAMAGE")
    options = parser.parse_args()
    memory = Path("/dev/shm")
    base = options.folder or (memory if memory.is_dir() else None)
    started = time.monotonic()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="damage-", dir=base) as temporary:
        sound = Sound(Path(temporary))
        if options.again:
            path, kind, at = options.again.split()
            full = next((name for name in sound.contents if path in name), path)
            try:
                print(sound.hold(Damage(full, kind, int(at))))
            except Exception:  # noqa: BLE001  whatever it is, it is what was asked for
                traceback.print_exc()
                return 1
            return 0
        damages = [item for item in sound.damages(options.share, options.seed) if options.only in item.path]
        told = started
        for found in run(sound, damages, options.processes):
            for damage, what, problem in found:
                counts[what] += 1
                if problem is not None:
                    print(f"broken: {damage}: {problem}", flush=True)
            if time.monotonic() - told > 10:
                told = time.monotonic()
                print(
                    f"{counts.total():,} of {len(damages):,}, {counts['broken']} broken, "
                    f"{told - started:.0f} s",
                    flush=True,
                )
    print(f"{counts.total():,} damages, {counts['broken']} broken, {time.monotonic() - started:.0f} s")
    for name, count in sorted(counts.items()):
        print(f"  {count:8,} {name}")
    return 1 if counts["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
