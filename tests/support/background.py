"""Syncs in the background as a test sees them: begun, at it, ended; nothing sleeps for a guessed time."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from dexter.cli.machines import sync_state
from dexter.paths import Home
from tests.support.sessions import dexter

PATIENCE = 60.0
OFFLINE = ("--model", "offline")


def until(what: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def is_at_it(home: Path) -> bool:
    """Whether a process syncs the home in the background now."""
    try:
        lock = os.open(home / "sync/lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def log(home: Path) -> str:
    try:
        return (home / "sync.log").read_text("utf-8")
    except FileNotFoundError:
        return ""


def process(home: Path) -> int:
    """The one that wrote the log."""
    found = re.search(r"process (\d+)", log(home))
    assert found is not None
    return int(found[1])


def has_begun(home: Path) -> bool:
    return " process " in log(home) and is_at_it(home)


def has_ended(home: Path) -> bool:
    return log(home).endswith(" ended\n") and not is_at_it(home)


def kill(home: Path, number: int = signal.SIGKILL) -> None:
    """End the process that syncs, and wait until it is gone."""
    os.kill(process(home), number)
    until(lambda: not is_at_it(home))


def asked(
    home: Path, query: str = "What is 1+1?", *, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """One exchange without a chat, and the sync that it begins brought to its end."""
    (home / "sync.log").unlink(missing_ok=True)
    done = dexter("--print", query, *OFFLINE, home=home, environment=environment)
    until(lambda: has_ended(home))
    return done


def run(home: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """What a chat starts, started by hand: without a terminal, in a session of its own."""
    given = ", ".join([repr(str(home)), *arguments])
    return subprocess.Popen(
        [sys.executable, "-P", "-c", f"from dexter.cli.machines.background_run import main; main({given})"],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def failure(home: Path) -> str | None:
    """What is wrong, None if nothing is."""
    found = sync_state.current(Home(home))
    return found.text if found else None


def syncing(home: Path, url: str, on: str = "exit") -> Path:
    """A home that is synced in the background."""
    assert dexter("sessions", "remote", "add", "origin", url, home=home).returncode == 0
    assert dexter("sessions", "sync", "--on", on, home=home).returncode == 0
    return home


def held(bare: Path) -> tuple[Path, Path]:
    """Let pushes wait in a bare repository: one file says that one has begun, the other lets them go on."""
    begun, go = bare / "begun", bare / "go"
    hook = bare / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\ntouch {begun}\nwhile ! test -e {go}; do sleep 0.02; done\n")
    hook.chmod(0o755)
    return begun, go
