"""What the provider's quick model is asked beside a run: summaries of one exchange, and of many."""

import asyncio

import httpx2
from pydantic_ai.direct import model_request
from pydantic_ai.messages import ModelRequest, TextPart

from dexter.agent.budget import window_of_quick
from dexter.agent.prompts import COMPACT, SUMMARISE, to_summarise
from dexter.agent.providers.providers import build_model
from dexter.agent.setting import Setting
from dexter.agent.window.compaction import planned
from dexter.agent.window.memory import Memory
from dexter.agent.window.tokens import cut
from dexter.models.choice import fast_model
from dexter.sessions.records.compactions import Compaction

SECONDS = 60
LONGEST_SUMMARY = 150
MOST_COMPACTED = 60_000
"""Tokens that a summary of many exchanges is made from: a model is done with them while the user reads."""


class Quick:
    """The quick model of a provider; it raises whatever the provider's failure is in the model library."""

    def __init__(self, setting: Setting, client: httpx2.AsyncClient) -> None:
        self._setting = setting
        self._client = client

    async def summarise(self, query: str, answer: str) -> str | None:
        """A summary of one exchange, or None if the model gave none."""
        text = to_summarise(cut(query, 2_000), cut(answer, 6_000))
        said = " ".join((await self._said(text, SUMMARISE)).split())
        return cut(said, LONGEST_SUMMARY) or None

    async def compact(self, memory: Memory, history: int) -> Compaction | None:
        """What is to stand for the first exchanges of a session; None if they fit, or if nothing was given.

        Args:
            memory: The session.
            history: Tokens that its exchanges may have in a request.
        """
        source = min(window_of_quick(self._setting) // 2, MOST_COMPACTED)
        plan = await asyncio.to_thread(planned, memory, history, source)
        if plan is None:
            return None
        instructions = COMPACT.format(words=plan.longest // 2)
        said = cut((await self._said(plan.source(source), instructions)).strip(), plan.longest)
        return Compaction("", plan.last.id, plan.count, said) if said else None

    async def _said(self, text: str, instructions: str) -> str:
        model = build_model(self._setting, fast_model(self._setting.choice).model, self._client)
        request = ModelRequest.user_text_prompt(text, instructions=instructions)
        async with asyncio.timeout(SECONDS):
            response = await model_request(model, [request])
        return "".join(part.content for part in response.parts if isinstance(part, TextPart))
