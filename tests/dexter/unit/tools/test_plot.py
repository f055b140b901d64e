import json
from typing import Any

import pytest
from pydantic_ai import Tool as LibraryTool

from dexter.tools.axes import axis_of
from dexter.tools.errors import BadArgument
from dexter.tools.plot import PLOT
from dexter.tools.plotting import plot_of


def given(points: list[Any], **more: Any) -> dict[str, Any]:
    return {"title": "t", "series": [{"name": "a", "points": points}], **more}


def places(*names: Any) -> list[str]:
    return list(plot_of(given([{"x": name, "y": 1} for name in names])).labels.values())


def test_a_call_through_the_schema_is_drawn_and_gives_the_model_no_number_back():
    made = LibraryTool(PLOT.function, docstring_format="google", require_parameter_descriptions=True)
    points = [{"x": "2024-01-31", "y": 184.25}, {"x": "2024-02-29", "y": None}, {"x": "2024-03-28"}]
    arguments = made.function_schema.validator.validate_json(json.dumps(given(points, unit="USD")))
    result = PLOT.function(**arguments)
    assert result == {"drawn": "t", "series": [{"name": "a", "points": 3}], "note": "The user sees it."}


def test_x_is_ordered_by_time_by_value_or_as_given():
    assert places("2024-03", "2023-12-31", "2024") == ["2023-12-31", "2024", "2024-03"]
    assert places("2024-Q2", "Q1 2024", "2023Q4") == ["2023Q4", "Q1 2024", "2024-Q2"]
    assert places(10, 9, 1.5) == ["1.5", "9", "10"]
    assert places("low", "high", "2024") == ["low", "high", "2024"]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"title": "t", "series": []},
        {"title": "t", "series": [{}] * 9},
        {"title": "t" * 201, "series": [{"points": [{"x": 1, "y": 1}]}]},
        given([]),
        given([{"x": None, "y": 1}]),
        given([{"x": 1, "y": "much"}]),
        given([{"x": 1, "y": None}]),
        given([{"x": True, "y": 1}]),
        given([{"x": number, "y": 1} for number in range(2001)]),
        given([1, 2]),
    ],
)
def test_what_can_not_be_drawn_is_told(arguments: dict[str, Any]):
    with pytest.raises(BadArgument):
        plot_of(arguments)


@pytest.mark.parametrize(
    ("values", "marks", "scale"),
    [
        ([1, 9], ["0", "2", "4", "6", "8", "10"], ""),
        ([0.001, 0.004], ["0.001", "0.002", "0.003", "0.004"], ""),
        ([2.5e9, 7e9], ["2", "4", "6", "8"], "billions"),
        ([5, 5], ["2", "4", "6", "8"], ""),
        ([0, 0], ["-1.0", "-0.5", "0.0", "0.5", "1.0"], ""),
    ],
)
def test_an_axis_has_round_marks_around_the_values(values: list[float], marks: list[str], scale: str):
    axis = axis_of(values, 5)
    assert ([text for _, text in axis.marks], axis.scale) == (marks, scale)
    assert axis.low <= min(values) <= max(values) <= axis.high
