"""One model with its client and tools, built once for many runs; where failures become sentences."""

import asyncio
from collections.abc import Sequence

import httpx2
import pydantic_ai
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import ModelContextWindowExceededError
from pydantic_ai.messages import ModelRequest, TextPart
from pydantic_ai.toolsets import AbstractToolset

from dexter.agent.budget import budget_of, window_of
from dexter.agent.events import Notice
from dexter.agent.failures import failure_of, said_by_provider, wait_asked_for
from dexter.agent.loop import Attempt
from dexter.agent.memory import Memory
from dexter.agent.prompts import LAST_STEP, SUMMARISE, helping, system_prompt, to_summarise
from dexter.agent.providers import build_model, http_client
from dexter.agent.run import Ending, Progress, Run
from dexter.agent.scope import NOWHERE
from dexter.agent.sentences import Failure, sentence
from dexter.agent.served import ServedTools
from dexter.agent.setting import Setting
from dexter.agent.tokens import cut, estimate
from dexter.agent.toolset import TOOLS_SHARE, build_toolset, offered, schema_tokens
from dexter.models.choice import fast_model
from dexter.tools.registry import Tool

SUMMARY_SECONDS = 60
# Of a window, for the user's rules and the list of skills.
BRIEFING_SHARE = 1 / 8
LONGEST_SUMMARY = 150


class Engine:
    """One model with its client and tools, built once for many runs."""

    def __init__(self, setting: Setting, client: httpx2.AsyncClient | None = None) -> None:
        self._setting = setting
        self._client = client or http_client(setting)
        self._model = build_model(setting, setting.choice.model, self._client)
        fit = offered(setting.described, window_of(setting))
        self._names = names = {tool.name for tool in fit}
        tools = [tool for tool in setting.tools if tool.name in names]
        self._run_tools = tuple(make for make in setting.run_tools if make(NOWHERE).name in names)
        self._tools_tokens = schema_tokens(fit)
        self._helpers: dict[tuple[Tool, ...], Engine] = {}
        self._told: set[str] = set()
        self._served = ServedTools(setting.servers, setting.limits) if setting.servers else None
        self._agent: pydantic_ai.Agent[None, str] = pydantic_ai.Agent(
            output_type=str,
            deps_type=type(None),
            name="dexter",
            toolsets=[build_toolset(tools, setting.limits)],
            retries={"tools": setting.limits.steps, "output": 1},
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._served is not None:
            await self._served.close()
        await self._client.aclose()

    async def answer(self, query: str, memory: Memory, progress: Progress) -> Ending:
        """Answer a query, telling `progress` what happens; every failure of a provider becomes an ending."""
        prompt = await self._prompt(progress)
        further, their_tokens = await self._further(progress)
        fixed = self._tools_tokens + their_tokens + estimate(prompt) + estimate(LAST_STEP)
        budget = budget_of(self._setting, fixed=fixed, query=query)
        # A window may be smaller than the catalogue knows, a text denser than the estimate: then with less.
        for divisor in (1, 2, 4):
            attempt = Attempt(
                self._setting,
                self._agent,
                self._model,
                budget.divided(divisor),
                progress,
                prompt=prompt,
                begin=self._begin,
                run_tools=self._run_tools,
                further=further,
            )
            try:
                return await attempt.answer(query, memory)
            except ModelContextWindowExceededError as error:
                if divisor == 4 or attempt.step > 1 or not attempt.could_be_less:
                    return self._failed(error, progress)
                model = self._setting.choice.model
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

    async def summarise(self, query: str, answer: str) -> str | None:
        """A summary by the provider's quick model, or None if it gave none.

        Raises:
            Exception: Whatever the provider's failure is in the model library.
        """
        name = fast_model(self._setting.choice).model
        model = build_model(self._setting, name, self._client)
        text = to_summarise(cut(query, 2_000), cut(answer, 6_000))
        request = ModelRequest.user_text_prompt(text, instructions=SUMMARISE)
        async with asyncio.timeout(SUMMARY_SECONDS):
            response = await model_request(model, [request])
        said = " ".join(
            "".join(part.content for part in response.parts if isinstance(part, TextPart)).split()
        )
        return cut(said, LONGEST_SUMMARY) or None

    async def _prompt(self, progress: Progress) -> str:
        """The system prompt of a run; what is wrong with what it is made of is told once."""
        setting = self._setting
        room = int(window_of(setting) * BRIEFING_SHARE)
        briefing = await asyncio.to_thread(setting.brief, self._names, room)
        for text in () if setting.helping else briefing.notices:
            if text not in self._told:
                self._told.add(text)
                progress.emit(Notice(text))
        role = helping(setting.limits.steps) if setting.helping else ""
        return system_prompt(setting.today(), role, briefing.text)

    def _begin(self, task: str, tools: Sequence[Tool]) -> Run:
        """A run that helps another one; it has no helpers itself."""
        made = tuple(tools)
        if made not in self._helpers:
            self._helpers[made] = Engine(self._setting.for_helper(made), self._client)
        helper, setting = self._helpers[made], self._setting
        return Run(lambda progress: helper.answer(task, Memory(), progress), setting.choice, setting.clock)

    def _failed(self, error: Exception, progress: Progress) -> Ending:
        setting = self._setting
        detail = said_by_provider(error)
        wait = wait_asked_for(error)
        text = sentence(failure_of(error), setting.choice, setting.keys, detail=detail, wait=wait)
        return Ending("error", progress.usage, text)
