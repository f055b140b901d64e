"""Where the numbers of an answer come from, as examples and as laws."""

import json
from collections.abc import Callable, Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.agent.checks.numerals import figures_in
from dexter.agent.checks.tracing import Earlier, trace
from dexter.sessions import FiguresRecord, HelperRecord, ToolStep
from dexter.sessions.records.figures import figures_line


def call(result: object, *, ok: bool = True, **arguments: object) -> ToolStep:
    """A tool call that gave this."""
    text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
    return ToolStep(1, "c1", "look", arguments, text, ok, 1)


def own(answer: str, *results: object, query: str = "") -> tuple[str, ...]:
    """What is the model's own in an answer."""
    found = trace(answer, query, [call(result) for result in results])
    return () if found is None else found.own


def test_a_figure_is_shown_without_the_end_of_its_sentence():
    assert [each.shown for each in figures_in("It was $5.1 billion. In 2023 it was 3.2 Mio.")] == [
        "$5.1 billion",
        "3.2 Mio",
    ]


@pytest.mark.parametrize(
    ("answer", "source"),
    [
        ("$391.0 billion", {"value": 391_035_000_000}),
        ("391,035 million dollars", {"value": "391035000000"}),
        ("391.04 Mrd. USD", "391035000000"),
        ("391,04 Mrd. USD", "391035000000"),
        ("$1,234.56", "1234.5612"),
        ("1.234.567,89 EUR", "1234567.89"),
        ("1\u202f234\u202f567", "1234567"),
        ("1'234'567", "1234567"),
        ("1,00,000 INR", "100000"),
        ("2.02%", "0.0202"),
        ("2.02 percent", "2.0240"),
        ("0.0202", "2.02%"),
        ("about 25 bps", "0.25%"),
        ("25 basis points", "0.0025"),
        ("a 25-basis-point cut", "0.0025"),
        ("12.3x", "12.3456"),
        ("1.5e9", "1500000000"),
        ("$5bn", "4.9 billion"),
        ("fell by 3.2%", "-3.2"),
        ("a loss of (4,120)", "-4120"),
        ("in millions: 391,035", "391035000000"),
        ("$391.0 billion", "Net sales (in millions)\n391,035"),
        ("383,285", '{"text": "\\n383,285\\n"}'),
        ("12.5 and 13.5", "[12.5,13.5]"),
        ("The 2.5%-3.5% range", "2.5 to 3.5"),
    ],
)
def test_a_number_is_found_in_whatever_form_its_source_has_it(answer: str, source: object):
    assert own(answer, source) == ()


@pytest.mark.parametrize(
    ("answer", "source", "left"),
    [
        ("$5.1 billion and 3%", "4.9", ("$5.1 billion", "3%")),
        ("391.2 billion", "391035000000", ("391.2 billion",)),
        ("2.03%", "0.0202", ("2.03%",)),
        ("$5 billion", "5", ("$5 billion",)),
        ("15 companies", "nothing", ("15",)),
        ("42 and again 42", "", ("42",)),
    ],
)
def test_a_number_that_is_nowhere_is_the_models_own(answer: str, source: str, left: tuple[str, ...]):
    assert own(answer, source) == left


@pytest.mark.parametrize(
    "answer",
    [
        "1. first\n2) second\n  12. twelfth",
        "in 2024, FY24, Q3 2023, from 2019-2024 and until 1999",
        "on 2024-09-28, 9/28/2024, 28.09.2024, Sep 28, 2024, 28 September 2024, 28. Oktober 2024 at 14:30",
        "the 10-K, an 8-K, Form 4, Item 7, Note 12, S&P 500, Russell 2000, Nasdaq-100, COVID-19",
        "[12], [^13], https://example.com/12345?q=99.5, [see](https://example.com/678)",
        "CIK 0000320193, 0000320193-24-000123",
        "3 companies over 5 years",
        "no number at all",
        "",
    ],
)
def test_years_dates_ordinals_names_links_and_small_counts_are_no_figures(answer: str):
    assert figures_in(answer) == ()
    assert trace(answer, "", []) is None


