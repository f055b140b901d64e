import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from dexter.agent.events import AnswerPart, Finished, Outcome, ToolFinished, ToolStarted
from dexter.chat.screen import Back, Choice, Close, Input, Interrupt, Line
from dexter.terminal.screen import TerminalScreen
from dexter.tools.person import Question

Scene = Callable[[TerminalScreen, PipeInput], Awaitable[None]]
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Paper(DummyOutput):
    """An output that keeps what is printed above the prompt."""

    def __init__(self, columns: int = 80) -> None:
        self.printed = ""
        self.columns = columns

    def write_raw(self, data: str) -> None:
        self.printed += data

    def get_size(self) -> Size:
        return Size(rows=24, columns=self.columns)


@contextmanager
def screen_on(paper: Paper, history: tuple[str, ...] = ()) -> Iterator[tuple[TerminalScreen, PipeInput]]:
    with create_pipe_input() as keys:
        yield TerminalScreen(keys, paper, history=history), keys


def play(scene: Scene, history: tuple[str, ...] = (), columns: int = 80) -> str:
    paper = Paper(columns)

    async def whole() -> None:
        with screen_on(paper, history) as (screen, keys):
            async with screen.running():
                await asyncio.wait_for(scene(screen, keys), 20)

    asyncio.run(whole())
    return SEQUENCE.sub("", paper.printed).replace("\r\n", "\n")


def typed(keys: str, history: tuple[str, ...] = ()) -> list[Input]:
    """What comes of some keys, up to Ctrl+D at an empty prompt."""
    got: list[Input] = []

    async def scene(screen: TerminalScreen, pipe: PipeInput) -> None:
        pipe.send_text(keys + "\x04")
        while True:
            got.append(await screen.read())
            if got[-1] == Close():
                return

    play(scene, history)
    return got[:-1]


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        ("hello\r", ["hello"]),
        ("hello\n", ["hello"]),
        ("one\x1b\rtwo\r", ["one\ntwo"]),
        ("one\\\rtwo\r", ["one\ntwo"]),
        ("\x1b[200~a\r\nb\tc\x1b[201~\r", ["a\nb\tc"]),
        ("\x1b[200~x\x1b]0;title\x07y\u202ez\x1b[201~\r", ["xyz"]),
        ("\x1b[200~/quit\nnow\x1b[201~\r", ["/quit\nnow"]),
        ("   \r", []),
        ("/sta\t\r", ["/status"]),
        ("/re\tn\t\r", ["/rename"]),
        ("first\rsecond\r", ["first", "second"]),
        ("x" * 5000 + "\r", ["x" * 5000]),
    ],
)
def test_keys_become_lines(keys: str, lines: list[str]):
    assert typed(keys) == [Line(line) for line in lines]


def test_the_up_arrow_brings_back_what_was_typed_now_and_in_earlier_runs():
    earlier = ("first", "second\nof two lines")
    assert typed("new\r\x1b[A\x1b[A\r", earlier) == [Line("new"), Line("second\nof two lines")]
    assert typed("\x1b[A\x1b[A\x1b[A\r", earlier) == [Line("first")]
    assert typed("begun\x1b[A\x1b[B\r", ("first",)) == [Line("begun")]


def test_ctrl_c_clears_what_is_typed_and_counts_only_at_an_empty_prompt():
    assert typed("abc\x03\x03\x03x\x03\x03") == [Interrupt(), Interrupt(again=True), Interrupt()]


def test_escape_twice_clears_what_is_typed_and_at_an_empty_prompt_goes_back():
    assert typed("\x1b\x1b") == [Back()]
    assert typed("abc\x1b\x1b") == []
    assert typed("abc\x1b\x1b\x1b\x1b") == [Back()]
    assert typed("abc\x1b\x1b\x1b[A!\r", ("older",)) == [Line("abc!")]
    assert typed("/re\x1b\x1b\x1b\x1b") == [Back()]
    assert typed("\x1b[A\x1b\x1b\x1b[A\r", ("older", "old")) == [Line("old")]


def test_a_text_that_is_offered_is_changed_and_asked():
    got: list[Input] = []

    async def scene(screen: TerminalScreen, keys: PipeInput) -> None:
        screen.offer("What of\nit\x1b[2J")
        keys.send_text(" now?\r")
        got.append(await screen.read())

    play(scene)
    assert got == [Line("What of\nit now?")]


