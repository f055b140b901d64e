import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from dexter.agent.events import AnswerPart, Event, Finished, Outcome
from dexter.chat.commands import Call
from dexter.chat.loop import Cancellable, Chat, Stored
from dexter.chat.screen import Back, Choice, Close, Input, Interrupt, Line, Tone
from dexter.sessions import SessionExchange, Step

T = TypeVar("T")


@dataclass
class ScriptedScreen:
    """Gives what it was handed, and writes down what it is told."""

    width: int = 80
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inputs: asyncio.Queue[Input] = asyncio.Queue()
        self.changed = asyncio.Event()

    def give(self, *inputs: Input) -> None:
        for each in inputs:
            self.inputs.put_nowait(each)

    async def until(self, text: str) -> None:
        while not any(text in line for line in self.told):
            self.changed.clear()
            await self.changed.wait()

    def _tell(self, line: str) -> None:
        self.told.append(line)
        self.changed.set()

    async def read(self) -> Input:
        return await self.inputs.get()

    def say(self, text: str, tone: Tone = "plain") -> None:
        self._tell(f"{tone}: {text}")

    def hint(self, text: str) -> None:
        self._tell(f"hint: {text}")

    def show_exchange(self, exchange: SessionExchange, steps: Sequence[Step] = ()) -> None:  # noqa: ARG002
        self._tell(f"earlier: {exchange.query}")

    def begin(self, query: str) -> None:
        self._tell(f"begin: {query}")

    def waits_for(self, what: str) -> None:
        self._tell(f"waits for: {what}")

    def show(self, event: Event) -> None:
        self._tell(f"event: {event}")

    def end(self, outcome: Outcome | None, *, commit: str | None = None, stored: bool = False) -> None:
        self._tell(f"end: {outcome.status if outcome else None} {commit} {stored}")

    def show_waiting(self, queries: Sequence[str]) -> None:
        self._tell(f"waiting: {list(queries)}")

    async def pick(self, title: str, choices: Sequence[Choice[T]]) -> T | None:
        raise AssertionError(title, choices)

    async def ask_secret(self, title: str) -> str | None:
        raise AssertionError(title)

    def clear(self) -> None:
        self._tell("clear")


@dataclass
class Desk:
    """Answers `slow ...` only when cancelled, `tools` takes words in until one is `done`, others at once."""

    asked: list[str] = field(default_factory=list)
    put_in: list[str] = field(default_factory=list)
    before: asyncio.Event | None = None

    async def ask(
        self,
        query: str,
        *,
        show: Callable[[Event], None],
        started: Callable[[Cancellable], None],
        further: Callable[[], Sequence[str]],
    ) -> Stored:
        self.asked.append(query)
        if self.before is not None:
            await self.before.wait()
        run = Run()
        started(run)
        show(AnswerPart(1, "begun"))
        if query.startswith("slow"):
            await run.cancelled.wait()
        while query.startswith("tools") and "done" not in self.put_in:
            self.put_in += further()
            await asyncio.sleep(0)
        status = "interrupted" if run.cancelled.is_set() else "complete"
        show(Finished(Outcome(status, "begun", "m", "p", 5)))
        return Stored(
            stored=True,
            commit="c0ffee",
            notices=("a notice",),
            trouble="a trouble" if "bad" in query else None,
        )


class Run:
    def __init__(self) -> None:
        self.cancelled = asyncio.Event()

    def cancel(self) -> None:
        self.cancelled.set()


Scene = Callable[[ScriptedScreen, Desk], Awaitable[None]]


def play(scene: Scene, desk: Desk | None = None) -> tuple[list[str], Desk, list[str]]:
    """Chat while a scene gives inputs; returns what the screen was told, the desk and the commands obeyed."""
    obeyed: list[str] = []
    table = desk or Desk()
    screens: list[ScriptedScreen] = []

    async def whole() -> None:
        screen = ScriptedScreen()
        screens.append(screen)

        async def obey(call: Call) -> None:
            obeyed.append(f"{call.command.name} {call.argument}".strip())
            screen._tell(f"obeyed: {obeyed[-1]}")

        chatting = asyncio.create_task(Chat(screen, table, obey).run())
        await scene(screen, table)
        await asyncio.wait_for(chatting, 20)

    asyncio.run(whole())
    return screens[0].told, table, obeyed


def test_a_query_is_asked_shown_and_its_notices_and_troubles_are_said():
    async def scene(screen: ScriptedScreen, desk: Desk) -> None:
        screen.give(Line("bad luck"))
        await screen.until("error: a trouble")
        screen.give(Close())

    told, _, _ = play(scene)
    assert (
        told.index("begin: bad luck")
        < told.index("end: complete c0ffee True")
        < told.index("notice: a notice")
    )


def test_what_is_typed_while_a_query_runs_waits_and_is_asked_in_order():
    async def scene(screen: ScriptedScreen, desk: Desk) -> None:
        screen.give(Line("slow one"))
        await screen.until("begun")
        screen.give(Line("two"), Line("/new"), Line("three"))
        await screen.until("waiting: ['two', '/new', 'three']")
        screen.give(Interrupt())
        await screen.until("begin: three")
        screen.give(Line("exit"))

    told, desk, obeyed = play(scene)
    assert desk.asked == ["slow one", "two", "three"]
    assert obeyed == ["new"]
    assert told.index("begin: two") < told.index("obeyed: new") < told.index("begin: three")
    assert any(line.startswith("hint: Only that query is cancelled") for line in told)


