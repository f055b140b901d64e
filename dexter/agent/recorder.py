"""From the events of a run to its outcome: what is kept is what was seen."""

import msgspec

from dexter.agent.events import (
    AnswerPart,
    Event,
    Finished,
    Heard,
    HelperTold,
    Notice,
    Outcome,
    PlanChanged,
    ReasoningPart,
    Status,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from dexter.agent.helping import Helped, report
from dexter.agent.sentences import Failure
from dexter.agent.window.turns import as_json
from dexter.sessions import (
    FurtherRecord,
    HelperRecord,
    ReasoningStep,
    Step,
    TextStep,
    TokenUsageRecord,
    ToolStep,
)

CUT_OFF = "[interrupted: no result]"


class Recorder:
    """Takes the events of one run in order and tells, at any moment, how the run stands."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._step = 1
        self._reasoning: list[str] = []
        self._text: list[str] = []
        self._running: dict[str, ToolStarted] = {}
        self._helpers: dict[str, dict[int, _Helper]] = {}
        self._recalled: list[str] = []
        self._further: list[FurtherRecord] = []

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
            case HelperTold():
                helpers = self._helpers.setdefault(event.call_id, {})
                helpers.setdefault(event.number, _Helper(event.task)).take(event.event)
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
                self._close_helpers(event.step, event.call_id)
            case Notice(recalled=texts):
                self._recalled += texts
            case Heard(step, text):
                self._further.append(FurtherRecord(step, text))
            case PlanChanged() | Finished():
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
        failure: Failure | None = None,
    ) -> Outcome:
        """How the run ended; a tool that was still running is kept as a call without a result.

        Of helpers that were still at work what they had found is its result.

        Args:
            status: How it ended.
            model: The model's name.
            provider: The provider's id.
            duration: Milliseconds.
            usage: Tokens, as far as the provider told.
            error: One sentence, only with status error.
            failure: What it says, for programs.
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
                    result=self._cut_off(started.call_id),
                    ok=False,
                    duration=0,
                )
            )
            self._close_helpers(started.step, started.call_id)
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
            failure=failure,
            recalled=tuple(self._recalled),
            further=tuple(self._further),
        )

    def _cut_off(self, call_id: str) -> str:
        helpers = self._helpers.get(call_id, {})
        if not helpers:
            return CUT_OFF
        helped = [helpers[number].helped() for number in sorted(helpers)]
        return as_json({"interrupted": True, **report(helped)})

    def _close_helpers(self, step: int, call_id: str) -> None:
        """Keep what the helpers of a call did, behind it."""
        for number, helper in sorted(self._helpers.pop(call_id, {}).items()):
            by = HelperRecord(step, call_id, number)
            self._steps += (
                msgspec.structs.replace(each, helper=by) for each in helper.helped().outcome.steps
            )

    def _close_step(self) -> None:
        if reasoning := "".join(self._reasoning):
            self._steps.append(ReasoningStep(step=self._step, text=reasoning))
        if text := "".join(self._text):
            self._steps.append(TextStep(step=self._step, text=text))
        self._reasoning.clear()
        self._text.clear()


class _Helper:
    """A helper of the run, as far as it told."""

    def __init__(self, task: str) -> None:
        self._task = task
        self._recorder = Recorder()
        self._outcome: Outcome | None = None

    def take(self, event: Event) -> None:
        """Keep what it told."""
        if isinstance(event, Finished):
            self._outcome = event.outcome
        else:
            self._recorder.take(event)

    def helped(self) -> Helped:
        """What it came to, or had come to when the run was cut off."""
        if self._outcome is None:
            # What is told once is all there is: nothing more comes of it.
            self._outcome = self._recorder.outcome("interrupted", model="", provider="", duration=0)
        return Helped(self._task, self._outcome)
