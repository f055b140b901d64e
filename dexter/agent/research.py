"""The tool that lets helpers look into parts of a question at the same time, one level deep."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dexter.agent.events import HelperTold
from dexter.agent.helping import Helped, report
from dexter.agent.scope import RunTool, Scope
from dexter.tools.errors import BadArgument, NotComputable
from dexter.tools.registry import Tool

if TYPE_CHECKING:
    from dexter.agent.run import Run

NAME = "research"
MOST_TASKS = 4
LONGEST_TASK = 2_000


def research_tool(reading: Sequence[Tool]) -> RunTool:
    """What makes the tool `research` for a run.

    Args:
        reading: What helpers may call. Nothing that changes anything or asks anybody: nobody sees them do it.
    """
    tools = tuple(reading)

    def made(scope: Scope) -> Tool:
        research = _Research(scope, tools).research
        return Tool(NAME, "Researching parts of it", research, special=True, own_time=True)

    return made


class _Research:
    """The tool of one run, which has so many helpers and no more."""

    def __init__(self, scope: Scope, tools: tuple[Tool, ...]) -> None:
        self._scope = scope
        self._tools = tools
        self._had = 0

    async def research(self, tasks: list[str]) -> dict[str, Any]:
        """Let helpers work on 1 to 4 parts of the question at the same time; returns an answer for each.

        Use it where parts do not need each other and each takes several look-ups, such as one company each;
        for a single look-up call the tool yourself. A helper can read and compute, has none of this
        conversation, and can't ask back. Check what helpers say against each other, and name their sources.
        What a helper's tool returned can be read on in: it is called by the name of this call's result
        with the `result` of the source behind it, such as now.2.1.3; read_result("list") has them.

        Args:
            tasks: Each a whole question that can be understood by itself, with companies, figures, periods
                and units.
        """
        asked = self._checked(tasks)
        step, call = self._scope.step(), self._scope.call()
        runs = [self._scope.begin(task, self._tools) for task in asked]
        try:
            helped = await asyncio.gather(
                *(self._followed(run, step, call, number, asked[number - 1])
                  for number, run in enumerate(runs, start=1))
            )  # fmt: skip
        finally:
            # Whatever ended this ends them, and nothing of them is left open.
            for run in runs:
                run.cancel()
            await asyncio.gather(*(run.closed() for run in runs))
        return report(helped)

    def _checked(self, tasks: list[str]) -> list[str]:
        asked = [task.strip() for task in tasks]
        if not 1 <= len(asked) <= MOST_TASKS:
            raise BadArgument("tasks", f"has to hold 1 to {MOST_TASKS} questions")
        if not all(asked):
            raise BadArgument("tasks", "holds an empty question")
        if any(len(task) > LONGEST_TASK for task in asked):
            raise BadArgument("tasks", f"holds a question of more than {LONGEST_TASK:,} characters")
        left = self._scope.limits.helpers - self._had
        if len(asked) > left:
            had = f"this question has had {self._had} helpers"
            raise NotComputable(f"{had}, of which there are {self._had + left} at most: go on without more")
        self._had += len(asked)
        return asked

    async def _followed(self, run: "Run", step: int, call: str, number: int, task: str) -> Helped:
        late = []

        def end() -> None:
            late.append(run)
            run.cancel()

        timer = asyncio.get_running_loop().call_later(self._scope.limits.helper_seconds, end)
        try:
            async for event in run:
                tokens = run.usage.total_tokens if run.usage else 0
                self._scope.emit(HelperTold(step, call, number, task, event, tokens))
        finally:
            timer.cancel()
        if run.outcome is None:
            raise AssertionError("the last event of a run comes with its outcome")
        self._scope.keep(call, number, run.outcome.steps)
        return Helped(task, run.outcome, late=bool(late))
