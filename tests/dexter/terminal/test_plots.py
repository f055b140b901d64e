import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.agent.events import AnswerPart, ToolFinished, ToolStarted
from dexter.terminal.plots import drawn, table
from dexter.terminal.run_view import RunView
from dexter.terminal.styles import Paint
from dexter.terminal.widths import columns
from dexter.tools.plotting import plot_in, plot_of

SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")
PLAIN = Paint(weight=False, colour=False)


def arguments(*series: dict[str, Any], title: str = "Close", unit: str = "USD") -> dict[str, Any]:
    return {"title": title, "unit": unit, "series": list(series)}


def line(name: str, *points: tuple[Any, Any]) -> dict[str, Any]:
    return {"name": name, "points": [{"x": x, "y": y} for x, y in points]}


RISING = arguments(line("A", *((f"2024-{month:02}-01", 100 + month) for month in range(1, 13))))
TWO = arguments(
    line("A", ("2022", 1e9), ("2023", 2e9), ("2024", 3e9)), line("漢字", ("2022", 3e9), ("2024", 1e9))
)


@pytest.mark.parametrize(("width", "rows"), [(80, 10), (200, 14)])
def test_a_series_is_drawn_as_wide_as_the_terminal_is(width: int, rows: int):
    head, *body, under, labels = drawn(plot_of(RISING), width, PLAIN).splitlines()
    assert head == "Close (USD)"
    assert len(body) == rows
    assert columns(under) == min(width - 1, 160)
    assert all(columns(each) <= columns(under) for each in (*body, labels))
    assert labels.split()[0] == "2024-01-01"
    assert labels.endswith("2024-12-01")
    # From the lower left to the upper right: the higher the row, the later its dots begin.
    begins = [found.start() for row in body if (found := re.search("[\u2801-\u28ff]", row))]
    assert len(begins) > rows // 2
    assert begins == sorted(begins, reverse=True)


def test_marks_are_round_numbers_around_all_values_and_large_ones_are_scaled():
    shown = drawn(plot_of(TWO), 80, PLAIN)
    assert shown.startswith("Close (USD, in billions)\n")
    assert re.findall(r"^ *([\d.,]+) ┤", shown, re.MULTILINE) == ["3.0", "2.5", "2.0", "1.5", "1.0"]


def test_several_series_differ_by_colour_or_without_colour_by_letter():
    coloured = drawn(plot_of(TWO), 80, Paint())
    assert {"\x1b[36m", "\x1b[33m"} <= set(SEQUENCE.findall(coloured))
    plain = drawn(plot_of(TWO), 80, PLAIN)
    assert "\x1b" not in plain
    assert plain.endswith("  * A\n  o 漢字\n")
    assert not any("\u2800" <= char <= "\u28ff" for char in plain)


def test_a_gap_is_no_line_and_a_point_alone_is_a_dot():
    gap = arguments(line("A", (1, 0), (2, None), (3, 0)))
    (row,) = [row for row in drawn(plot_of(gap), 80, PLAIN).splitlines() if re.search("[\u2801-\u28ff]", row)]
    assert len(re.findall("[\u2801-\u28ff]", row)) == 2
    alone = drawn(plot_of(arguments(line("A", ("x", 5)))), 80, PLAIN)
    assert len(re.findall("[\u2801-\u28ff]", alone)) == 1


def test_a_narrow_terminal_and_a_pipe_get_a_table_with_points_in_line():
    plot = plot_of(arguments(line("Price", ("a", 1.5), ("b", 22), ("c", None))))
    assert table(plot) == "Close (USD)\n   Price\na    1.5\nb   22\nc    -\n"
    assert drawn(plot, 20, PLAIN) == table(plot)


def test_what_a_model_writes_can_not_move_the_cursor():
    evil = arguments(line("\x1b[2Jn", ("\x1b]0;x\x07a", 1), ("b\n", 2)), title="\x1b[31mt\r", unit="\x9b1m")
    for shown in (drawn(plot_of(evil), 80, PLAIN), table(plot_of(evil))):
        assert not set(shown.replace("\n", "")) & {chr(code) for code in (*range(32), *range(127, 160))}


@given(
    st.lists(st.decimals(-(10**30), 10**30, places=9).map(float), min_size=1, max_size=30),
    st.integers(1, 220),
    st.booleans(),
    st.integers(1, 8),
)
def test_any_values_fit_any_width(values: list[float], width: int, colour: bool, count: int):
    series = [line(f"s{number}", *enumerate(values)) for number in range(count)]
    shown = SEQUENCE.sub("", drawn(plot_of(arguments(*series)), width, Paint(colour=colour)))
    if width >= 60:
        assert all(columns(row) < width for row in shown.splitlines())


def test_the_chat_draws_below_the_call_and_not_what_failed():
    view = RunView(PLAIN)
    view.take(ToolStarted(1, "c", "plot", RISING), 80)
    shown = view.take(ToolFinished(1, "c", "plot", '{"drawn": "Close", "series": []}', True, 3), 80)
    assert shown.startswith("* plot(")
    assert shown.endswith(drawn(plot_of(RISING), 80, PLAIN))
    view.take(ToolStarted(1, "d", "plot", RISING), 80)
    assert view.take(ToolFinished(1, "d", "plot", "no", False, 3), 80).count("\n") == 2
    assert view.take(AnswerPart(2, "See above."), 80) == ""
    assert plot_in("plot", {"series": 3}, ok=True) is None
    assert plot_in("calculate", RISING, ok=True) is None
