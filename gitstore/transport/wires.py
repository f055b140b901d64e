"""Connections to a remote: a socket to git's daemon, and `ssh` as a child; each read has a limit of time."""

import contextlib
import os
import selectors
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from gitstore.addresses import Address
from gitstore.errors import RemoteBroken, RemoteError, RemoteSilent, RemoteUnreachable
from gitstore.transport import saying
from gitstore.transport.pktline import Source
from gitstore.transport.values import Access, Limits

Sent = Callable[[int], None]
"""Told how many bytes of a request are out."""
_CUT = (BrokenPipeError, ConnectionResetError, ConnectionAbortedError)


def unseen(count: int) -> None:
    """Nobody wants to know."""


class Wire(Protocol):
    """A way to ask one service of a remote: what it advertises, then one request."""

    def open(self, service: str) -> Source:
        """Connect and return what the service says first. Raises RemoteError."""

    def ask(self, request: bytes, sent: Sent = unseen) -> Source:
        """Send a request and return what comes back; `sent` is told how much is out. Raises RemoteError."""

    def close(self) -> None:
        """Give everything back."""


class SocketWire:
    """To `git daemon`."""

    def __init__(self, remote: str, address: Address, limits: Limits) -> None:
        self._remote = remote
        self._address = address
        self._limits = limits
        self._socket: socket.socket | None = None

    def open(self, service: str) -> Source:
        """Connect and name the service and the repository."""
        where = self._address
        port = where.port or 9418
        try:
            self._socket = socket.create_connection((where.host, port), self._limits.silence)
        except TimeoutError:
            raise RemoteSilent(self._remote, self._limits.silence) from None
        except OSError as error:
            raise RemoteUnreachable(self._remote, error.strerror or str(error)) from error
        host = where.host if where.port is None else f"{where.host}:{port}"
        text = f"{service} {where.path}\0host={host}\0".encode("utf-8", "surrogateescape")
        self._send(b"%04x%s" % (len(text) + 4, text))
        return self

    def ask(self, request: bytes, sent: Sent = unseen) -> Source:
        """Send on the same connection."""
        self._send(request, sent)
        return self

    def read(self, size: int) -> bytes:
        """Return what comes next."""
        assert self._socket is not None  # noqa: S101
        try:
            return self._socket.recv(min(size, 1 << 16))
        except TimeoutError:
            raise RemoteSilent(self._remote, self._limits.silence) from None
        except OSError as error:
            raise RemoteUnreachable(self._remote, error.strerror or str(error)) from error

    def _send(self, content: bytes, sent: Sent = unseen) -> None:
        assert self._socket is not None  # noqa: S101
        try:
            for at in range(0, len(content), 1 << 16):  # the limit of time is that of each part
                self._socket.sendall(content[at : at + (1 << 16)])
                sent(min(at + (1 << 16), len(content)))
        except TimeoutError:
            raise RemoteSilent(self._remote, self._limits.silence) from None
        except OSError as error:
            raise RemoteUnreachable(self._remote, error.strerror or str(error)) from error

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()


class SshWire:
    """To a host through `ssh`, as its user has set it up."""

    def __init__(
        self,
        remote: str,
        address: Address,
        access: Access,
        limits: Limits,
        folder: Path,
        *,
        program: str | None = None,
    ) -> None:
        """Start nothing yet; `program` is what git's settings have in place of ssh, with its arguments."""
        self._remote = remote
        self._configured = program
        self._address = address
        self._access = access
        self._limits = limits
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None
        self._said = bytearray()

    def open(self, service: str) -> Source:
        """Start the program."""
        command = self._command(service)
        try:
            self._child = subprocess.Popen(
                command,
                cwd=self._folder,
                env=_environment(self._access),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=not self._access.terminal,
            )
        except OSError as error:
            raise RemoteUnreachable(self._remote, f"{command[0]}: {error.strerror or error}") from error
        assert self._child.stdin is not None  # noqa: S101
        os.set_blocking(self._child.stdin.fileno(), False)
        return self

    def _command(self, service: str) -> list[str]:
        where, asked = self._address, self._access.environment
        if text := asked.get("GIT_SSH_COMMAND") or self._configured:
            command = shlex.split(text)
        else:
            command = [asked.get("GIT_SSH") or "ssh"]
        if not self._access.terminal:
            command += ["-o", "BatchMode=yes"]
        if where.port is not None:
            command += ["-p", str(where.port)]
        host = f"{where.user}@{where.host}" if where.user else where.host
        path = where.path.replace("'", "'\\''").replace("!", "'\\!'")
        return [*command, "--", host, f"{service} '{path}'"]

    def ask(self, request: bytes, sent: Sent = unseen) -> Source:
        """Write to the program; what it prints meanwhile waits."""
        child = self._child
        assert child is not None  # noqa: S101
        assert child.stdin is not None  # noqa: S101
        with memoryview(request) as view, selectors.DefaultSelector() as selector:
            done, moved = 0, time.monotonic()
            selector.register(child.stdin, selectors.EVENT_WRITE)
            while done < len(view):
                if not selector.select(1.0):
                    if time.monotonic() - moved > self._limits.silence:
                        raise RemoteSilent(self._remote, self._limits.silence)
                    continue
                try:
                    done += os.write(child.stdin.fileno(), view[done : done + (1 << 16)])
                except _CUT:
                    raise self._ended() from None
                moved = time.monotonic()
                sent(done)
        return self

    def read(self, size: int) -> bytes:
        """Return what comes next; if the program fails, what it says about it is the error."""
        child = self._child
        assert child is not None  # noqa: S101
        assert child.stdout is not None  # noqa: S101
        assert child.stderr is not None  # noqa: S101
        until = time.monotonic() + self._limits.silence
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            selector.register(child.stderr, selectors.EVENT_READ)
            while (left := until - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    part = os.read(key.fd, min(size, 1 << 16) if key.fileobj is child.stdout else 4096)
                    if key.fileobj is child.stdout:
                        if not part and (child.wait(self._limits.silence) or not self._came):
                            raise self._ended()
                        self._came = True
                        return part
                    if part:
                        self._said += part
                    else:
                        selector.unregister(child.stderr)
        raise RemoteSilent(self._remote, self._limits.silence)

    _came = False

    def _ended(self) -> RemoteError:
        """Return what the program's end comes to."""
        assert self._child is not None  # noqa: S101
        assert self._child.stderr is not None  # noqa: S101
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self._child.wait(self._limits.silence)
            os.set_blocking(self._child.stderr.fileno(), False)
            self._said += os.read(self._child.stderr.fileno(), 1 << 16)
        text = self._said.decode("utf-8", "replace")
        found = saying.failure(self._remote, text or "the connection was cut")
        return RemoteUnreachable(self._remote, found.reason) if isinstance(found, RemoteBroken) else found

    def close(self) -> None:
        """End the program, and what it started."""
        child = self._child
        if child is None:
            return
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            child.wait(1.0)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError):
                if self._access.terminal or not hasattr(os, "killpg"):
                    child.kill()
                else:
                    os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _environment(access: Access) -> Mapping[str, str]:
    quiet = {} if access.terminal else {"SSH_ASKPASS_REQUIRE": "never"}
    return {**access.environment, **quiet}
