"""A model server in a process of its own, for programs that run beside it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Serving:
    """A server that runs; `address` ends with its port."""

    address: str

    @property
    def base_url(self) -> str:
        """Where OpenAI's protocol is spoken."""
        return f"{self.address}/v1"


@contextmanager
def serving(*, port: int = 0, pause: float = 0.0) -> Iterator[Serving]:
    """A server on a free port of the loopback, ended on leaving.

    Args:
        port: The port; 0 takes a free one.
        pause: Seconds before each piece of an answer.
    """
    command = [sys.executable, "-m", "tests.support.servers", "--port", str(port), "--pause", str(pause)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise AssertionError("stdout is a pipe")
        yield Serving(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
