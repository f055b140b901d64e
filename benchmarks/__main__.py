"""Run all benchmarks, or those named on the command line."""

import importlib
import sys
from pathlib import Path

FRAME = {"__init__", "__main__", "corpus", "measure"}


def main() -> int:
    """Run what is asked for and return the exit code."""
    known = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in FRAME)
    wanted = sys.argv[1:] or known
    if unknown := sorted(set(wanted) - set(known)):
        print(f"no benchmark: {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    for name in wanted:
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
