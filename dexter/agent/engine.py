"""One model with its client and tools, built once for many runs; where failures become sentences."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
import pydantic_ai
from pydantic_ai.exceptions import ModelContextWindowExceededError
from pydantic_ai.toolsets import AbstractToolset

from dexter.agent.briefing import Briefing
from dexter.agent.budget import Budget, budget_of, window_of
from dexter.agent.events import Notice
from dexter.agent.loop import Attempt, Offered
from dexter.agent.prompts import LAST_STEP, helping, system_prompt
from dexter.agent.providers.failures import failure_of, said_by_provider, wait_asked_for
from dexter.agent.providers.patience import Candidate
from dexter.agent.providers.providers import build_model, http_client
from dexter.agent.providers.quick import Quick
from dexter.agent.run import Ending, Progress, Run
from dexter.agent.scope import NOWHERE
from dexter.agent.sentences import Failure, sentence
from dexter.agent.servers.served import ServedTools
from dexter.agent.setting import Setting
from dexter.agent.toolset import TOOLS_SHARE, build_toolset, offered, schema_tokens
from dexter.agent.window.context import assemble
from dexter.agent.window.memory import Memory
from dexter.agent.window.recalling import Looking
from dexter.agent.window.tokens import estimate
from dexter.agent.window.turns import Turn
from dexter.agent.window.window import Window, results_in
from dexter.sessions.records.compactions import Compaction
from dexter.tools.registry import Tool

# Of a window, for the user's rules and the list of skills.
BRIEFING_SHARE = 1 / 8


@dataclass(frozen=True)
class Told:
    """What a model is told in one run: prompt, further tools, the session, what earlier ones have."""

    prompt: str
    further: tuple[AbstractToolset[None], ...]
    memory: Memory
    recalled: Turn | None


class Engine:
    """One model with its client and tools, built once for many runs."""

    def __init__(self, setting: Setting, client: httpx2.AsyncClient | None = None) -> None:
        self._setting = setting
        self._client = client or http_client(setting)
        self._model = build_model(setting, setting.choice.model, self._client, cached=True)
        fit = offered(setting.described, window_of(setting))
        self._names = names = {tool.name for tool in fit}
        tools = [tool for tool in setting.tools if tool.name in names]
        self._run_tools = tuple(make for make in setting.run_tools if make(NOWHERE).name in names)
        self._tools_tokens = schema_tokens(fit)
        self._helpers: dict[tuple[Tool, ...], Engine] = {}
        self._told: set[object] = set()
        self._recalled = 0
        self._served_tokens = 0
        self._served = ServedTools(setting.servers, setting.limits) if setting.servers else None
        self._toolset = build_toolset(tools, setting.limits)
        self._pure = frozenset(tool.name for tool in fit if tool.pure)
        self._second = setting.for_second()
        self._agent: pydantic_ai.Agent[None, str] = pydantic_ai.Agent(
            output_type=str,
            deps_type=type(None),
            name="dexter",
            retries={"tools": setting.limits.steps, "output": 1},
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._served is not None:
            await self._served.close()
        await self._client.aclose()

    async def answer(
        self, query: str, memory: Memory, progress: Progress, looking: Looking | None = None
    ) -> Ending:
        """Answer a query, telling `progress` what happens; every failure of a provider becomes an ending.

        Args:
            query: What is asked.
            memory: The exchanges before.
            progress: Told what happens.
            looking: What finds what earlier sessions have; None offers nothing of them.
        """
        if looking is not None:
            await looking.settle(self._setting.limits.recall_wait)
        prompt = await self._prompt(progress, query)
        further, self._served_tokens = await self._further(progress)
        budget = self._budget(prompt, query)
        self._tell_of_compaction(memory, progress)
        recalled = None if looking is None else looking.recalled(budget.history)
        self._recalled = 0 if recalled is None else recalled.turn.tokens
        if recalled is not None:
            progress.emit(Notice(recalled.line, faint=True, recalled=recalled.texts))
        told = Told(prompt, tuple(further), memory, None if recalled is None else recalled.turn)
        # A window may be smaller than the catalogue knows, a text denser than the estimate: then with less.
        for divisor in (1, 2, 4):
            attempt = self._attempt(query, divisor, progress, told)
            try:
                return await attempt.answer(query)
            except ModelContextWindowExceededError as error:
                if divisor == 4 or attempt.step > 1 or not attempt.could_be_less:
                    return self._failed(error, progress)
                model = (progress.choice or self._setting.choice).model
                progress.emit(Notice(f"More than fits the window of {model}: asking again with less."))
            except Exception as error:
                if failure_of(error) is Failure.BUG:
                    raise
                return self._failed(error, progress)
        raise AssertionError("the last attempt returns or raises")

    async def _further(self, progress: Progress) -> tuple[list[AbstractToolset[None]], int]:
        """The tools of MCP servers for a run, and their tokens."""
        if self._served is None:
            return [], 0

        def tell(text: str) -> None:
            progress.emit(Notice(text))

        room = int(window_of(self._setting) * TOOLS_SHARE) - self._tools_tokens
        tools = await self._served.tools(room, tell)
        return [self._served.toolset(tools, tell)] if tools else [], sum(tool.tokens for tool in tools)

    def window(self, memory: Memory) -> Window:
        """What the next request has in it, before its query."""
        prompt = self._told_in(self._briefing())
        history = self._budget(prompt, "").history
        turns = assemble(memory, "", history, result_tokens=self._setting.limits.result_tokens)
        results = results_in(turns)
        compaction = memory.compaction
        return Window(
            size=window_of(self._setting),
            prompt=estimate(prompt),
            tools=self._tools_tokens + self._served_tokens,
            recalled=self._recalled,
            history=sum(turn.tokens for turn in turns) - results,
            results=results,
            compacted=compaction.exchanges if compaction and turns and not turns[0].exchange_id else 0,
            shown=len(turns),
        )

    def _tell_of_compaction(self, memory: Memory, progress: Progress) -> None:
        compaction = memory.compaction
        if compaction is None or (compaction.exchange_id, compaction.text) in self._told:
            return
        self._told.add((compaction.exchange_id, compaction.text))
        what = f"The window is full: the first {compaction.exchanges} exchanges stand in it as a summary"
        progress.emit(Notice(f"{what}; all of them stay in the session."))

    def _attempt(self, query: str, divisor: int, progress: Progress, told: Told) -> Attempt:
        def budget(setting: Setting) -> Budget:
            return self._budget(told.prompt, query, setting).divided(divisor)

        async def second() -> Candidate | None:
            setting = self._second
            if setting is None or progress.choice is not None:
                return None
            # In a thread: it may import another provider's SDK.
            model = await asyncio.to_thread(
                build_model, setting, setting.choice.model, self._client, cached=True
            )
            return Candidate(setting.choice, model, budget(setting).request)

        asked = self._setting
        if self._second is not None and progress.choice == self._second.choice:
            asked = self._second
        model = self._model
        if asked is not self._setting:
            model = build_model(asked, asked.choice.model, self._client, cached=True)
        own = budget(asked)
        return Attempt(
            self._setting,
            self._agent,
            Candidate(asked.choice, model, own.request),
            own,
            progress,
            prompt=told.prompt,
            begin=self._begin,
            memory=told.memory,
            recalled=told.recalled,
            tools=Offered(self._toolset, self._run_tools, self._pure, told.further),
            second=second,
        )

    async def summarise(self, query: str, answer: str) -> str | None:
        """A summary by the provider's quick model, or None if it gave none.

        Raises:
            Exception: Whatever the provider's failure is in the model library.
        """
        return await Quick(self._setting, self._client).summarise(query, answer)

    async def compact(self, memory: Memory) -> Compaction | None:
        """What is to stand for the first exchanges of a session from now on, by the provider's quick model.

        None as long as all of them fit the window, or if the model gave nothing.

        Raises:
            Exception: Whatever the provider's failure is in the model library.
        """
        prompt = self._told_in(await asyncio.to_thread(self._briefing))
        history = self._budget(prompt, "").history
        return await Quick(self._setting, self._client).compact(memory, history)

    def _budget(self, prompt: str, query: str, setting: Setting | None = None) -> Budget:
        fixed = self._tools_tokens + self._served_tokens + estimate(prompt) + estimate(LAST_STEP)
        return budget_of(setting or self._setting, fixed=fixed, query=query)

    async def _prompt(self, progress: Progress, query: str) -> str:
        """The system prompt of a run; what is wrong with what it is made of is told once."""
        briefing = await asyncio.to_thread(self._briefing, query)
        for text in () if self._setting.helping else briefing.notices:
            if text not in self._told:
                self._told.add(text)
                progress.emit(Notice(text))
        return self._told_in(briefing)

    def _briefing(self, query: str = "") -> Briefing:
        return self._setting.brief(self._names, int(window_of(self._setting) * BRIEFING_SHARE), query)

    def _told_in(self, briefing: Briefing) -> str:
        setting = self._setting
        role = helping(setting.limits.steps) if setting.helping else ""
        # A helper answers to a run and to no user.
        identity = "" if setting.helping else briefing.identity
        return system_prompt(setting.today(), role, briefing.text, identity=identity)

    def _begin(self, task: str, tools: Sequence[Tool]) -> Run:
        """A run that helps another one; it has no helpers itself."""
        made = tuple(tools)
        if made not in self._helpers:
            self._helpers[made] = Engine(self._setting.for_helper(made), self._client)
        helper, setting = self._helpers[made], self._setting
        return Run(lambda progress: helper.answer(task, Memory(), progress), setting.choice, setting.clock)

    def _failed(self, error: Exception, progress: Progress) -> Ending:
        setting = self._setting
        choice = progress.choice or setting.choice
        detail = said_by_provider(error)
        wait = wait_asked_for(error)
        failure = failure_of(error)
        text = sentence(failure, choice, setting.keys, detail=detail, wait=wait)
        return Ending("error", progress.usage, text, failure=failure)
