"""gpg and ssh-keygen are run: what they are given, and what they say."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence

import msgspec

from gitstore.signing.values import Signing

_SILENT = 30.0
"""Seconds that a program may take when nobody is asked: a key may wait for ever to be touched."""
_ASKING = 300.0


class SignerNotFound(Exception):
    """A program for signatures is not there, or cannot be run."""


class Ran(msgspec.Struct, frozen=True):
    """What a program said."""

    code: int
    out: bytes
    err: str

    @property
    def reason(self) -> str:
        """The last line that it wrote about what went wrong."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        told = [line for line in lines if not line.startswith("[GNUPG:]")]
        return told[-1] if told else f"it ended with {self.code}"


def run(
    command: Sequence[str], given: bytes, signing: Signing, *, ask: bool = False, shown: bool = False
) -> Ran:
    """Run a program to its end.

    Args:
        command: The program and its arguments.
        given: What it reads.
        signing: Where and with what environment.
        ask: Whether it may ask a person on the terminal; otherwise it has none, and fails where it needs one.
        shown: Whether what it says of errors goes to the terminal (a key wants to be touched).

    Raises:
        SignerNotFound: It is not there, or cannot be started.
        TimeoutError: It took too long, and was killed.
    """
    environment = dict(signing.environment)
    if not ask:
        environment["SSH_ASKPASS_REQUIRE"] = "never"
    try:
        child = subprocess.Popen(
            command,
            cwd=signing.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if shown else subprocess.PIPE,
            start_new_session=not ask,
        )
    except (OSError, ValueError) as error:
        raise SignerNotFound(f"{command[0]}: {getattr(error, 'strerror', None) or error}") from error
    try:
        out, err = child.communicate(given, _ASKING if ask else _SILENT)
    except subprocess.TimeoutExpired:
        _kill(child, group=not ask)
        raise TimeoutError(f"{command[0]} gave no answer") from None
    except BaseException:
        _kill(child, group=not ask)
        raise
    return Ran(child.returncode, out, (err or b"").decode("utf-8", "replace"))


def _kill(child: subprocess.Popen[bytes], *, group: bool) -> None:
    with contextlib.suppress(OSError):
        if group and hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    child.communicate()
