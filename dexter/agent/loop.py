"""The loop of a run on the model library: steps, tools, their events, and a limit that ends in an answer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_ai import Agent as LibraryAgent
from pydantic_ai import AgentRun, UsageLimits
from pydantic_ai.agent import CallToolsNode, ModelRequestNode
from pydantic_ai.exceptions import ContentFilterError
from pydantic_ai.messages import (
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.settings import ModelSettings
from pydantic_ai.toolsets import AbstractToolset

from dexter.agent.bounds import reached
from dexter.agent.budget import Budget
from dexter.agent.events import AnswerPart, Notice, ReasoningPart, StepStarted, ToolFinished, ToolStarted
from dexter.agent.prompts import LAST_STEP, REPEATING
from dexter.agent.providers.patience import Candidate, PatientModel
from dexter.agent.repetition import SAME
from dexter.agent.run import Ending, Progress, Run
from dexter.agent.scope import Begin, RunTool, Scope
from dexter.agent.setting import Setting
from dexter.agent.spending import Spending
from dexter.agent.toolset import Watch, WatchedToolset, build_toolset, current_call
from dexter.agent.window.context import assemble
from dexter.agent.window.fitting import Fitting
from dexter.agent.window.memory import Memory
from dexter.agent.window.messages import to_messages
from dexter.agent.window.results import RunResults
from dexter.agent.window.tokens import cut, estimate
from dexter.agent.window.turns import Turn, as_json
from dexter.models.choice import ModelChoice
from dexter.tools.registry import Tool


@dataclass(frozen=True)
class Offered:
    """The tools that a model gets: of every run, made for each, further ones; and which are pure."""

    toolset: AbstractToolset[None]
    run_tools: Sequence[RunTool]
    pure: frozenset[str]
    further: Sequence[AbstractToolset[None]] = ()


class Attempt:
    """One way through the loop, with one budget."""

    def __init__(
        self,
        setting: Setting,
        agent: LibraryAgent[None, str],
        first: Candidate,
        budget: Budget,
        progress: Progress,
        *,
        prompt: str,
        begin: Begin,
        memory: Memory,
        tools: Offered,
        second: Callable[[], Awaitable[Candidate | None]],
        recalled: Turn | None = None,
    ) -> None:
        self._setting = setting
        self._limits = setting.limits
        self._agent = agent
        self._budget = budget
        self._progress = progress
        self._prompt = prompt
        self._begin = begin
        self._memory = memory
        self._recalled = () if recalled is None else (recalled,)
        self._results = RunResults(memory)
        self._fitting = Fitting(budget.request, self._limits.result_tokens, self._results, self._tell)
        self._tools = tools
        self._watch = Watch(tools.pure, setting.limits.calls)
        self._model = PatientModel(
            first,
            limits=setting.limits,
            fitting=self._fitting,
            tell=self._tell,
            second=second,
            switched=self._switched,
        )
        self._spending = Spending(setting, progress)
        self._why_last: str | None = None
        self._started: dict[str, tuple[float, dict[str, Any]]] = {}
        self._found: list[ToolFinished] = []
        self.step = 0
        self.could_be_less = False
        """Whether a smaller budget would make the request smaller."""

    async def answer(self, query: str) -> Ending:
        """Answer the query, telling what happens.

        Args:
            query: What is asked.

        Raises:
            Exception: Whatever the model library raises for a provider's failure.
        """
        # A query from a command line may hold bytes that are no text; no protocol can carry those.
        query = query.encode("utf-8", "replace").decode()
        prompt = cut(query, self._budget.query)
        if prompt != query:
            name = self._setting.choice.model
            self._progress.emit(
                Notice(f"The query is larger than the window of {name}: it gets a shortened one.")
            )
        history = self._budget.history - sum(turn.tokens for turn in self._recalled)
        turns = await asyncio.to_thread(
            assemble, self._memory, query, history, result_tokens=self._limits.result_tokens
        )
        self.could_be_less = bool(turns) or estimate(query) > self._budget.query // 2
        async with self._agent.iter(
            prompt,
            model=self._model,
            message_history=to_messages((*turns, *self._recalled)),
            # What changes in a run stands apart from what does not: that is read from the provider's cache.
            instructions=[self._prompt, self._hint],
            model_settings=lambda _: self._model_settings(),
            usage_limits=UsageLimits(request_limit=None),
            toolsets=self._toolsets(),
        ) as run:
            async for node in run:
                if isinstance(node, ModelRequestNode):
                    await self._ask(node, run)
                elif isinstance(node, CallToolsNode):
                    if self._at_the_end(node.model_response):
                        self._answer_with_what_there_is()
                        break
                    await self._call_tools(node, run)
                self._progress.usage = self._spending.usage(run, self._fitting)
        return Ending("complete", self._progress.usage)

    def _tell(self, text: str) -> None:
        self._progress.emit(Notice(text))

    def _toolsets(self) -> list[AbstractToolset[None]]:
        """The tools of every run and those of this one, watched."""
        scope = Scope(
            self._progress.emit,
            lambda: self.step,
            current_call,
            self._helped,
            self._limits,
            self._results,
            self._results.add_helped,
        )
        made = [make(scope) for make in self._tools.run_tools]
        both = [self._tools.toolset, *([build_toolset(made, self._limits)] if made else [])]
        both += self._tools.further
        return [WatchedToolset(each, self._watch) for each in both]

    def _switched(self, choice: ModelChoice) -> None:
        self._progress.choice = choice

    def _helped(self, task: str, tools: Sequence[Tool]) -> Run:
        helper = self._begin(task, tools)
        self._progress.helpers.append(helper)
        return helper

    def _hint(self) -> str | None:
        if self._last:
            return LAST_STEP
        return REPEATING if self._watch.repetition.warns else None

    def _model_settings(self) -> ModelSettings:
        # The tools stay described: some providers refuse a history with calls to tools they are not told of.
        return (
            ModelSettings(tool_choice="none") if self._last and self._setting.described else ModelSettings()
        )

    @property
    def _last(self) -> bool:
        return self._why_last is not None

    def _see_whether_last(self) -> None:
        limit = reached(self._spending.spent(self.step, self._watch.calls), self._limits)
        if limit is not None:
            self._why_last = f"The limit of {limit} is reached"
        elif self._watch.repetition.ends:
            self._why_last = "The model goes on making the same calls"

    async def _ask(self, node: ModelRequestNode[None, str], run: AgentRun[None, str]) -> None:
        self.step += 1
        self._progress.emit(StepStarted(self.step))
        if self.step > 1:
            self._hear(node)
        self._see_whether_last()
        if self._last and self.step > 1:
            self._progress.emit(Notice(f"{self._why_last}: answering with what there is."))
        async with node.stream(run.ctx) as stream:
            async for event in stream:
                self._tell_part(event)
            self._check_end(stream.response)

    def _hear(self, node: ModelRequestNode[None, str]) -> None:
        """Put what the user said meanwhile behind the results that the model gets now."""
        if self._setting.choice.offline:
            return  # it makes its plan of the question alone
        for said in self._progress.hear(self.step):
            text = said.encode("utf-8", "replace").decode()
            node.request.parts = [*node.request.parts, UserPromptPart(cut(text, self._budget.query))]

    def _check_end(self, response: ModelResponse) -> None:
        """Tell an answer that is whole from one that is not, however politely it ended."""
        match response.finish_reason:
            case "content_filter":
                raise ContentFilterError("the provider ended the answer because of its content")
            case "length":
                self._progress.emit(Notice("The answer reached the model's length limit and is cut off."))
            case _:
                pass

    def _tell_part(self, event: object) -> None:
        match event:
            case (
                PartStartEvent(part=TextPart(content=text))
                | PartDeltaEvent(delta=TextPartDelta(content_delta=text))
            ):
                if text:
                    self._progress.emit(AnswerPart(self.step, text))
            case (
                PartStartEvent(part=ThinkingPart(content=text))
                | PartDeltaEvent(delta=ThinkingPartDelta(content_delta=text))
            ):
                if text:
                    self._progress.emit(ReasoningPart(self.step, text))
            case _:
                pass

    async def _call_tools(self, node: CallToolsNode[None, str], run: AgentRun[None, str]) -> None:
        async with node.stream(run.ctx) as events:
            async for event in events:
                if isinstance(event, FunctionToolCallEvent):
                    self._tool_started(event.part)
                elif isinstance(event, FunctionToolResultEvent):
                    self._tool_finished(event.part)
        self._watch.repetition.end_step()

    def _tool_started(self, call: ToolCallPart) -> None:
        arguments = call.args_as_dict()
        self._started[call.tool_call_id] = (self._setting.clock(), arguments)
        self._progress.emit(ToolStarted(self.step, call.tool_call_id, call.tool_name, arguments))

    def _tool_finished(self, part: ToolReturnPart) -> None:
        now = self._setting.clock()
        began, arguments = self._started.pop(part.tool_call_id, (now, {}))
        duration = round((now - began) * 1000)
        text = part.model_response_str(wrap_if_error=False)
        self._results.add(part.tool_call_id, part.tool_name, as_json(arguments), text)
        ok = part.outcome == "success"
        event = ToolFinished(self.step, part.tool_call_id, part.tool_name, text, ok, duration)
        self._found.append(event)
        self._watch.repetition.take(part.tool_name, arguments, text)
        self._progress.emit(event)

    def _at_the_end(self, response: ModelResponse) -> bool:
        return self._last and any(isinstance(part, ToolCallPart) for part in response.parts)

    def _answer_with_what_there_is(self) -> None:
        """For a model that goes on calling tools when it may not: its findings are shown as they are."""
        new = [event for event in self._found if event.ok and not event.result.startswith(SAME)]
        found = [f"- {event.name}: {cut(event.result, 100)}" for event in new][-10:]
        lines = [f"No complete answer was reached. {self._why_last}."]
        if found:
            lines += ["", "What the tools found on the way, the latest last:", "", *found]
        self._progress.emit(AnswerPart(self.step, "\n".join(lines)))
