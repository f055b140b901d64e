"""The program: arguments to an action, the action to an exit code, and no traceback to anybody.

Imports next to nothing until it knows what is asked for: start-up is a feature.
"""

import os
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TextIO

from dexter import __version__
from dexter.cli import collecting


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    0 success, 1 failure or not found, 2 wrong usage, 130 interrupted. Closed output ends it quietly.
    """
    if arguments is None:
        collecting.seldom()
        given = sys.argv[1:]
    else:
        given = list(arguments)
    if given == ["--version"]:
        return _shown(lambda: print(f"dexter {__version__}"))
    if given[:2] == ["sessions", "merge-driver"] and len(given) == 6 and not given[2].startswith("-"):
        return _shown(lambda: _merge(given[2:]))  # git starts one process for each file
    return _shown(lambda: _run(given))


def _merge(files: Sequence[str]) -> int:
    from dexter.cli.machines.merging import merge

    return merge(*files)


def _run(arguments: Sequence[str]) -> int:
    from dexter.errors import DexterError

    _write_anything(sys.stdout, sys.stderr)
    if not sys.warnoptions:
        # What a library has to say to developers is no output of ours.
        warnings.simplefilter("ignore")
    try:
        from dexter.cli.arguments import parse

        action = parse(arguments)
        return action()
    except DexterError as error:
        from dexter.cli.exits import tell

        return tell(error)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:  # noqa: BLE001  a bug: one sentence for the user, the traceback for the log
        from dexter.cli.bugs import report

        # If it was the output that failed, it fails again, and that is no bug.
        print(end="", flush=True)
        print(report(error, arguments, dict(os.environ)), file=sys.stderr)
        return 1


def _shown(action: Callable[[], int | None]) -> int:
    """The exit code of an action whose output has reached the reader, or a reader who went away."""
    try:
        code = action() or 0
        print(end="", flush=True)
    except BrokenPipeError:
        _let_go(sys.stdout)
        return 0
    except KeyboardInterrupt:
        with suppress(OSError):
            print(file=sys.stderr)
        return 130
    except OSError as error:  # standard output is a full disk, for example
        with suppress(OSError):
            print(f"Error: The output can't be written: {error.strerror or error}.", file=sys.stderr)
        _let_go(sys.stdout)
        return 1
    finally:
        _last_words()
    return code


def _last_words() -> None:
    """Write what is left for standard error, or let it go: no exit code of the interpreter's own."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except OSError:
        _let_go(sys.stderr)


def _let_go(stream: TextIO) -> None:
    """Keep the interpreter from flushing into a closed pipe when it ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _write_anything(*streams: object) -> None:
    """A character that the terminal's encoding does not have becomes a `?` instead of an error."""
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
