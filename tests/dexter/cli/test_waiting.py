"""Who waits longer than a moment is told so, on a terminal and nowhere else."""

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dexter.cli.app import main
from dexter.cli.screen import waiting
from dexter.sessions import SessionManager
from tests.support.sessions import make_session


class Terminal(io.StringIO):
    """Something that takes itself for a screen."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("command", [["list"], ["log"], ["search", "one"], ["list", "--deleted"]])
def test_a_command_that_takes_its_time_says_so_on_a_terminal(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / ".dexter"
    make_session(home, "one")
    monkeypatch.setattr(waiting, "PATIENCE", 0.0)
    for name in ("list_sessions", "log", "look_up", "deleted_sessions"):
        monkeypatch.setattr(SessionManager, name, _slow(getattr(SessionManager, name)))
    for screen, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", screen)
        assert main(["--home", str(home), "sessions", *command]) == 0
        said = screen.getvalue()
        assert ("..." in said) == shown
        assert said.endswith("\r") == shown  # and it is gone when the answer comes


def _slow(method: Callable[..., object]) -> Callable[..., object]:
    def slowly(*arguments: object, **named: object) -> object:
        time.sleep(0.2)
        return method(*arguments, **named)

    return slowly