def test_what_the_user_named_is_traced_and_counted_apart():
    found = trace("At 7.5% on $12,000 you get $900.", "7.5 percent of 12000?", [call({"amount": "900"})])
    assert found == FiguresRecord(3, 2, ())


def test_a_number_that_only_passed_through_a_tool_is_still_the_models_own():
    steps = [call({"expression": "5.1 * 2", "amount": "10.2"}, expression="5.1 * 2")]
    assert trace("5.1 doubled is 10.2", "", steps) == FiguresRecord(1, 0, ("5.1",))
    steps = [call({"rate": "7%", "amount": "107.5"}, rate="7")]
    assert trace("At 7% it is 107.5", "", steps) == FiguresRecord(1, 0, ("7%",))


def test_what_a_failed_call_says_is_no_source():
    assert trace("It is 42.5", "", [call("no 42.5 here", ok=False)]) == FiguresRecord(0, 0, ("42.5",))


def test_of_a_result_of_any_size_the_beginning_is_looked_through():
    assert own("It is 42.5", "42.5" + "\n" * 400_000) == ()
    assert own("It is 42.5", "\n" * 600_000 + "42.5") == ("42.5",)


def test_earlier_exchanges_are_read_newest_first_and_only_as_far_as_needed():
    read: list[int] = []

    def earlier() -> Iterator[Earlier]:
        for number, value in enumerate(("11.5", "22.5", "33.5")):
            read.append(number)
            yield Earlier("and 77.5?", [call(value)])

    assert trace("44.5", "", [call("44.5")], earlier()) == FiguresRecord(1, 0, ())
    assert read == []
    assert trace("22.5 and 77.5", "", [], earlier()) == FiguresRecord(2, 1, ())
    assert read == [0, 1]


def test_the_line_tells_the_models_own_and_no_more_than_eight_of_them():
    assert figures_line(FiguresRecord(12, 0, ("$5.1 billion", "3%"))) == (
        "Figures: 12 traced, 2 the model's own: $5.1 billion, 3%"
    )
    assert figures_line(FiguresRecord(3, 1, ())) == "Figures: 3 traced"
    assert figures_line(FiguresRecord(3, 0, ("3%",), ("7%", "$2"))) == (
        "Figures: 3 traced, 2 from earlier sessions (7%, $2), 1 the model's own: 3%"
    )
    many = tuple(f"{number}.5" for number in range(11, 21))
    assert figures_line(FiguresRecord(0, 0, many)).endswith("18.5 and 2 more")


def plain(value: float, places: int) -> str:
    return f"{value:.{places}f}"


def grouped(value: float, places: int) -> str:
    return f"${value:,.{places}f}"


def narrow(value: float, places: int) -> str:
    return f"{value:,.{places}f}".replace(",", "\u202f")


def continental(value: float, places: int) -> str:
    return f"{value:,.{places}f}".translate(str.maketrans(",.", ".,"))


def in_millions(value: float, places: int) -> str:
    return f"${value / 1e6:,.{places}f} million"


def in_billions(value: float, places: int) -> str:
    return f"{value / 1e9:,.{places}f}bn"


def as_percent(value: float, places: int) -> str:
    return f"{value * 100:.{places}f}%"


Form = Callable[[float, int], str]
FORMS: list[Form] = [
    plain, grouped, narrow, continental, in_millions, in_billions, as_percent,
]  # fmt: skip
VALUES = st.floats(min_value=0.001, max_value=1e13, allow_nan=False)


@given(VALUES, st.sampled_from(FORMS), st.integers(0, 4), st.text("abc .-\n", max_size=20))
def test_any_value_in_any_form_rounded_to_the_digits_it_shows_is_traced(
    value: float, form: Callable[[float, int], str], places: int, around: str
):
    answer = f"{around} {form(value, places)} {around}"
    assert own(answer, {"amount": repr(value)}) == ()


