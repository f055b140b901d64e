"""Queries from a pipe, one a line, when there is no terminal to chat in: plain answers, in order."""

import asyncio
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import BinaryIO

from dexter.agent import Event, Notice, PlanChanged
from dexter.asking import ask
from dexter.chat.commands import Leave, Query, Unknown, parse, unknown
from dexter.cli.asking.equipment import Equipment, equip
from dexter.cli.asking.stopping import Stopping
from dexter.cli.equipping.guidance import skill_commands
from dexter.cli.options import Options
from dexter.cli.screen.lines import answer_line, error_line, plan_text, remark
from dexter.cli.screen.plots import with_plots
from dexter.errors import UsageError
from dexter.sessions.records.figures import figures_line, worth_telling
from dexter.summaries import Summaries


def run_piped(options: Options) -> int:
    """Answer each line of standard input, blank ones left out, until it ends or says `exit`.

    A query that fails does not keep the next ones from being asked.

    Returns:
        0 if every answer is complete; 1 if one is not; the signal's code if the run was stopped by one.

    Raises:
        UsageError: If there is no standard input.
        ModelNotFound: If `--model` names nothing that can answer. Nothing was stored.
        SessionNotFound: If there is no session to go on with.
        NotSaved: If an exchange can't be saved; its answer was printed all the same.
    """
    if sys.stdin is None:
        raise UsageError("There is no standard input to read queries from: use --print QUERY.")
    equipment = equip(options)
    with equipment.sessions:
        equipment.tell()
        return asyncio.run(_answer_all(sys.stdin.buffer, equipment))


async def _answer_all(source: BinaryIO, equipment: Equipment) -> int:
    complete = True
    summaries = Summaries()
    with Stopping() as stopping:
        lines = _lines(source)
        skills = partial(skill_commands, equipment.options)
        try:
            while (line := await _next(lines, stopping)) is not None:
                meaning = parse(line, skills)
                if isinstance(meaning, Leave):
                    break
                if isinstance(meaning, Query):
                    equipment, answered = await _answer(meaning.text, equipment, stopping, summaries)
                    complete = complete and answered
                elif isinstance(meaning, Unknown):
                    complete = False
                    error_line(unknown(meaning))
                else:
                    complete = False
                    error_line(f"{line.split()[0]} works in a chat only; it was not sent to the model.")
        finally:
            await summaries.close(equipment.manager)
            await equipment.agent.close()
    if equipment.manager is not None and equipment.manager.session_id is not None:
        remark(f"Resume with: dexter --session {equipment.manager.session_id}")
    return stopping.exit_code or (0 if complete else 1)


async def _answer(
    query: str, equipment: Equipment, stopping: Stopping, summaries: Summaries
) -> tuple[Equipment, bool]:
    equipment.begin_session()
    answered = await ask(
        query,
        manager=equipment.manager,
        agent=equipment.agent,
        memory=equipment.memory,
        show=_show(),
        started=stopping.watch,
        summaries=summaries,
    )
    delivered = answer_line(with_plots(answered.outcome.answer, answered.outcome.steps))
    figures = answered.outcome.figures
    if figures is not None and worth_telling(figures):
        remark(figures_line(figures))
    equipment.tell_after(answered)
    if answered.outcome.error:
        error_line(answered.outcome.error)
    return replace(equipment, memory=answered.memory), delivered and answered.outcome.status == "complete"


def _show() -> Callable[[Event], None]:
    planned: tuple[str, ...] = ()

    def show(event: Event) -> None:
        nonlocal planned
        if isinstance(event, Notice):
            remark(event.text)
        elif isinstance(event, PlanChanged):
            texts = tuple(item.text for item in event.items)
            if texts != planned:
                planned = texts
                remark(plan_text(texts))

    return show


async def _next(lines: "asyncio.Queue[str | None]", stopping: Stopping) -> str | None:
    """The next line that is not blank; None at the end of input or after a signal."""
    while not stopping.came.is_set():
        waiting = asyncio.ensure_future(lines.get())
        stopped = asyncio.ensure_future(stopping.came.wait())
        await asyncio.wait({waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not waiting.done():
            waiting.cancel()
            break
        line = waiting.result()
        if line is None or line.strip():
            return line
    return None


def _lines(source: BinaryIO) -> "asyncio.Queue[str | None]":
    """The lines as they come, then None; read in a thread that may be left waiting in the end."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def put(line: str | None) -> None:
        try:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        except RuntimeError:
            # The run was stopped meanwhile, nobody waits for lines any more.
            return

    def read() -> None:
        for line in source:
            put(line.decode("utf-8", "replace").rstrip("\r\n"))
        put(None)

    threading.Thread(target=read, name="lines", daemon=True).start()
    return lines
