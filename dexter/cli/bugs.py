"""A bug of dexter: its traceback goes to a log file that the user is told of, without any key in it."""

import os
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from dexter.keys import env_files, load_keys
from dexter.paths import Home, nearest_home


def report(error: BaseException, arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Write the traceback to a log file and return one sentence that names it.

    The file is `dexter.log` in the data directory; where that is not there or can't be written, one of the
    temporary directory.
    """
    stack = "".join(traceback.format_exception(error))
    moment = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    home = _home(arguments, environment)
    text = load_keys(environment, env_files(Path.cwd(), home)).mask(f"{moment}\n{stack}\n")
    sentence = f"Error: dexter made a mistake ({type(error).__name__}); what was saved is safe."
    for path in (Home(home).log_file, _temporary()):
        try:
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            with os.fdopen(file, "a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(text)
        except OSError:
            continue
        return f"{sentence} The details are in {path}"
    return sentence


def _home(arguments: Sequence[str], environment: Mapping[str, str]) -> Path:
    """The data directory as far as it can be told from arguments that need not be sound."""
    given = None
    for place, argument in enumerate(arguments):
        if argument.startswith("--home="):
            given = argument.removeprefix("--home=")
        elif argument == "--home" and place + 1 < len(arguments):
            given = arguments[place + 1]
    chosen = given or environment.get("DEXTER_HOME")
    return Path.cwd() / chosen if chosen else nearest_home(Path.cwd())


def _temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"dexter-{os.getuid()}.log"
