"""A program that talks to a remote, watched: how long it is silent, and how much it brings."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from gitstore.errors import RemoteSilent, RemoteTooLarge, RemoteUnreachable
from gitstore.transport.telling import Steps
from gitstore.transport.values import Limits, Progress

_LOOK = 0.2
"""Seconds between two looks at how much there is."""
_MOST = 1 << 20
"""Bytes that are kept of what a program prints."""


class Done(msgspec.Struct, frozen=True):
    """What became of a program."""

    code: int
    out: str
    err: str


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    remote: str,
    limits: Limits,
    grows: Path,
    terminal: bool,
    progress: Progress | None = None,
    unpacks: bool = False,
    meanwhile: Callable[[], bool] = lambda: False,
) -> Done:
    """Run a program to its end, within limits; it and all that it started are killed otherwise.

    Args:
        command: The program and its arguments.
        environment: All of it.
        folder: Where it runs.
        remote: The name that errors carry.
        limits: `total` is what may lie in `grows`, `silence` the time without output or growth.
        grows: A folder in which it puts what comes in.
        terminal: Whether it may ask a person.
        progress: Told what it says it does.
        unpacks: Whether it is at work on what comes into `grows`, for `unpacking` at most once nothing comes.
        meanwhile: What there is to do beside it; says whether it did. What it raises ends the program.

    Raises:
        RemoteSilent: It made no progress for too long.
        RemoteTooLarge: It brought too much.
        RemoteUnreachable: It could not be started.
    """
    try:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=None if terminal else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=not terminal,  # without a terminal nothing can ask for a password
        )
    except OSError as error:
        raise RemoteUnreachable(remote, f"{command[0]}: {error.strerror or error}") from error
    try:
        texts = _watch(child, remote, limits, grows, progress, unpacks=unpacks, meanwhile=meanwhile)
        return Done(child.wait(limits.silence), *texts)
    except subprocess.TimeoutExpired:
        raise RemoteSilent(remote, limits.silence) from None
    finally:
        _end(child, group=not terminal)


def _watch(
    child: subprocess.Popen[bytes],
    remote: str,
    limits: Limits,
    grows: Path,
    progress: Progress | None,
    *,
    unpacks: bool,
    meanwhile: Callable[[], bool],
) -> tuple[str, str]:
    """Read what a program prints until it ends."""
    assert child.stdout is not None  # noqa: S101
    assert child.stderr is not None  # noqa: S101
    texts = {"out": bytearray(), "err": bytearray()}
    size, moved, grown = 0, time.monotonic(), time.monotonic()
    steps = Steps(progress)
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ, "out")
        selector.register(child.stderr, selectors.EVENT_READ, "err")
        while selector.get_map():
            ready = selector.select(_LOOK)
            if not ready and child.poll() is not None:
                break  # what it left behind (a shared connection of ssh) may hold the pipes for hours
            if any(_heard(key, selector, texts, steps) for key, _ in ready) or meanwhile():
                moved = time.monotonic()
            now = _size(grows)
            if now != size:
                size, moved, grown = now, time.monotonic(), time.monotonic()
            if size > limits.total:
                raise RemoteTooLarge(remote, "total", limits.total)
            if time.monotonic() - moved > limits.silence:
                raise RemoteSilent(remote, limits.silence)
            if unpacks and time.monotonic() - grown > limits.unpacking:
                raise RemoteSilent(remote, limits.unpacking)
    return texts["out"].decode("utf-8", "replace"), texts["err"].decode("utf-8", "replace")


def _heard(
    key: selectors.SelectorKey,
    selector: selectors.BaseSelector,
    texts: dict[str, bytearray],
    steps: Steps,
) -> bool:
    """Keep what came from one pipe, and say whether that was anything."""
    part = os.read(key.fd, 1 << 16)
    if not part:
        selector.unregister(key.fileobj)
        return False
    text = texts[key.data]
    text += part
    del text[:-_MOST]
    if key.data == "err":
        steps.hear(part)
    return True


def _size(folder: Path) -> int:
    """Return how many bytes lie in a folder, temporary files included."""
    size = 0
    for below, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                size += os.lstat(f"{below}/{name}").st_size
    return size


def _end(child: subprocess.Popen[bytes], *, group: bool) -> None:
    """Kill what is left of a program and what it started, and give its pipes back."""
    if child.poll() is None:
        with contextlib.suppress(OSError):
            if group and hasattr(os, "killpg"):
                os.killpg(child.pid, signal.SIGKILL)
            else:
                child.kill()
    child.wait()
    for pipe in (child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