def test_a_run_is_printed_once_with_its_tools_and_ending():
    async def scene(screen: TerminalScreen, keys: PipeInput) -> None:
        screen.begin("What of\nit?")
        screen.show(ToolStarted(1, "c", "calculate", {"expression": "1+1", "note": "a\x1b[31mb"}))
        screen.show(ToolFinished(1, "c", "calculate", '{"value":\n 2}', True, 1500))
        for char in "First.\n\n- one\n- two\n\nThe **end**":
            screen.show(AnswerPart(2, char))
        screen.show(Finished(Outcome("complete", "", "m", "p", 61_000)))
        screen.end(Outcome("complete", "", "m", "p", 61_000), commit="0123456789abcdef", stored=True)

    assert play(scene) == (
        "\n> What of\n  it?\n"
        "* calculate(expression=1+1, note=ab) -> value: 2 1.5 s\n"
        "\nFirst.\n\n • one\n • two\n\nThe end\n"
        "\n1 min 01 s · commit 01234567\n\n"
    )


def test_a_failed_run_says_why_on_any_width():
    async def scene(screen: TerminalScreen, keys: PipeInput) -> None:
        screen.begin("query")
        outcome = Outcome(
            "error", "", "m", "p", 100, error="The provider\x1b[2J is overloaded at the moment."
        )
        screen.show(Finished(outcome))
        screen.end(outcome)

    shown = play(scene, columns=20)
    assert "Error: The provider\nis overloaded at the\nmoment.\n0.1 s · not stored\n" in shown


def test_picking_narrows_down_moves_and_gives_the_value():
    picked: list[object] = []

    async def scene(screen: TerminalScreen, keys: PipeInput) -> None:
        choices = [
            Choice(number, f"session {number}", keywords=word)
            for number, word in enumerate(["bonds", "loans", "loan rates"])
        ]
        keys.send_text("loan\x1b[B\r")
        picked.append(await screen.pick("Which?", choices))
        keys.send_text("\x03")
        picked.append(await screen.pick("Which?", choices))
        keys.send_text("nothing like it\r\x03")
        picked.append(await screen.pick("Which?", choices))
        keys.send_text("typed after\r")
        picked.append(await screen.read())

    play(scene)
    assert picked == [2, None, None, Line("typed after")]


def test_escape_leaves_at_once_and_what_is_typed_next_is_not_lost():
    picked: list[object] = []

    async def scene(screen: TerminalScreen, keys: PipeInput) -> None:
        picking = asyncio.create_task(screen.pick("Which?", [Choice(1, "one")]))
        await asyncio.sleep(0.1)
        keys.send_text("\x1b")
        picked.append(await asyncio.wait_for(picking, 0.8))
        keys.send_text("use it\r")
        picked.append(await screen.read())

    play(scene)
    assert picked == [None, Line("use it")]


@pytest.mark.parametrize("ending", ["\r", "\x1b", "\x03"])
def test_what_comes_in_one_go_with_the_key_that_ends_a_panel_is_for_the_prompt(ending: str):
    """A terminal that is slow, or a program that drives it, sends many keys at once."""
    got: list[Input] = []

    async def scene(screen: TerminalScreen, keys: PipeInput) -> None:
        for shown in (
            lambda: screen.pick("Which?", [Choice(1, "one")]),
            lambda: screen.ask_secret("Key"),
            lambda: screen.ask(Question("Which?", ("one", "two"))),
        ):
            keys.send_text(f"{ending}typed behind it\r")
            await shown()
            while not isinstance(given := await screen.read(), Line):
                assert given == Interrupt()
            got.append(given)

    play(scene)
    assert got == [Line("typed behind it")] * 3


def test_a_secret_is_given_and_never_drawn():
    given: list[object] = []

    async def scene(screen: TerminalScreen, keys: PipeInput) -> None:
        keys.send_text("sk-secret\r")
        given.append(await screen.ask_secret("Key"))
        keys.send_text("sk-secret\x1b")
        given.append(await screen.ask_secret("Key"))

    shown = play(scene)
    assert given == ["sk-secret", None]
    assert "secret" not in shown


def test_a_signal_ends_a_list_that_waits_for_a_choice():
    async def scene(screen: TerminalScreen, keys: PipeInput) -> None:
        picking = asyncio.create_task(screen.pick("Which?", [Choice(1, "one")]))
        await asyncio.sleep(0)
        screen.give(Close())
        assert await picking is None
        assert await screen.read() == Close()

    play(scene)


def test_a_closed_keyboard_closes_the_chat():
    async def scene(screen: TerminalScreen, keys: PipeInput) -> None:
        keys.close()
        assert await screen.read() == Close()

    play(scene)