@given(st.integers(1_000, 10**9), st.integers(0, 2))
def test_a_value_that_differs_in_a_digit_shown_is_not(value: int, places: int):
    unit = 10**-places
    shown = f"{value + 2 * unit:,.{places}f}"
    assert own(shown, {"amount": value}) == (shown,)


@given(
    st.lists(VALUES, max_size=8),
    st.lists(VALUES, max_size=8),
    st.lists(VALUES, max_size=8),
    st.sampled_from(FORMS),
)
def test_more_sources_never_make_more_of_it_the_models_own(
    said: list[float], some: list[float], more: list[float], form: Callable[[float, int], str]
):
    answer = "; ".join(form(value, 1) for value in said)
    few, many = own(answer, some), own(answer, some, more)
    assert set(many) <= set(few)
    assert own(answer, more, some) == many


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_any_texts_are_traced_and_each_figure_is_counted_once(answer: str, query: str, result: str):
    found = trace(answer, query, [call(result)])
    figures = figures_in(answer)
    assert (found is None) == (not figures)
    if found is not None:
        assert found.traced + len(found.own) == len(figures)
        assert found.asked <= found.traced
        assert all(figure in answer for figure in found.own)


def helped(step: ToolStep, number: int = 1) -> ToolStep:
    """That call, as a helper made it."""
    return msgspec.structs.replace(step, helper=HelperRecord(1, "r", number))


def named(name: str, result: object, **arguments: object) -> ToolStep:
    """A call of a tool with that name."""
    return msgspec.structs.replace(call(result, **arguments), name=name)


def hits(*snippets: str, exchange: str = "e1") -> dict[str, object]:
    """What `recall` returns."""
    found = [
        {"session": "a7k3m9x2", "exchange": exchange, "title": None, "query": "then?", "snippet": each}
        for each in snippets
    ]
    return {"searched": "x", "within_days": None, "count": len(found), "hits": found}


def test_what_a_tool_of_a_helper_gave_is_a_tools_and_what_the_helper_made_of_it_is_its_own():
    research = named("research", {"tasks": [{"answer": "5.13 billion, so 17.9% more", "calls": 12}]})
    steps = [research, helped(call({"value": "5130000000"}))]
    assert trace("5.13 billion, 17.9% more", "", steps) == FiguresRecord(1, 0, ("17.9%",))
    assert trace("5.13 billion", "", [research]) == FiguresRecord(0, 0, ("5.13 billion",))


def test_what_was_recalled_is_told_as_that_whether_it_was_offered_or_looked_for():
    looked = [named("recall", hits("It was 60.9 billion."), query="revenue")]
    expected = FiguresRecord(0, 0, (), ("60.9 billion",))
    assert trace("60.9 billion", "", looked) == expected
    assert trace("60.9 billion", "", [helped(looked[0])]) == expected
    assert trace("60.9 billion", "", [], offered=("It was 60.9 billion.",)) == expected
    assert trace("60.9 billion", "", [], [Earlier("?", looked)]) == expected
    assert trace("60.9 billion", "", [], [Earlier("?", [], ("60.9 billion",))]) == expected


def test_an_exchange_of_this_session_that_recall_finds_is_no_other_session():
    steps = [named("recall", hits("It was 60.9 billion.", exchange="mine"), query="revenue")]
    assert trace("60.9 billion", "", steps, known={"mine"}) == FiguresRecord(0, 0, ("60.9 billion",))


def test_ids_and_dates_of_what_was_recalled_are_no_figures_of_it():
    found = hits("Well.") | {"hits": [{"exchange": "01a2-7446-8e38", "when": "x", "snippet": "Well."}]}
    assert trace("7,446", "", [named("recall", found)]) == FiguresRecord(0, 0, ("7,446",))


