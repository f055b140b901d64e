"""Run the quick benchmarks, or those named on the command line; options after a single name are its own.

What they come to is printed once more in the end, as lines for the table in docs/benchmarks.md. `table` runs
all of them at full size.
"""

import importlib
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import table
from benchmarks.homes import Homes

QUICK = (
    "answering",
    "catalog",
    "masking",
    "opening",
    "processes",
    "recalling",
    "save",
    "startup",
    "streaming",
)
LONG = ("listing", "meeting", "memory", "purge", "remotes", "rest", "scale")
"""Minutes each: only by name."""


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for and return the exit code."""
    if arguments[:1] == ["table"]:
        return table.main(arguments[1:], machine())
    if arguments[:1] == [table.HOMES]:
        return _run(arguments[2:], Homes(Path(arguments[1])))
    with tempfile.TemporaryDirectory(prefix="dexter-bench-") as folder:
        return _run(arguments, Homes(Path(folder)))


def _run(arguments: Sequence[str], homes: Homes) -> int:
    known = sorted(QUICK + LONG)
    named = [each for each in arguments if each in known]
    options = [each for each in arguments if each not in known]
    if options and len(named) != 1:
        print(f"no benchmark: {' '.join(options)}; there are: {', '.join(known)}, table", file=sys.stderr)
        return 2
    rows: list[object] = []
    for name in named or QUICK:
        rows += importlib.import_module(f"benchmarks.{name}").main(options, homes)
    print(f"{machine()}\n\n{table.HEAD}")
    print(*rows, sep="\n")
    return 0


def machine() -> str:
    """What the figures were taken on."""
    git = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True).stdout.split()[2]
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, git {git}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
