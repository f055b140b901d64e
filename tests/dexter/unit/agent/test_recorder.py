"""From events to an outcome."""

from hypothesis import given
from hypothesis import strategies as st

from dexter.agent import (
    AnswerPart,
    Event,
    Notice,
    Outcome,
    ReasoningPart,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from dexter.agent.recorder import Recorder
from dexter.sessions import ReasoningStep, TextStep, ToolStep


def outcome_of(*events: Event) -> Outcome:
    """What is kept of these events."""
    recorder = Recorder()
    for event in events:
        recorder.take(event)
    return recorder.outcome("complete", model="m", provider="p", duration=1)


def test_the_text_of_the_last_step_is_the_answer_and_text_before_a_call_is_not():
    outcome = outcome_of(
        StepStarted(1),
        ReasoningPart(1, "hm "),
        ReasoningPart(1, "hm"),
        AnswerPart(1, "Let me "),
        AnswerPart(1, "look."),
        ToolStarted(1, "a", "look", {"at": "it"}),
        ToolStarted(1, "b", "look", {}),
        ToolFinished(1, "b", "look", "second", True, 5),
        ToolFinished(1, "a", "look", "first", False, 7),
        Notice("a word"),
        StepStarted(2),
        ReasoningPart(2, "so"),
        AnswerPart(2, "It is "),
        AnswerPart(2, "so."),
    )
    assert outcome.answer == "It is so."
    assert outcome.steps == (
        ReasoningStep(1, "hm hm"),
        TextStep(1, "Let me look."),
        ToolStep(1, "b", "look", {}, "second", True, 5),
        ToolStep(1, "a", "look", {"at": "it"}, "first", False, 7),
        ReasoningStep(2, "so"),
    )


def test_text_of_a_step_that_was_followed_by_another_without_calls_stays_as_words():
    outcome = outcome_of(StepStarted(1), AnswerPart(1, "  "), StepStarted(2), AnswerPart(2, "Now."))
    assert outcome.answer == "Now."
    assert outcome.steps == (TextStep(1, "  "),)


def test_a_tool_that_was_running_is_kept_without_a_result():
    outcome = outcome_of(StepStarted(1), ToolStarted(1, "a", "look", {"at": "it"}))
    assert outcome.steps == (ToolStep(1, "a", "look", {"at": "it"}, "[interrupted: no result]", False, 0),)
    assert outcome.answer == ""


pieces = st.lists(
    st.tuples(st.sampled_from(["reason", "answer"]), st.text(min_size=1, max_size=5)), max_size=20
)


@given(pieces=pieces)
def test_nothing_that_streamed_is_lost_and_nothing_is_added(pieces: list[tuple[str, str]]):
    events = [ReasoningPart(1, text) if kind == "reason" else AnswerPart(1, text) for kind, text in pieces]
    outcome = outcome_of(StepStarted(1), *events)
    assert outcome.answer == "".join(text for kind, text in pieces if kind == "answer")
    reasoning = "".join(step.text for step in outcome.steps if isinstance(step, ReasoningStep))
    assert reasoning == "".join(text for kind, text in pieces if kind == "reason")
