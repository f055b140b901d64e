"""Run the quick benchmarks, or those named on the command line; options after a single name are its own.

What they come to is printed once more in the end, as lines for the table in docs/benchmarks.md.
"""

import importlib
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FRAME = {"__init__", "__main__", "corpus", "filling", "measure", "peers", "prose"}
LONG = {"rest"}
"""Minutes each: only by name."""


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for and return the exit code."""
    known = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in FRAME)
    named = [each for each in arguments if each in known]
    options = [each for each in arguments if each not in known]
    if options and len(named) != 1:
        print(f"no benchmark: {' '.join(options)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    rows: list[object] = []
    for name in named or [each for each in known if each not in LONG]:
        run = importlib.import_module(f"benchmarks.{name}").main
        rows += (run(options) if options else run()) or []
    if rows:
        print(f"{machine()}\n\n| | asked | reached | beside it |\n| --- | --- | --- | --- |")
        print(*rows, sep="\n")
    return 0


def machine() -> str:
    """What the figures were taken on."""
    git = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True).stdout.split()[2]
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, git {git}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
