import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.terminal.markdown import MarkdownRenderer
from dexter.terminal.widths import columns

SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")


def plain(source: str, width: int = 60) -> str:
    return SEQUENCE.sub("", MarkdownRenderer(colour=True).render(source, width))


def test_a_table_keeps_its_columns_where_they_fit():
    shown = plain("| Name | Growth |\n|---|--:|\n| AAPL | 7 % |\n| 漢字 | 12 % |\n")
    assert shown == "Name   Growth\n─────────────\nAAPL      7 %\n漢字     12 %\n"


def test_a_table_that_does_not_fit_is_shown_row_by_row_with_every_cell():
    heads = [f"Quarter {number}" for number in range(1, 7)]
    cells = [f"{number},234,567" for number in range(1, 7)]
    source = f"| {' | '.join(heads)} |\n{'|---' * 6}|\n| {' | '.join(cells)} |\n"
    shown = plain(source, 20)
    for head, cell in zip(heads, cells, strict=True):
        assert f"{head}: {cell}".split() == re.sub(r"\s+", " ", shown[shown.index(head) :]).split()[:3]


def test_numbered_items_keep_their_first_number_and_nested_ones_their_place():
    assert plain("7. seven\n8. eight\n   - nested\n") == " 7. seven\n 8. eight\n     • nested\n"


def test_code_is_indented_and_a_line_that_is_too_long_goes_on_in_the_next():
    assert plain("```python\nx = 1\n" + "y" * 30 + "\n```\n", 20) == f"  x = 1\n  {'y' * 18}\n  {'y' * 12}\n"


def test_an_image_is_its_words_and_its_address_in_its_place():
    assert plain("before ![a chart](http://x/y.png) after") == "before [a chart: http://x/y.png] after\n"


def test_html_is_shown_as_it_was_written():
    assert plain("a <b>bold</b> & <script>") == "a <b>bold</b> & <script>\n"


def test_a_link_target_defined_in_one_block_is_known_in_the_next():
    renderer = MarkdownRenderer(colour=False)
    renderer.render("[ref]: http://example.org\n", 60)
    assert "http://example.org" in renderer.render("See [ref].\n", 60)


def test_no_background_no_link_and_only_the_terminals_own_colours():
    source = "# h\n\n`code` [l](http://x) **b**\n\n```py\nx=1\n```\n\n| a |\n|---|\n| `b` |\n\n> q\n\n- i\n"
    shown = MarkdownRenderer(colour=True).render(source, 60)
    assert "\x1b]" not in shown
    codes = {
        int(code) for found in re.findall(r"\x1b\[([0-9;]*)m", shown) for code in found.split(";") if code
    }
    assert codes <= {0, 1, 2, 3, 4, 9, 31, 32, 33, 35, 36}


def test_without_colour_there_are_weights_but_no_colours():
    shown = MarkdownRenderer(colour=False).render("**b** and `code`", 60)
    assert "\x1b[1m" in shown
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)


@pytest.mark.parametrize("width", [1, 5, 20, 40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int):
    source = "# A long heading of words\n\nA paragraph 漢字漢字漢字 `code` word" + "word" * 30
    source += "\n\n- item of a list that is long\n\n| a | bbbbbbbbbbbb |\n|---|---|\n| 1 | 2 |"
    source += "\n\n```\nlong code line\n```\n"
    for line in plain(source, width).split("\n"):
        assert columns(line) <= max(width, 4)


WORDS = st.lists(
    st.sampled_from(["growth", "of", "漢字", "1,234.56", "EBITDA", "x" * 30]), min_size=1, max_size=40
)


@given(WORDS, st.integers(8, 120))
def test_all_words_of_a_paragraph_are_shown_in_order(words: list[str], width: int):
    assert plain(" ".join(words), width).replace("\n", "").replace(" ", "") == "".join(words)
