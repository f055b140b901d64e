"""From the events of a run to its outcome: what is kept is what was seen."""

from dexter.agent.events import (
    AnswerPart,
    Event,
    Finished,
    Notice,
    Outcome,
    ReasoningPart,
    Status,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from dexter.sessions import ReasoningStep, Step, TextStep, TokenUsageRecord, ToolStep

CUT_OFF = "[interrupted: no result]"


class Recorder:
    """Takes the events of one run in order and tells, at any moment, how the run stands."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._step = 1
        self._reasoning: list[str] = []
        self._text: list[str] = []
        self._running: dict[str, ToolStarted] = {}

    def take(self, event: Event) -> None:
        """Keep what an event says."""
        match event:
            case StepStarted(step):
                self._close_step()
                self._step = step
            case ReasoningPart(text=text):
                self._reasoning.append(text)
            case AnswerPart(text=text):
                self._text.append(text)
            case ToolStarted():
                # Text before a tool call was not the answer, but words beside the call.
                self._close_step()
                self._running[event.call_id] = event
            case ToolFinished():
                started = self._running.pop(event.call_id, None)
                arguments = dict(started.arguments) if started else {}
                self._steps.append(
                    ToolStep(
                        step=event.step,
                        call_id=event.call_id,
                        name=event.name,
                        arguments=arguments,
                        result=event.result,
                        ok=event.ok,
                        duration=event.duration,
                    )
                )
            case Notice() | Finished():
                pass

    @property
    def answer(self) -> str:
        """The text of the step that runs, which is the answer unless a tool call follows."""
        return "".join(self._text)

    def outcome(
        self,
        status: Status,
        *,
        model: str,
        provider: str,
        duration: int,
        usage: TokenUsageRecord | None = None,
        error: str | None = None,
    ) -> Outcome:
        """How the run ended; a tool that was still running is kept as a call without a result.

        Args:
            status: How it ended.
            model: The model's name.
            provider: The provider's id.
            duration: Milliseconds.
            usage: Tokens, as far as the provider told.
            error: One sentence, only with status error.
        """
        answer = self.answer
        self._text.clear()
        self._close_step()
        for started in self._running.values():
            self._steps.append(
                ToolStep(
                    step=started.step,
                    call_id=started.call_id,
                    name=started.name,
                    arguments=dict(started.arguments),
                    result=CUT_OFF,
                    ok=False,
                    duration=0,
                )
            )
        self._running.clear()
        return Outcome(
            status=status,
            answer=answer,
            model=model,
            provider=provider,
            duration=duration,
            usage=usage,
            steps=tuple(self._steps),
            error=error,
        )

    def _close_step(self) -> None:
        if reasoning := "".join(self._reasoning):
            self._steps.append(ReasoningStep(step=self._step, text=reasoning))
        if text := "".join(self._text):
            self._steps.append(TextStep(step=self._step, text=text))
        self._reasoning.clear()
        self._text.clear()
