"""The steps of a run and of its helpers: how they stand in a file, and in which order."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.sessions import HelperRecord, InvalidRecord, ReasoningStep, Step, TextStep, ToolStep
from dexter.sessions.records.step_lines import parse_steps, steps_to_lines
from dexter.sessions.records.steps import helped_by, in_order, own, step_from_fields

small = st.integers(1, 3)
helpers = st.none() | st.builds(HelperRecord, small, st.sampled_from("ab"), small)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
taken: st.SearchStrategy[Step] = st.one_of(
    st.builds(ReasoningStep, small, texts, helpers),
    st.builds(TextStep, small, texts, helpers),
    st.builds(
        ToolStep,
        small,
        st.sampled_from("ab"),
        texts,
        st.dictionaries(texts, texts, max_size=2),
        texts,
        st.booleans(),
        small,
        helpers,
    ),
)


@given(st.lists(taken, max_size=12))
def test_steps_come_back_with_whose_they_are_however_short_the_lines_are(steps: list[Step]):
    assert parse_steps(steps_to_lines(steps)) == (tuple(steps), ())
    assert parse_steps(steps_to_lines(steps, 200)) == (tuple(steps), ())


@given(st.lists(taken, max_size=12))
def test_in_order_nothing_is_lost_or_twice_and_everybody_keeps_his_own_order(steps: list[Step]):
    ordered = in_order(steps)
    assert sorted(map(id, ordered)) == sorted(map(id, steps))
    assert own(ordered) == own(steps)
    for helper in {step.helper for step in steps}:
        assert [s for s in ordered if s.helper == helper] == [s for s in steps if s.helper == helper]
    assert in_order(ordered) == ordered


@given(st.lists(taken, max_size=12))
def test_in_order_the_steps_of_helpers_are_right_behind_their_call(steps: list[Step]):
    ordered = in_order(steps)
    for place, call in enumerate(ordered):
        if isinstance(call, ToolStep) and call.helper is None and call not in ordered[:place]:
            behind = tuple(each for by in helped_by(ordered, call).values() for each in by)
            first = next(
                at
                for at, each in enumerate(ordered)
                if isinstance(each, ToolStep)
                and each.helper is None
                and (each.step, each.call_id) == (call.step, call.call_id)
            )
            assert ordered[first + 1 : first + 1 + len(behind)] == behind


def test_a_step_of_the_run_itself_is_written_as_it_was_before_there_were_helpers():
    assert msgspec.to_builtins(TextStep(1, "a")) == {"type": "text", "step": 1, "text": "a"}
    (line,) = steps_to_lines([ToolStep(1, "c", "look", {}, "5", True, 3)]).splitlines()
    assert "helper" not in json.loads(line)


def test_a_step_of_a_helper_says_whose_it_is():
    helper = HelperRecord(2, "c", 1)
    fields = msgspec.to_builtins(TextStep(1, "a", helper))
    assert fields["helper"] == {"step": 2, "callId": "c", "number": 1}


@pytest.mark.parametrize("helper", [7, "one", [], {"step": 1}, {"step": "1", "callId": "c", "number": 1}])
def test_a_step_of_an_odd_helper_is_no_step(helper: Any):
    with pytest.raises(InvalidRecord, match="helper"):
        step_from_fields({"type": "text", "step": 1, "text": "a", "helper": helper})


def test_fields_of_a_helper_that_nobody_knows_are_in_nobodys_way():
    helper = {"step": 1, "callId": "c", "number": 1, "mood": "good"}
    fields = {"type": "text", "step": 1, "text": "a", "helper": helper}
    assert step_from_fields(fields) == TextStep(1, "a", HelperRecord(1, "c", 1))
