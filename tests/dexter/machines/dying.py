"""A deed in a process of its own that dies in the middle, as the power of a machine or SIGKILL ends it."""

import os
import signal
import time
from collections.abc import Callable
from unittest import mock

import gitstore.store
import gitstore.transport
from tests.support.stores import DyingFiles, start_child

Tell = Callable[[str], None]
"""Says that something is acknowledged; what is told stays told when the process dies."""


def dying(deed: Callable[[Tell], None], at: int, *, half: bool) -> tuple[set[str], bool]:
    """Do something in a child that dies.

    Args:
        deed: What; it gets what it tells by.
        at: The call of the disk that it dies at; negative: it is killed after so many microseconds.
        half: Whether a write is half done then.

    Returns:
        What was told, and whether it died before it was done.
    """
    reading, writing = os.pipe()

    def work() -> None:
        os.close(reading)
        files = DyingFiles(max(at, 0), half=half)
        with (
            mock.patch.object(gitstore.store, "Files", return_value=files),
            mock.patch.object(gitstore.transport, "Files", return_value=files),
        ):
            deed(lambda word: _write(writing, word))

    child = start_child(work)
    os.close(writing)
    if at < 0:
        time.sleep(-at / 1e6)
        os.kill(child, signal.SIGKILL)
    told = b""
    while part := os.read(reading, 4096):
        told += part
    os.close(reading)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, 9, -signal.SIGKILL}, f"the process ended with {code}: {told.decode()}"
    return set(told.decode().split()), code != 0


def _write(descriptor: int, word: str) -> None:
    os.write(descriptor, f"{word}\n".encode())