def test_what_is_read_on_in_is_of_whoever_gave_it():
    quotation = "<quoted 01 from result now.1, characters 0 to 12000>\nit was 42.5\n</quoted 01>"

    def read(tool: str, text: str = quotation) -> ToolStep:
        return named("read_result", {"result": "now.1", "tool": tool, "text": text})

    places = {"result": "now.1", "tool": "look", "places": [{"start": 7_001, "text": "it was 42.5"}]}
    assert trace("42.5 of 12,000", "", [read("look")]) == FiguresRecord(1, 0, ("12,000",))
    assert trace("42.5 and 7,001", "", [named("read_result", places)]) == FiguresRecord(1, 0, ("7,001",))
    assert trace("42.5", "", [read("research")]) == FiguresRecord(0, 0, ("42.5",))
    assert trace("42.5", "", [read("recall")]) == FiguresRecord(0, 0, (), ("42.5",))
    listed = {"results": [{"result": "now.1", "tool": "look", "arguments": '{"of":"42.5"}'}]}
    assert trace("42.5", "", [named("read_result", listed)]) == FiguresRecord(0, 0, ("42.5",))


def test_a_number_does_not_become_a_tools_by_being_read_on_in():
    steps = [
        call({"rate": "7.25%"}, rate="7.25"),
        named("read_result", {"result": "now.1", "tool": "look", "text": '{"rate": "7.25%"}'}),
    ]
    assert trace("At 7.25%", "", steps) == FiguresRecord(0, 0, ("7.25%",))


SAID = st.lists(VALUES, max_size=5)
FORM = st.sampled_from(FORMS)


@given(SAID, SAID, SAID, SAID, FORM)
def test_each_figure_is_a_tools_recalled_or_the_models_own_and_a_tools_above_all(
    said: list[float], gave: list[float], recalled: list[float], helper_said: list[float], form: Form
):
    answer = "; ".join(form(value, 1) for value in said)
    steps = [
        named("research", {"tasks": [{"answer": repr(helper_said)}]}, tasks=["?"]),
        helped(call(gave)),
        named("recall", hits(repr(recalled)), query="?"),
    ]
    found = trace(answer, "", steps)
    assert (found is None) == (not figures_in(answer))
    if found is not None:
        assert found.traced + len(found.own) + len(found.recalled) == len(figures_in(answer))
        assert not set(found.own) & set(found.recalled)
        alone = trace(answer, "", [call(gave)])
        assert alone is not None
        assert found.traced == alone.traced
        assert {*found.own, *found.recalled} == set(alone.own)


@given(SAID, SAID, SAID, FORM)
def test_what_helpers_and_earlier_sessions_say_never_makes_a_figure_a_tools(
    said: list[float], recalled: list[float], helper_said: list[float], form: Form
):
    answer = "; ".join(form(value, 1) for value in said)
    text = "; ".join(form(value, 3) for value in (*recalled, *helper_said))
    steps = [named("research", {"tasks": [{"answer": text}]}), named("recall", hits(text))]
    found = trace(answer, "", steps, [Earlier("", steps, (text,))], offered=(text,))
    assert found is None or found.traced == 0


@given(SAID, FORM)
def test_whoever_of_the_run_and_its_helpers_called_a_tool_is_the_same(gave: list[float], form: Form):
    answer = "; ".join(form(value, 1) for value in gave)
    assert trace(answer, "", [call(gave)]) == trace(answer, "", [helped(call(gave), 3)])


@given(st.text(max_size=200), st.text(max_size=100))
def test_any_result_of_recall_and_of_what_reads_on_is_taken(answer: str, result: str):
    for name in ("recall", "read_result", "research"):
        trace(f"{answer} 42.5", "", [named(name, result), helped(named(name, result))])


@given(st.text(max_size=300))
def test_an_answer_that_a_tool_gave_word_for_word_has_nothing_of_its_own(text: str):
    assert own(text, text) == ()
