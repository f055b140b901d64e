"""The tools in the model library's form: failures are told to the model, and results are bounded."""

import json
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai import Tool as LibraryTool
from pydantic_ai.exceptions import ModelRetry, ToolFailed
from pydantic_ai.toolsets import AbstractToolset, FunctionToolset, ToolsetTool, WrapperToolset

from dexter.agent.limits import Limits
from dexter.agent.repetition import SAME, Repetition
from dexter.agent.window.tokens import cut, estimate
from dexter.tools.errors import ToolError
from dexter.tools.registry import Tool

_CALL: ContextVar[str] = ContextVar("call", default="")


def current_call() -> str:
    """The id of the tool call that this code runs for, empty outside of one.

    A tool is a plain function that the model's arguments go to: there is no other way to hand it over.
    """
    return _CALL.get()


MOST_KEPT = 50_000_000
"""Characters of a result that are kept: more is no answer, but a mistake."""
# Of a window; with more, a small model would have tools but no memory.
TOOLS_SHARE = 1 / 3
_A_DAY = 86_400.0


@dataclass
class CarefulToolset(WrapperToolset[None]):
    """Turns every failure of a tool into words for the model, and every result into text.

    The text is whole, as it is stored; a request shows a part of it (see `fitting`).
    """

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[None], tool: ToolsetTool[None]
    ) -> str:
        """The tool's result as text.

        Raises:
            ToolFailed: If the tool gave none; the model gets to read why.
        """
        mark = _CALL.set(ctx.tool_call_id or "")
        try:
            value = await super().call_tool(name, tool_args, ctx, tool)
        except (ModelRetry, ToolFailed):
            raise
        except ToolError as error:
            raise ToolFailed(str(error)) from error
        except Exception as error:
            raise ToolFailed(f"The tool failed ({type(error).__name__}: {cut(str(error), 200)}).") from error
        finally:
            _CALL.reset(mark)
        return _bounded(_text(value))


@dataclass
class WatchedToolset(WrapperToolset[None]):
    """Keeps a run from calls beyond its limit, and from making one again that can't bring anything new."""

    watch: "Watch"

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[None], tool: ToolsetTool[None]
    ) -> str:
        """The tool's result, or the one that the same call had before.

        Raises:
            ToolFailed: If no more calls are allowed, or the tool gave no result.
        """
        watch = self.watch
        if watch.most is not None and watch.calls >= watch.most:
            raise ToolFailed(f"Not called: {watch.most} tool calls are the limit for one question.")
        watch.calls += 1
        if name not in watch.pure:
            return str(await super().call_tool(name, tool_args, ctx, tool))
        earlier = watch.repetition.given(name, tool_args)
        if earlier is not None:
            return f"{SAME}\n{earlier}"
        result = str(await super().call_tool(name, tool_args, ctx, tool))
        watch.repetition.keep(name, tool_args, result)
        return result


@dataclass
class Watch:
    """What is known of the calls of one run: `pure` names tools that may be answered from before."""

    pure: frozenset[str]
    most: int | None = None
    calls: int = 0
    repetition: Repetition = field(default_factory=Repetition)


def build_toolset(tools: Sequence[Tool], limits: Limits) -> AbstractToolset[None]:
    """A toolset of these tools; the schema of each comes from its signature and docstring."""
    functions = [
        LibraryTool(
            tool.function,
            name=tool.name,
            takes_ctx=False,
            docstring_format="google",
            sequential=tool.alone,
            timeout=_A_DAY if tool.own_time else None,
        )
        for tool in tools
    ]
    # As many corrections as there are steps: a run that goes in circles ends at the limit on steps.
    plain = FunctionToolset[None](functions, max_retries=limits.steps)
    return CarefulToolset(plain)


def offered(tools: Sequence[Tool], window: int) -> tuple[Tool, ...]:
    """The tools that a model with such a window gets: the special ones only where all take a third at most.

    Args:
        tools: All tools.
        window: The model's window in tokens.
    """
    if schema_tokens(tools) <= window * TOOLS_SHARE:
        return tuple(tools)
    return tuple(tool for tool in tools if not tool.special)


def schema_tokens(tools: Sequence[Tool]) -> int:
    """What the descriptions of the tools cost in each request, estimated."""
    total = 0
    for tool in tools:
        definition = LibraryTool(
            tool.function, name=tool.name, takes_ctx=False, docstring_format="google"
        ).tool_def
        schema = json.dumps(definition.parameters_json_schema)
        total += estimate(schema) + estimate(definition.description or "") + estimate(tool.name)
    return total


def _bounded(text: str) -> str:
    if len(text) <= MOST_KEPT:
        return text
    return f"{text[:MOST_KEPT]}\n[... cut here: {len(text):,} characters are more than is kept]"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
