"""Sync in the background, as seen from a chat: nobody waits for it, and what went wrong is told later.

What is started is a process of its own (`background_run`), in a session of its own: it outlives the chat and
its terminal, and has no terminal to ask anything on.
"""

import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import dexter
from dexter.cli.machines import sync_state
from dexter.cli.options import Options
from dexter.errors import DexterError
from dexter.paths import is_directory
from dexter.settings import Settings, load_settings

_CODE = (
    "import sys; sys.path.append(sys.argv[1])\n"
    "from dexter.cli.machines.background_run import main; main(sys.argv[2])"
)


def begin(options: Options, moment: str) -> None:
    """Start a sync if the settings want one now; returns at once, whatever becomes of it.

    Args:
        options: Of the run; one that stores nothing syncs nothing.
        moment: Of `dexter.settings.MOMENTS`.
    """
    if options.no_session or not is_directory(options.paths.sessions):
        return
    with suppress(DexterError):  # told by who needs the settings
        if load_settings(options.paths.settings_file).sync == moment:
            _start(options)


def remarks(options: Options, settings: Settings) -> list[str]:
    """What a start has to say of the last sync: a line if it failed and that was not told yet."""
    if settings.sync is None or options.no_session:
        return []
    found = sync_state.news(options.paths, time.time())
    return [found] if found else []


def _start(options: Options) -> None:
    place = Path(dexter.__file__).parents[1]
    try:
        child = subprocess.Popen(
            # -P: no module is taken from the working directory.
            [sys.executable, "-P", "-c", _CODE, str(place), str(options.home)],
            env=dict(options.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        text = f"the process for it can't be started ({error.strerror or error}). Run: dexter sessions sync"
        sync_state.failed(options.paths, text, time.time())
        return
    # A chat may go on for days: what has ended is not left behind as a zombie.
    threading.Thread(target=child.wait, name="sync", daemon=True).start()
