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


def run(folder: Path, *, changes: int, readers: list[str]) -> Counter[str]:
    """Write and read at once until all changes are made; return how often each reader looked.

    A reader may say that a look failed, and is asked again: isomorphic-git always, and libgit2 where it lists
    objects, take the packs that they listed for there, whoever took one away since; git's own gc does, too.

    Raises:
        AssertionError: A reader saw something that never was, less than it had to, or failed again and again.
    """
    path, told = folder / "sessions", folder / "told"
    before = moments.prepare(path, 2)
    told.write_text("".join(f"{commit}\n" for commit in before))
    states = moments.models(0, changes)

    def write() -> None:
        with Store.open(path, identity=WHO) as store, told.open("a", buffering=1) as file:
            for commit in moments.make(store, 2, changes):
                file.write(f"{commit}\n")

    def read(name: str) -> None:
        reader = Git(still=False) if name == Git.name else READERS[name]()
        looks = again = length = 0
        while length <= changes:
            known = told.read_text().split("\n")[:-1]
            try:
                look = reader.look(path)
            except Exception as error:  # of any library
                again += 1
                with (folder / "failures").open("a") as failures:
                    failures.write(f"{name}: {type(error).__name__}: {str(error)[:200]}\n")
                if again > 20 * (looks + 1):
                    raise
                continue
            holds(look, known, states)
            assert len(look.commits) >= length, "older than the look before"
            length = len(look.commits)
            looks += 1
        reader.close()
        (folder / f"looks-{name}").write_text(f"{looks} {again}")

    children = {start_child(write): "writer"}
    children |= {start_child(partial(read, name)): name for name in readers}
    try:
        while children:
            child, status = os.wait()
            name = children.pop(child)
            assert os.waitstatus_to_exitcode(status) == 0, f"{name} failed"
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    judge(path)
    found: Counter[str] = Counter()
    for name in readers:
        looks, again = (folder / f"looks-{name}").read_text().split()
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
    told = ", ".join(f"{name} {count}" for name, count in found.items())
    print(f"{options.changes} changes in {time.monotonic() - began:.0f} s; looks: {told}")  # noqa: T201


if __name__ == "__main__":
    try:
        main()
    except AssertionError:
        traceback.print_exc()
        raise SystemExit(1) from None
