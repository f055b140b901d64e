import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from dexter.agent import AnswerPart, Event, Memory, Run
from dexter.agent.run import Ending, Hear, Progress
from dexter.chat.desk import SessionDesk
from dexter.models.choice import ModelChoice
from dexter.sessions import SessionManager
from dexter.sessions.errors import NotSaved

CHOICE = ModelChoice("openai", "m")


class Words:
    """Says what it was given."""

    def of_notice(self, notice: object) -> str | None:
        return str(notice)

    def of_error(self, error: BaseException) -> str:
        return repr(error)


class Parrot:
    """An agent that answers with the queries that it remembers."""

    choice = CHOICE

    def start(self, query: str, memory: Memory, hear: Hear) -> Run:
        async def work(progress: Progress) -> Ending:
            known = [exchange.query for exchange in memory.exchanges]
            progress.emit(AnswerPart(1, f"{query} after {known}"))
            return Ending("complete")

        return Run(work, CHOICE, hear=hear)

    async def summarise(self, query: str, answer: str) -> str | None:  # noqa: ARG002
        return None

    async def close(self) -> None:
        return None


class FullDisk(SessionManager):
    """Sessions on a disk with room for nothing more than the query."""

    full = True

    def save_exchange(self, **fields: Any) -> Any:
        if self.full:
            raise NotSaved("no space left on device")
        return super().save_exchange(**fields)


def at_a_desk(
    manager: SessionManager, scene: Callable[[SessionDesk], Awaitable[None]], *, keeps: bool = True
) -> None:
    async def whole() -> None:
        desk = SessionDesk(
            CHOICE,
            make_agent=lambda *_: Parrot(),
            open_manager=lambda: manager,
            keeps=keeps,
            words=Words(),
            clock=time.time,
        )
        await scene(desk)
        await desk.close()

    asyncio.run(whole())


async def ask(desk: SessionDesk, query: str) -> tuple[str, Any]:
    events: list[Event] = []
    stored = await desk.ask(query, show=events.append, started=lambda _: None)
    return "".join(event.text for event in events if isinstance(event, AnswerPart)), stored


def sessions(home: Path) -> SessionManager:
    return SessionManager(home / ".dexter", identity=("T", "t@example.invalid"))


def test_an_answer_that_cannot_be_saved_is_said_and_remembered_for_the_next_query(tmp_path: Path):
    manager = FullDisk(tmp_path / ".dexter", identity=("T", "t@example.invalid"))

    async def scene(desk: SessionDesk) -> None:
        answer, stored = await ask(desk, "one")
        assert answer == "one after []"
        assert not stored.stored
        assert stored.trouble == "The answer above is not saved: NotSaved('no space left on device')"
        manager.full = False
        answer, stored = await ask(desk, "two")
        assert answer == "two after ['one']"
        assert stored.commit is not None
        assert stored.trouble is None

    at_a_desk(manager, scene)


def test_a_session_begins_with_its_first_query_under_the_id_that_was_shown(tmp_path: Path):
    manager = sessions(tmp_path)

    async def scene(desk: SessionDesk) -> None:
        shown = desk.place.session_id
        assert await desk.news() == []
        assert not (tmp_path / ".dexter").exists()
        await ask(desk, "one")
        assert desk.was_stored == shown
        await desk.fresh()
        assert desk.place.session_id != shown
        assert [metadata.id for metadata in await desk.sessions()] == [shown]

    at_a_desk(manager, scene)


def test_a_desk_that_keeps_nothing_remembers_and_writes_nothing(tmp_path: Path):
    async def scene(desk: SessionDesk) -> None:
        await ask(desk, "one")
        answer, stored = await ask(desk, "two")
        assert answer == "two after ['one']"
        assert not stored.stored

    at_a_desk(sessions(tmp_path), scene, keeps=False)
    assert not (tmp_path / ".dexter").exists()


def test_what_another_chat_added_is_told_once_and_known_from_then_on(tmp_path: Path):
    manager = sessions(tmp_path)

    async def scene(desk: SessionDesk) -> None:
        await ask(desk, "one")
        with sessions(tmp_path) as other:
            other.resume(desk.place.session_id)
            other.save_exchange(query="from elsewhere", answer="a", model="m")
        _, stored = await ask(desk, "two")
        assert any("Another chat has added 1 exchange" in notice for notice in stored.notices)
        answer, stored = await ask(desk, "three")
        assert "from elsewhere" in answer
        assert not any("Another chat" in notice for notice in stored.notices)

    at_a_desk(manager, scene)


def test_after_a_rewind_the_model_is_told_only_the_way_there(tmp_path: Path):
    manager = sessions(tmp_path)

    async def scene(desk: SessionDesk) -> None:
        for query in ("one", "two"):
            await ask(desk, query)
        await desk.rewind(desk.place.memory.exchanges[0].id)
        answer, stored = await ask(desk, "three")
        assert answer == "three after ['one']"
        assert not any("Another chat" in notice for notice in stored.notices)
        forked = await desk.fork(desk.place.memory.exchanges[1])
        assert [exchange.query for exchange in forked.exchanges] == ["one", "three"]
        answer, _ = await ask(desk, "four")
        assert answer == "four after ['one', 'three']"

    at_a_desk(manager, scene)


def test_that_something_was_masked_is_told_of_each_exchange_in_a_line(tmp_path: Path):
    async def scene(desk: SessionDesk) -> None:
        for _ in range(2):
            _, stored = await ask(desk, "Is it AKIAIOSFODNN7EXAMPLE?")
            assert len([notice for notice in stored.notices if "SecretsMasked" in notice]) == 1
        answer, _ = await ask(desk, "two")
        assert answer == f"two after {['Is it [masked: aws key id]?'] * 2}"

    at_a_desk(sessions(tmp_path), scene)
