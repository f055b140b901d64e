"""A terminal that gets narrower while something moves on it."""

import asyncio
import signal

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from dexter.agent.events import AnswerPart
from dexter.terminal.reflow import rows_added, wraps_anew
from dexter.terminal.screen import TerminalScreen


class Shrinking(DummyOutput):
    """An output whose width can change, and that counts how far the cursor went up."""

    def __init__(self) -> None:
        self.columns = 80
        self.up = 0

    def get_size(self) -> Size:
        return Size(rows=24, columns=self.columns)

    def cursor_up(self, amount: int) -> None:
        self.up += amount


def rows_gone_up(*, wraps: bool) -> int:
    """By how many rows the cursor goes up when 80 columns become 40 while 60 columns of text are shown."""
    output = Shrinking()

    async def scene() -> None:
        with create_pipe_input() as keys:
            screen = TerminalScreen(keys, output, wraps=wraps)
            async with screen.running():
                screen.begin("a query")
                screen.show(AnswerPart(1, "x" * 60))
                await asyncio.sleep(0.3)
                output.columns, output.up = 40, 0
                signal.raise_signal(signal.SIGWINCH)
                for _ in range(3):
                    await asyncio.sleep(0)

    asyncio.run(scene())
    return output.up


def test_rows_that_the_terminal_made_by_wrapping_are_erased_with_the_others() -> None:
    assert rows_gone_up(wraps=True) == rows_gone_up(wraps=False) + 1


@pytest.mark.parametrize(
    ("widths", "cursor", "columns", "added"),
    [([], 0, 80, 0), ([80, 80], 2, 80, 0), ([80, 81], 2, 80, 1), ([100, 0, 50], 5, 40, 3), ([10], 40, 40, 1)],
)
def test_each_row_wider_than_the_terminal_takes_more(
    widths: list[int], cursor: int, columns: int, added: int
) -> None:
    assert rows_added(widths, cursor, columns) == added


def test_only_terminals_that_are_known_to_wrap_are_believed_to() -> None:
    assert wraps_anew({"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"})
    assert wraps_anew({"TERM_PROGRAM": "Apple_Terminal"})
    assert not wraps_anew({"TERM": "xterm-256color", "TMUX": ""})
