"""From the events of a run to its draft: what is on disk while it runs, its helpers' part with it."""

import asyncio

from dexter.agent import AnswerPart, Event, HelperTold, ReasoningPart, ToolFinished, ToolStarted
from dexter.sessions import Draft, HelperRecord, ToolStep

LONG = 200_000
"""Characters of a result that are worth a thread."""


class Drafting:
    """Writes the events of one run into its draft as they come; without a draft it writes nothing."""

    def __init__(self, draft: Draft | None) -> None:
        self._draft = draft
        self._running: dict[tuple[HelperRecord | None, str], ToolStarted] = {}

    async def take(self, event: Event) -> None:
        """Keep what an event says; what was written before is found after a crash."""
        if self._draft is None:
            return
        helper = None
        if isinstance(event, HelperTold):
            helper = HelperRecord(event.step, event.call_id, event.number)
            event = event.event
        if isinstance(event, ToolFinished) and len(event.result) > LONG:
            # It is masked before it is written, which takes a second for 30 MB: the screen stays alive.
            await asyncio.to_thread(self._write, self._draft, event, helper)
        else:
            self._write(self._draft, event, helper)

    def _write(self, draft: Draft, event: Event, helper: HelperRecord | None) -> None:
        match event:
            case ReasoningPart(step, text):
                draft.thinking(step, text, helper)
            case AnswerPart(step, text):
                draft.text(step, text, helper)
            case ToolStarted(step, call_id, name, arguments):
                self._running[helper, call_id] = event
                draft.tool_call(step, call_id, name, arguments, helper)
            case ToolFinished(step, call_id, name, result, ok, duration):
                started = self._running.pop((helper, call_id), None)
                arguments = dict(started.arguments) if started else {}
                draft.tool_result(ToolStep(step, call_id, name, arguments, result, ok, duration, helper))
            case _:
                pass
