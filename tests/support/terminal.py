"""The real program in a real pseudo-terminal, with a terminal emulator that shows what a person would see.

Nothing here sleeps for a guessed time: `wait_for` reads until what is waited for is on the screen.
"""

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pyte

PATIENCE = 60.0
"""Seconds until a screen that does not come is a failure; a loaded machine is slow."""

UP, DOWN, TAB, ENTER, ESCAPE = "\x1b[A", "\x1b[B", "\t", "\r", "\x1b"
CTRL_C, CTRL_D = "\x03", "\x04"


def program() -> list[str]:
    """The command that starts dexter: the installed program, else the module."""
    beside = Path(sys.executable).with_name("dexter")
    found = str(beside) if beside.exists() else shutil.which("dexter")
    return (
        [found]
        if found
        else [sys.executable, "-c", "from dexter.cli.app import main; raise SystemExit(main())"]
    )


class Terminal:
    """A program in a terminal; leaving kills it if it still runs.

    Attributes:
        raw: Everything that the program wrote, escape sequences included.
    """

    def __init__(
        self,
        arguments: Sequence[str] = (),
        *,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
        command: Sequence[str] = (),
    ) -> None:
        first, *others = command or program()
        self._screen = pyte.HistoryScreen(columns, rows, history=5000, ratio=0.5)
        self._stream = pyte.Stream(self._screen)
        self.raw = ""
        self._child: pexpect.spawn[str] = pexpect.spawn(
            first,
            [*others, *arguments],
            env={**os.environ, **(environment or {})},
            cwd=directory,
            dimensions=(rows, columns),
            encoding="utf-8",
            codec_errors="replace",
            timeout=PATIENCE,
        )
        self._child.delaybeforesend = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.close(force=True)

    def type(self, text: str) -> None:
        """Press keys."""
        self._child.send(text)

    def enter(self, text: str) -> None:
        """Type a line and press Enter."""
        self._child.send(f"{text}{ENTER}")

    def paste(self, text: str) -> None:
        """Paste, as a terminal does that marks what is pasted."""
        self._child.send(f"\x1b[200~{text}\x1b[201~")

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window."""
        self._child.setwinsize(rows, columns)
        self._screen.resize(rows, columns)

    def kill(self, number: int) -> None:
        """Send a signal."""
        self._child.kill(number)

    def lines(self) -> list[str]:
        """What is on the screen, without blanks at the ends of lines and empty lines at the end."""
        shown = [line.rstrip() for line in self._screen.display]
        while shown and not shown[-1]:
            shown.pop()
        return shown

    def everything(self) -> list[str]:
        """What has scrolled off and what is on the screen."""
        columns = self._screen.columns
        above = [
            "".join(line[column].data for column in range(columns)).rstrip()
            for line in self._screen.history.top
        ]
        return [*above, *self.lines()]

    def text(self) -> str:
        """`everything`, in one piece."""
        return "\n".join(self.everything())

    def wait_for(self, what: str | Callable[[], bool], *, times: int = 1) -> None:
        """Read until a text was seen so many times, above or on the screen, or until a condition holds."""
        deadline = time.monotonic() + PATIENCE

        def there() -> bool:
            return what() if callable(what) else self.text().count(what) >= times

        while not there():
            if time.monotonic() > deadline or not self._read():
                shown = "\n".join(f"  |{line}" for line in self.everything()[-60:])
                raise AssertionError(f"not seen: {what!r} {times} times; what is there:\n{shown}")

    def wait_for_end(self) -> int:
        """Read until the program ends; returns its exit code, negative for a signal."""
        while self._read():
            pass
        self._child.close()
        signal = self._child.signalstatus
        return -signal if signal is not None else self._child.exitstatus or 0

    def session_id(self) -> str:
        """The id that the banner shows."""
        self.wait_for("Session: ")
        found = re.search(r"Session: ([a-z0-9]{8})", self.text())
        if found is None:
            raise AssertionError(self.text())
        return found[1]

    def _read(self) -> bool:
        """Take in what the program wrote since; False if it has ended."""
        try:
            text = self._child.read_nonblocking(65536, timeout=0.2)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += text
        self._stream.feed(text)
        return True
