"""A model that goes in circles: told, and then made to answer."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from dexter.agent import Limits, ToolFinished
from dexter.agent.repetition import SAME, Repetition, alike
from dexter.tools.registry import Tool
from tests.support.agents import Told
from tests.support.servers import Call, ModelServer, Reply

Tell = Callable[..., Told]


def stepped(*steps: list[tuple[str, Mapping[str, Any], str]]) -> list[int]:
    """The row after each step."""
    repetition, rows = Repetition(), []
    for step in steps:
        for name, arguments, result in step:
            repetition.take(name, arguments, result)
        repetition.end_step()
        rows.append(repetition.row)
    return rows


A = ("look", {"at": "a"}, "1")
B = ("look", {"at": "b"}, "2")


def test_the_same_call_step_after_step_is_counted_and_anything_new_begins_anew():
    assert stepped([A], [A], [A], [B], [A]) == [1, 2, 3, 1, 2]


def test_calls_in_turn_are_a_circle_too():
    assert stepped([A], [B], [A], [B], [A]) == [1, 1, 2, 3, 4]


def test_calls_side_by_side_are_one_decision_and_one_new_one_among_them_is_enough():
    assert stepped([A, A, A, A]) == [1]
    assert stepped([A], [A, B], [A, B]) == [1, 1, 2]


def test_a_call_that_came_to_something_else_is_no_circle():
    assert stepped([A], [("look", {"at": "a"}, "other")]) == [1, 1]


def test_a_step_without_calls_counts_for_nothing():
    assert stepped([A], [A], [], [A]) == [1, 2, 2, 3]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"q": "risk factors of Apple"}, {"q": "the risk factors of Apple"}, True),
        ({"q": "risk factors of Apple"}, {"q": "Apple: risk factors of"}, True),
        ({"q": "revenue of Apple in 2023"}, {"q": "revenue of Apple in 2024"}, False),
        ({"q": "risk factors of Apple"}, {"q": "board and pay at Microsoft"}, False),
        ({"q": "AAPL"}, {"q": "MSFT"}, False),
        ({"q": "risk factors of Apple", "n": 1}, {"q": "the risk factors of Apple", "n": 2}, False),
        ({"q": "risk factors of Apple"}, {"text": "risk factors of Apple"}, False),
    ],
)
def test_calls_are_alike_if_only_a_few_words_differ_and_no_number(
    one: dict[str, Any], other: dict[str, Any], expected: bool
):
    assert alike(one, other) is expected
    assert alike(other, one) is expected


def counting(made: list[str], *, pure: bool) -> Tool:
    """A tool that counts its calls."""

    def look(at: str) -> dict[str, Any]:
        """Look.

        Args:
            at: At what.
        """
        made.append(at)
        return {"seen": at}

    return Tool("look", "Looking", look, pure=pure)


def test_a_pure_call_made_again_gets_its_earlier_result_with_a_word(server: ModelServer, tell: Tell):
    made: list[str] = []
    server.say(
        Reply(calls=(Call("look", {"at": "x"}),)), Reply(calls=(Call("look", {"at": "x"}),)), Reply("Seen.")
    )
    told = tell(tools=[counting(made, pure=True)])
    assert made == ["x"]
    first, second = (event.result for event in told.of(ToolFinished))
    assert second == f"{SAME}\n{first}"
    assert server.bodies[2]["messages"][-1]["content"] == second


def test_a_call_with_effects_is_made_again(server: ModelServer, tell: Tell):
    made: list[str] = []
    server.say(
        Reply(calls=(Call("look", {"at": "x"}),)), Reply(calls=(Call("look", {"at": "x"}),)), Reply("Seen.")
    )
    tell(tools=[counting(made, pure=False)])
    assert made == ["x", "x"]


def test_a_run_that_begins_anew_knows_no_earlier_results(server: ModelServer, tell: Tell):
    made: list[str] = []
    for _ in range(2):
        server.say(Reply(calls=(Call("look", {"at": "x"}),)), Reply("Seen."))
        tell(tools=[counting(made, pure=True)])
    assert made == ["x", "x"]


@pytest.mark.parametrize("pure", [True, False])
def test_three_in_a_row_are_a_warning_to_the_model_and_a_fourth_is_the_end(
    pure: bool, server: ModelServer, tell: Tell
):
    server.say(*[Reply(calls=(Call("look", {"at": "x"}),))] * 4, Reply("I have seen x only."))
    told = tell(tools=[counting([], pure=pure)], limits=Limits(first_wait=0.001))
    assert (told.outcome.status, told.outcome.answer) == ("complete", "I have seen x only.")
    assert told.notices == ["The model goes on making the same calls: answering with what there is."]
    prompts = [str(body["messages"][0]) for body in server.bodies]
    assert ["again and again" in each for each in prompts] == [False, False, False, True, False]
    assert "last step" in prompts[4]
    assert server.bodies[4]["tool_choice"] == "none"


def test_a_model_that_heeds_the_warning_goes_on(server: ModelServer, tell: Tell):
    again = Reply(calls=(Call("look", {"at": "x"}),))
    server.say(again, again, again, Reply(calls=(Call("look", {"at": "y"}),)), again, Reply("Both."))
    told = tell(tools=[counting([], pure=True)])
    assert (told.outcome.answer, told.notices) == ("Both.", [])
