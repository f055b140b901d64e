# ruff: noqa: T201
"""Put one thing wrong at a time into a module of gitstore, and see whether its tests notice.

python -m tests.mutation [MODULE ...] [--limit N] [--lines FROM-TO]

Each mutant is run in a copy of the project by a process forked from one that has everything but gitstore
loaded. What ends that process, however it ends, has killed the mutant; a mutant that the tests pass has
survived, and is told with its line.
"""

import argparse
import contextlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.mutation.mutants import Mutant, mutants
from tests.mutation.relevant import TESTS

ROOT = Path(__file__).parents[2]
_COPIED = ("gitstore", "dexter", "tests", "pyproject.toml")
_LEAST = 8.0
"""Seconds that a mutant gets at least."""
_MOST_MEMORY = 2 << 30
"""Bytes; a loop that a mutant made endless shall not take the machine with it."""


def run(copy: Path, tests: list[str], limit: float) -> str:
    """Run tests in a copy, in a process of its own, and say what came of it."""
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        _test(copy, tests)
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    until = time.monotonic() + limit
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > until:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "timeout"
        time.sleep(0.005)
    with contextlib.suppress(ProcessLookupError):  # what it started and left
        os.killpg(child, signal.SIGKILL)
    return "survived" if status == 0 else "killed"


def _test(copy: Path, tests: list[str]) -> None:
    """Run tests in this process, quietly, and end it."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.chdir(copy)
    sys.path[:] = [str(copy), *(entry for entry in sys.path if entry not in {"", str(ROOT)})]
    for name in [name for name in sys.modules if name == "tests" or name.startswith("tests.")]:
        del sys.modules[name]
    sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
    try:
        import pytest

        options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no"]
        options += ["-W", "ignore:Module already imported"]  # that is what the loading is for
        code = int(pytest.main([*options, *tests]))
    except BaseException:  # noqa: BLE001  whatever it is, the mutant is noticed
        code = 99
    os._exit(code)


def hunt(copy: Path, module: str, chosen: list[Mutant], tell: bool) -> Counter[str]:
    """Run a module's tests against its mutants; tell survivors and time-outs as they come."""
    target = copy / "gitstore" / f"{module}.py"
    whole = target.read_bytes()
    tests = TESTS[module]
    began = time.monotonic()
    if run(copy, tests, 600) != "survived":
        sys.exit(f"{module}: its tests fail as it is")
    limit = max(_LEAST, 4 * (time.monotonic() - began))
    count: Counter[str] = Counter()
    for mutant in chosen:
        target.write_bytes(mutant.source)
        outcome = run(copy, tests, limit)
        count[outcome] += 1
        if outcome == "survived" or (tell and outcome == "timeout"):
            print(f"{outcome:9} gitstore/{module}.py:{mutant.line}: {mutant.what}", flush=True)
    target.write_bytes(whole)
    return count


def main() -> None:
    """Run as asked on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(TESTS)}; default: all")
    parser.add_argument("--limit", type=int, help="take only so many mutants of each module, evenly spread")
    parser.add_argument("--lines", help="take only mutants of these lines, e.g. 40-60")
    options = parser.parse_args()
    if unknown := set(options.modules) - set(TESTS):
        parser.error(f"no such module, or no tests are chosen for it: {', '.join(sorted(unknown))}")
    os.environ |= {"HYPOTHESIS_PROFILE": "quick", "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True
    import dulwich.objects
    import hypothesis.stateful
    import msgspec
    import pygit2
    import pytest  # noqa: F401  loaded once for all of them

    del dulwich, hypothesis, msgspec, pygit2
    memory = Path("/dev/shm")  # nothing is waited for there: most of the time of these tests is flushing
    with tempfile.TemporaryDirectory(prefix="mutants-", dir=memory if memory.is_dir() else None) as folder:
        copy = Path(folder) / "copy"
        copy.mkdir()
        (Path(folder) / "temporary").mkdir()
        os.environ["TMPDIR"] = tempfile.tempdir = f"{folder}/temporary"
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(
                    source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
                )
            else:
                shutil.copy(source, copy / name)
        total: Counter[str] = Counter()
        for module in options.modules or TESTS:
            chosen = mutants((copy / "gitstore" / f"{module}.py").read_bytes())
            if options.lines:
                low, _, high = options.lines.partition("-")
                chosen = [mutant for mutant in chosen if int(low) <= mutant.line <= int(high or low)]
            if options.limit and len(chosen) > options.limit:
                chosen = chosen[:: len(chosen) // options.limit]
            began = time.monotonic()
            count = hunt(copy, module, chosen, tell=True)
            total += count
            spent = time.monotonic() - began
            print(
                f"{module}: {len(chosen)} mutants, {count['killed']} killed, {count['timeout']} timed out, "
                f"{count['survived']} survived, {spent:.0f} s",
                flush=True,
            )
    print(f"{total['survived']} of {total.total()} survived")


if __name__ == "__main__":
    main()
