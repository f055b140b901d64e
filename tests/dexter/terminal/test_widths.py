from hypothesis import given
from hypothesis import strategies as st

from dexter.terminal.widths import columns, fit, wrap

TEXT = st.text(st.sampled_from("ab 漢é"), max_size=40)


@given(TEXT, st.integers(1, 30))
def test_a_text_made_to_fit_is_never_wider_and_whole_if_there_was_room(text: str, width: int):
    assert columns(fit(text, width)) <= width
    assert fit(text, columns(text)) == text


@given(TEXT, st.integers(2, 30))
def test_wrapping_loses_nothing_but_blanks_and_keeps_lines_narrow_enough(text: str, width: int):
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    if len(text) - len(text.lstrip(" ")) < width - 2:
        assert all(columns(line) <= width for line in lines)


def test_an_indent_is_kept_in_every_line():
    assert wrap("  one two three", 9) == ["  one two", "  three"]


def test_a_wide_character_is_not_cut_in_two():
    assert fit("漢字漢字", 6) == "漢字…"