def test_a_run_gets_what_is_typed_meanwhile_and_it_is_not_asked_again():
    async def scene(screen: ScriptedScreen, desk: Desk) -> None:
        screen.give(Line("tools"))
        await screen.until("begun")
        screen.give(Line("two"), Line("done"))
        await screen.until("end: complete")
        screen.give(Line("exit"))

    _, desk, _ = play(scene)
    assert desk.asked == ["tools"]
    assert desk.put_in == ["two", "done"]


def test_what_is_typed_behind_a_command_waits_for_the_command():
    async def scene(screen: ScriptedScreen, desk: Desk) -> None:
        screen.give(Line("tools"))
        await screen.until("begun")
        screen.give(Line("/new"), Line("mine"))
        await screen.until("waiting: ['/new', 'mine']")
        desk.put_in.append("done")
        await screen.until("begin: mine")
        screen.give(Line("exit"))

    told, desk, obeyed = play(scene)
    assert desk.asked == ["tools", "mine"]
    assert desk.put_in == ["done"]
    assert obeyed == ["new"]
    assert told.index("obeyed: new") < told.index("begin: mine")


def test_a_query_cancelled_before_it_has_begun_ends_as_soon_as_it_begins():
    desk = Desk(before=asyncio.Event())

    async def scene(screen: ScriptedScreen, desk: Desk) -> None:
        screen.give(Line("slow start"))
        await screen.until("begin: slow start")
        screen.give(Interrupt())
        await screen.until("waits for: Cancelling")
        assert desk.before is not None
        desk.before.set()
        await screen.until("end: interrupted")
        screen.give(Close())

    play(scene, desk)


def test_a_second_ctrl_c_leaves_only_if_nothing_came_between():
    async def scene(screen: ScriptedScreen, desk: Desk) -> None:
        screen.give(Interrupt(again=False), Line("/help"), Interrupt(again=False), Interrupt(again=True))

    told, _, obeyed = play(scene)
    assert obeyed == ["help"]
    assert told.count("hint: Press Ctrl+C again to leave.") == 2


def test_ctrl_c_that_cancelled_a_query_is_not_the_first_of_two_that_leave():
    async def scene(screen: ScriptedScreen, desk: Desk) -> None:
        screen.give(Line("slow one"))
        await screen.until("begun")
        screen.give(Interrupt())
        await screen.until("end: interrupted")
        screen.give(Interrupt(again=True))
        await screen.until("hint: Press Ctrl+C again to leave.")
        screen.give(Interrupt(again=True))

    play(scene)


def test_closing_cancels_and_saves_what_runs_and_says_what_was_not_asked():
    async def scene(screen: ScriptedScreen, desk: Desk) -> None:
        screen.give(Line("slow one"))
        await screen.until("begun")
        screen.give(Line("two"), Line("three"))
        await screen.until("'three'")
        screen.give(Close())

    told, desk, _ = play(scene)
    assert "end: interrupted c0ffee True" in told
    assert desk.asked == ["slow one"]
    assert told[-1].startswith("notice: 2 queries were still waiting and not asked")


@pytest.mark.parametrize("word", ["exit", "quit", "/exit", "/quit", " EXIT "])
def test_words_that_leave_wait_for_the_answer_that_is_under_way(word: str):
    async def scene(screen: ScriptedScreen, desk: Desk) -> None:
        screen.give(Line("quick"), Line(word))

    told, desk, _ = play(scene)
    assert desk.asked == ["quick"]
    assert "end: complete c0ffee True" in told


def test_an_unknown_slash_command_is_answered_with_the_nearest_and_never_asked():
    async def scene(screen: ScriptedScreen, desk: Desk) -> None:
        screen.give(Line("/sesions now"), Line("/zzzz"), Line("/"), Close())

    told, desk, obeyed = play(scene)
    assert desk.asked == []
    assert obeyed == []
    assert "error: There is no command /sesions. Did you mean /sessions?" in told
    assert "error: There is no command /zzzz. /help lists them." in told


def test_going_back_waits_until_nothing_runs():
    async def scene(screen: ScriptedScreen, desk: Desk) -> None:
        screen.give(Line("slow one"))
        await screen.until("begun")
        screen.give(Back())
        await screen.until("hint: Esc Esc")
        screen.give(Interrupt())
        await screen.until("end: interrupted")
        screen.give(Back())
        await screen.until("obeyed: rewind")
        screen.give(Close())

    _, _, obeyed = play(scene)
    assert obeyed == ["rewind"]


def test_help_and_status_answer_while_a_query_runs():
    async def scene(screen: ScriptedScreen, desk: Desk) -> None:
        screen.give(Line("slow one"))
        await screen.until("begun")
        screen.give(Line("/status"))
        await screen.until("obeyed: status")
        screen.give(Close())

    told, _, _ = play(scene)
    assert told.index("obeyed: status") < told.index("end: interrupted c0ffee True")
