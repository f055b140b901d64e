"""A command as a process of its own: in a group that can be ended, without keys, bounded in time and output.

Owns how commands are started and ended. A process that leaves its group on purpose is not followed.
"""

import asyncio
import os
import re
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dexter.tools.acting.errors import CommandTrouble

MOST_OUTPUT = 256_000
_GRACE = 2.0
"""Seconds for what a command left in its group to let go of the output, once the command itself has ended."""

_SECRET_NAME = re.compile(
    r"(?i)(KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|AUTH|COOKIE)S?(_|$)"
)
_INJECTED = re.compile(
    r"LD_.*|DYLD_.*|BASH_ENV|ENV|BASH_FUNC_.*|GIT_CONFIG.*|GIT_DIR|GIT_WORK_TREE|PROMPT_COMMAND"
)
# A folder that looks like the inside of a repository must not tell git what to run.
_OURS = {
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.bareRepository",
    "GIT_CONFIG_VALUE_0": "explicit",
}


@dataclass(frozen=True)
class Ran:
    """How a command ended. `code` is None if it was ended because of its time."""

    code: int | None
    output: bytes
    left_out: int


def without_keys(environment: Mapping[str, str], secrets: Sequence[str]) -> dict[str, str]:
    """An environment for commands: no variable named like a key, and none that holds a known one.

    Args:
        environment: Of dexter itself.
        secrets: The values of keys, wherever they came from.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if not _SECRET_NAME.search(name)
        and not _INJECTED.fullmatch(name)
        and not any(secret in value for secret in secrets)
    }
    return kept | _OURS


async def run(command: Sequence[str], directory: Path, environment: Mapping[str, str], seconds: float) -> Ran:
    """Run a command to its end, or end its whole group: after so many seconds, or when this is cancelled.

    Raises:
        CommandTrouble: If it can't be started.
    """
    loop = asyncio.get_running_loop()
    starting = loop.create_task(
        loop.subprocess_exec(
            _Running,
            *command,
            cwd=directory,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # no terminal to read a password from, and a group to be ended by
        )
    )
    try:
        transport, running = await asyncio.shield(starting)
    except asyncio.CancelledError:
        # It may run already, and have begun others: who starts it would end only the first of them.
        with suppress(OSError, ValueError):
            transport, _ = await starting
            _end(transport.get_pid())
            transport.close()
        raise
    except (OSError, ValueError) as error:
        raise CommandTrouble(getattr(error, "strerror", None) or str(error)) from error
    try:
        async with asyncio.timeout(seconds):
            await running.exited.wait()
        code = transport.get_returncode()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await running.silent.wait()
    except TimeoutError:
        code = None
    finally:
        _end(transport.get_pid())
        await running.exited.wait()
        transport.close()
    return Ran(code, running.output.whole(), running.output.left_out)


class _Output:
    """The beginning and the end of what is written, and the size of what lies between."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self.left_out = 0

    def take(self, chunk: bytes) -> None:
        room = MOST_OUTPUT // 2 - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        over = len(self._tail) - MOST_OUTPUT // 2
        if over > 0:
            del self._tail[:over]
            self.left_out += over

    def whole(self) -> bytes:
        gap = f"\n[... {self.left_out:,} bytes left out ...]\n".encode() if self.left_out else b""
        return bytes(self._head) + gap + bytes(self._tail)


class _Running(asyncio.SubprocessProtocol):
    """Takes what a process writes, and tells when it has ended and when nothing more can come."""

    def __init__(self) -> None:
        self.output = _Output()
        self.exited = asyncio.Event()
        self.silent = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002  the base class's name
        self.output.take(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002  the same
        self.silent.set()

    def process_exited(self) -> None:
        self.exited.set()


def _end(group: int) -> None:
    """End the whole group, what the command left running included."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
