"""The rest of a text joined to its beginning, as examples and as laws."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.agent.providers.joining import ANCHOR_WORDS, SURE, Joint, anchor

PROSE = "Apple had net sales of $391.0 billion in fiscal 2024, up 2% from $383.3 billion the year before."


def joined(before: str, *pieces: str) -> str:
    joint = Joint(before)
    return before + "".join(joint.take(piece) for piece in pieces) + joint.end()


@pytest.mark.parametrize("cut", range(1, len(PROSE)))
def test_whoever_repeats_the_last_words_first_or_begins_anew_comes_to_the_whole_text(cut: int):
    before, rest = PROSE[:cut], PROSE[cut:]
    assert joined(before, anchor(before) + rest) == PROSE
    assert joined(before, *(anchor(before) + rest)) == PROSE
    assert joined(before, *PROSE) == PROSE


def test_a_number_cut_in_its_middle_is_not_doubled_and_loses_no_digit():
    assert joined("Net sales were $10", "Net sales were $100 million") == "Net sales were $100 million"
    assert joined("The year was worth $10", "0 million.") == "The year was worth $100 million."


def test_what_goes_on_without_repeating_is_put_behind():
    assert joined("one two three four five", " six ", "seven") == "one two three four five six seven"


def test_what_repeats_and_ends_adds_nothing():
    before = "This was all there was to say."
    assert joined(before, before) == before
    assert joined(before, "") == before


@given(st.text(max_size=80), st.text(max_size=80), st.lists(st.integers(0, 160), max_size=6))
def test_how_a_continuation_is_cut_into_pieces_does_not_matter(before: str, rest: str, cuts: list[int]):
    places = sorted({0, len(rest), *(cut for cut in cuts if cut < len(rest))})
    pieces = [rest[a:b] for a, b in pairwise(places)]
    assert joined(before, *pieces) == joined(before, *rest)
    assert joined(before, *rest).startswith(before)


@given(st.text(min_size=SURE, max_size=80), st.text(max_size=80))
def test_a_text_repeated_whole_and_gone_on_with_stands_there_once(before: str, rest: str):
    assert len(joined(before, *(before + rest))) <= len(before + rest)
    assert joined(before, *(before + rest)).endswith(rest)


def test_the_anchor_is_the_last_few_words():
    assert anchor(PROSE).split() == PROSE.split()[-ANCHOR_WORDS:]
    assert anchor("one") == "one"
    assert len(anchor("x" * 10_000)) <= 400
