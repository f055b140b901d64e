"""A storm: writers are killed at random while real git works in the same repository; nothing acknowledged is
lost.

python -m tests.gitstore.crash.campaign [--kills 1000] [--writers 16] [--seed 1] [--folder DIR]
"""

import argparse
import contextlib
import itertools
import json
import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gitstore import NotSaved
from tests.support.stores import judge, open_store, save, start_child

SESSIONS = ("aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd")


def _write(path: Path, oracle: Path, slot: int, seed: int) -> None:
    """Save without end; each acknowledged exchange goes to a file outside the store."""
    chance = random.Random(seed)
    base = slot * 10_000_000 + seed * 1000
    with open_store(path) as store, (oracle / f"{slot}-{seed}").open("a", buffering=1) as acknowledged:
        for number in itertools.count(base):
            session = chance.choice(SESSIONS)
            with contextlib.suppress(NotSaved):
                save(store, session, number)
                acknowledged.write(f"{session} {number}\n")


def _read(path: Path, oracle: Path) -> None:
    """Read without end: what was acknowledged before a look is in it, and looks only grow."""
    with open_store(path) as store:
        while True:
            wanted = acknowledged(oracle)
            now = store.snapshot()
            for session in SESSIONS:
                lines = (now.read(f"cli/{session}/history.jsonl") or b"").splitlines()
                found = [json.loads(line)["id"] for line in lines]
                assert found == sorted(set(found)), f"{session}: twice or out of order"
                missing = {f"{number:06}" for name, number in wanted if name == session} - set(found)
                assert not missing, f"{session}: a reader does not see {sorted(missing)[:3]}"


def _git_works(path: Path) -> None:
    """Collect garbage, commit as a user does, and move the branch with plumbing, without end."""

    def git(*arguments: str, check: bool = False) -> str:
        command = ["git", "-C", str(path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=check).stdout.strip()

    for turn in itertools.count():
        (path / "notes.txt").write_text(f"{turn}\n")
        git("add", "notes.txt")
        git("commit", "-qm", f"note {turn}")
        git("gc", "-q", "--prune=now")
        old = git("rev-parse", "main", check=True)
        new = git("commit-tree", f"{old}^{{tree}}", "-p", old, "-m", f"empty {turn}", check=True)
        git("update-ref", "refs/heads/main", new, old)
        time.sleep(0.05)


def acknowledged(oracle: Path) -> list[tuple[str, int]]:
    """Return what the writers were told is saved; a line that a kill cut off was not heard."""
    found = []
    for path in oracle.iterdir():
        for line in path.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                session, number = line.split()
                found.append((session, int(number)))
    return found


def storm(folder: Path, *, kills: int, writers: int, seed: int, tell: Callable[[str], None]) -> int:
    """Run a storm and hold the store to its promise; return how many exchanges were acknowledged.

    Raises:
        AssertionError: Something was lost, is there twice, or is left over.
    """
    path, oracle = folder / "sessions", folder / "oracle"
    oracle.mkdir(parents=True)
    chance = random.Random(seed)
    with open_store(path) as store:
        save(store, SESSIONS[0], 0)
    seeds = itertools.count(1)

    def writer(slot: int) -> int:
        own = next(seeds)
        return start_child(lambda: _write(path, oracle, slot, own))

    living = {writer(slot): slot for slot in range(writers)}
    worker = start_child(lambda: (os.setpgid(0, 0), _git_works(path))[1])
    reader = start_child(lambda: _read(path, oracle))
    try:
        for killed in range(1, kills + 1):
            time.sleep(chance.uniform(0.01, 0.12))
            victim = chance.choice(list(living))
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)
            living[writer(living.pop(victim))] = killed % writers
            assert os.waitpid(reader, os.WNOHANG) == (0, 0), "the reader saw something wrong"
            if killed % 100 == 0:
                tell(f"{killed} kills, {len(acknowledged(oracle))} acknowledged")
    finally:
        for child in [*living, reader]:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
        os.kill(worker, signal.SIGSTOP)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
    for left in (
        "index.lock",
        "refs/heads/main.lock",
        "HEAD.lock",
        "packed-refs.lock",
        "gc.pid",
        "gc.pid.lock",
        "objects/info/commit-graph.lock",
    ):
        _remove_of_git(path / ".git" / left)
    with open_store(path) as store:
        assert store.settle() is None, store.notices
    for command in (("add", "notes.txt"), ("commit", "-qm", "last note"), ("gc", "-q")):
        subprocess.run(["git", "-C", str(path), *command], check=False, stdout=subprocess.DEVNULL)
    for temporary in (path / ".git" / "objects").rglob("tmp_*"):
        temporary.unlink()  # of the git that was killed at the end
    found = acknowledged(oracle)
    judge(path, found)
    return len(found)


def _remove_of_git(path: Path) -> None:
    """Remove a lock that the killed git left; ours are removed by ourselves, so they must not be touched."""
    own = path.parents[0] / "gitstore" / "locks"
    if path.parent.name == "heads":
        own = path.parents[2] / "gitstore" / "locks"
    with contextlib.suppress(FileNotFoundError):
        if not any(path.samefile(mine) for mine in (own.iterdir() if own.is_dir() else ())):
            path.unlink()


def main() -> None:
    """Run a storm as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)) / f"storm-{options.seed}"
        folder.mkdir(parents=True)
        started = time.monotonic()
        count = storm(folder, kills=options.kills, writers=options.writers, seed=options.seed, tell=print)
        print(f"{options.kills} kills, {count} acknowledged, 0 lost, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
