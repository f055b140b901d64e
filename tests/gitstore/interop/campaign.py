"""A writer at full speed, and others who read its repository without end.

python -m tests.gitstore.interop.campaign [--changes 400] [--readers git libgit2 dulwich isomorphic-git]
"""

import argparse
import json
import os
import signal
import tempfile
import time
import traceback
from collections import Counter
from functools import partial
from pathlib import Path

from gitstore import Store
from tests.gitstore.interop import moments
from tests.support.readers import READERS, Git, IsomorphicGit, Look
from tests.support.stores import WHO, judge, start_child

MORE = 600
"""So many changes more than were asked for are made for a slow reader's sake."""


def holds(look: Look, known: list[str], states: list[moments.Model]) -> None:
    """Raise AssertionError unless a look is one whole state, and no older than what was acknowledged."""
    assert look.commits[: len(known)] == known, "less than what was acknowledged, or something else"
    sessions = {name: ids for name, ids in states[len(look.commits) - 1].items() if " " not in name}
    histories = {
        name.split("/")[1]: [json.loads(line)["id"] for line in content.splitlines()]
        for name, content in look.files.items()
        if name.endswith("/history.jsonl")
    }
    assert histories == sessions
    for session, ids in sessions.items():
        assert json.loads(look.files[f"cli/{session}/session.json"])["count"] == len(ids)
        for identifier in ids:
            assert look.files[f"cli/{session}/steps/{identifier}.jsonl"] == b'{"step": 1}\n'


class _Campaign:
    """The processes of one run, and the files by which they tell each other how far they are."""

    def __init__(self, folder: Path, changes: int, readers: list[str]) -> None:
        self.path = folder / "sessions"
        self.failures = folder / "failures"
        self.looks = {name: folder / f"looks-{name}" for name in readers}
        self._told = folder / "told"
        self._last = folder / "last"
        self._tries = {name: folder / f"tries-{name}" for name in readers}
        self._changes = changes
        self._begun, self._begin = os.pipe()
        before = moments.prepare(self.path, 2)
        self._states = moments.models(0, changes + MORE)
        self._told.write_text("".join(f"{commit}\n" for commit in before))
        for file in self._tries.values():
            file.touch()

    def write(self) -> None:
        """Once all have looked, make all changes, and more until each reader has tried twice meanwhile."""
        for _ in self._tries:
            os.read(self._begun, 1)
        enough = {name: file.stat().st_size + 2 for name, file in self._tries.items()}
        made, slow = 2, list(enough)
        with Store.open(self.path, identity=WHO) as store, self._told.open("a", buffering=1) as told:
            for commit in moments.make(store, made, self._changes + MORE):
                told.write(f"{commit}\n")
                made += 1
                slow = [name for name in slow if self._tries[name].stat().st_size < enough[name]]
                if made >= self._changes and not slow:
                    break
        assert not slow, f"{slow} did not try twice while {made} changes were made"
        ready = self._last.with_suffix(".new")
        ready.write_text(str(made))
        ready.rename(self._last)

    def read(self, name: str) -> None:
        """Look until the last change is seen, then tell how often that was, and how often it failed."""
        reader = Git(still=False) if name == Git.name else READERS[name]()
        looks = again = length = 0
        while length <= self.made():
            known = self._told.read_text().split("\n")[:-1]
            try:
                look = reader.look(self.path)
            except Exception as error:  # of any library
                again += 1
                with self.failures.open("a") as failures:
                    failures.write(f"{name}: {type(error).__name__}: {str(error)[:200]}\n")
                if again > 20 * (looks + 1):
                    raise
            else:
                holds(look, known, self._states)
                assert len(look.commits) >= length, "older than the look before"
                length = len(look.commits)
                looks += 1
                if looks == 1:
                    os.write(self._begin, b".")
            with self._tries[name].open("a") as tries:
                tries.write(".")
        reader.close()
        self.looks[name].write_text(f"{looks} {again}")

    def made(self) -> int:
        """How many changes were made in all; as many as may be made while that is not known."""
        return int(self._last.read_text()) if self._last.exists() else self._changes + MORE

    def close(self) -> None:
        os.close(self._begun)
        os.close(self._begin)


def run(folder: Path, *, changes: int, readers: list[str]) -> Counter[str]:
    """Write and read at once; return how often each reader looked, and how many changes were made.

    Each reader has looked once before the first change, and looks until it has seen the last one. The changes
    go on beyond what was asked for until each has tried twice meanwhile, however slow it is.

    A reader may say that a look failed, and is asked again: isomorphic-git always, and libgit2 where it lists
    objects, take the packs that they listed for there, whoever took one away since; git's own gc does, too.

    Raises:
        AssertionError: A reader saw something that never was, less than it had to, failed again and again, or
            did not come to try twice within `MORE` further changes.
    """
    campaign = _Campaign(folder, changes, readers)
    children = {start_child(campaign.write): "writer"}
    children |= {start_child(partial(campaign.read, name)): name for name in readers}
    try:
        while children:
            child, status = os.wait()
            name = children.pop(child)
            assert os.waitstatus_to_exitcode(status) == 0, f"{name} failed"
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        campaign.close()
    judge(campaign.path)
    found: Counter[str] = Counter(changes=campaign.made())
    for name in readers:
        looks, again = campaign.looks[name].read_text().split()
        found[name], found[f"{name} again"] = int(looks), int(again)
    return found


def main() -> None:
    """Run as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=400)
    parser.add_argument("--readers", nargs="*", choices=list(READERS), default=list(READERS))
    options = parser.parse_args()
    if IsomorphicGit.name in options.readers and (reason := IsomorphicGit.missing()):
        parser.error(reason)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), changes=options.changes, readers=options.readers)
        failures = Path(folder, "failures")
        for failure, count in Counter(failures.read_text().splitlines() if failures.exists() else ()).items():
            print(f"{count} x {failure}")  # noqa: T201
    made = found.pop("changes")
    told = ", ".join(f"{name} {count}" for name, count in found.items())
    print(f"{made} changes in {time.monotonic() - began:.0f} s; looks: {told}")  # noqa: T201


if __name__ == "__main__":
    try:
        main()
    except AssertionError:
        traceback.print_exc()
        raise SystemExit(1) from None
