import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.sessions import AmbiguousExchange, ExchangeNotFound, SessionExchange
from dexter.sessions.reading.lineage import beginnings, drawn, is_line, meant, path_to


def tree(**parents: str | None) -> list[SessionExchange]:
    """Exchanges by name, each with the name of the one that it follows, sorted by name."""
    return [SessionExchange(name, 0, name, "", parent_id=parent) for name, parent in sorted(parents.items())]


def picture(exchanges: list[SessionExchange]) -> list[str]:
    lines: list[str] = []
    for twig in drawn(exchanges):
        lines += [twig.joint] if twig.joint else []
        lines += [f"{twig.first}{twig.exchange.id}", f"{twig.rest}."]
    return lines


def test_a_line_is_drawn_as_a_line():
    exchanges = tree(a=None, b="a", c="b")
    assert is_line(exchanges)
    assert picture(exchanges) == ["* a", "| .", "* b", "| .", "* c", "  ."]
    assert picture([]) == []


def test_what_leads_to_the_latest_is_the_trunk_and_the_rest_leaves_it_before():
    exchanges = tree(a=None, b="a", c="b", d="a", e="a", f="b", g="e")
    assert not is_line(exchanges)
    assert picture(exchanges) == [
        "* a",
        "| .",
        "|\\",
        "| * d",
        "|   .",
        "|\\",
        "| * b",
        "| | .",
        "| |\\",
        "| | * c",
        "| |   .",
        "| * f",
        "|   .",
        "* e",
        "| .",
        "* g",
        "  .",
    ]


def test_two_beginnings_are_drawn_one_after_the_other():
    assert picture(tree(a=None, b="a", c=None)) == ["* a", "| .", "* b", "  .", "* c", "  ."]


@given(st.lists(st.integers(min_value=0, max_value=40), max_size=40))
def test_every_exchange_is_drawn_once_whatever_the_lines_say(follows: list[int]):
    exchanges = [
        SessionExchange(f"e{number:03}", 0, "q", "", parent_id=f"e{parent:03}")
        for number, parent in enumerate(follows)
    ]
    twigs = drawn(exchanges)
    assert sorted(twig.exchange.id for twig in twigs) == [exchange.id for exchange in exchanges]
    if exchanges:
        assert twigs[-1].exchange is exchanges[-1]
    for exchange in exchanges:
        assert path_to(exchanges, exchange.id)[-1] is exchange


@given(st.sets(st.text("01ab-", min_size=1, max_size=14), max_size=12))
def test_a_short_name_means_its_exchange_and_no_other(ids: set[str]):
    exchanges = [SessionExchange(each, 0, "q", "") for each in sorted(ids)]
    for identifier, short in beginnings(exchanges).items():
        assert meant(exchanges, short).id == identifier


def test_what_names_none_or_several_is_said():
    exchanges = tree(ab=None, ac="ab")
    assert meant(exchanges, "ac").id == "ac"
    with pytest.raises(AmbiguousExchange) as ambiguous:
        meant(exchanges, "a")
    assert ambiguous.value.candidates == ("ab", "ac")
    for text in ("", "x", "acd"):
        with pytest.raises(ExchangeNotFound):
            meant(exchanges, text)
    assert path_to(exchanges, None) == ()
