import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.aligning import paddings
from dexter.cli.screen.table_source import aligned
from dexter.exports.page.answers import answer_html
from dexter.terminal.markdown import MarkdownRenderer

SOURCE = (
    "| Item | 2023 | Note |\n|---|---|---|\n| Sales | $1,234 | up |\n| EPS | 6.15 | n/a |\n| Debt | - | x |\n"
)


def column(*cells: str) -> list[str] | None:
    padded = paddings(cells)
    if padded is None:
        return None
    return [" " * pad.left + cell + " " * pad.right for cell, pad in zip(cells, padded, strict=True)]


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        (["1.5", "10", "100.25"], ["  1.5 ", " 10   ", "100.25"]),
        (["$1,234.5", "-2", "n/a"], ["$1,234.5", "    -2  ", "   n/a  "]),
        (["12.5%", "(3.25)%", "3%"], ["12.5%  ", "(3.25)%", " 3%    "]),
        (["€ 1'000", "US$2.0bn", "3x"], None),
        (["7 %", "12 %"], [" 7 %", "12 %"]),
        (["2023", "2024"], ["2023", "2024"]),
    ],
)
def test_points_stand_under_each_other(cells: list[str], shown: list[str] | None):
    if shown is None:
        assert column(*cells) is not None or paddings(cells) is None
    else:
        assert column(*cells) == shown


@pytest.mark.parametrize("cells", [["1", "two"], ["1.234,56"], ["-", ""], [], ["2024-01-05"], ["1/2"]])
def test_what_is_no_column_of_numbers_stays(cells: list[str]):
    assert paddings(cells) is None


@given(st.lists(st.decimals(-1000, 1000, places=3), min_size=1))
def test_every_cell_of_a_column_is_equally_wide_and_its_point_at_one_place(numbers: list[object]):
    cells = [f"{number:,}".rstrip("0").rstrip(".") or "0" for number in numbers]
    padded = column(*cells)
    assert padded is not None
    assert len({len(cell) for cell in padded}) == 1
    assert len({cell.index(".") for cell in padded if "." in cell}) <= 1


def test_a_table_on_a_terminal_has_its_points_in_line():
    shown = MarkdownRenderer(colour=False).render(SOURCE, 60)
    rows = [row.translate({27: None}) for row in shown.splitlines()[2:]]
    assert [row.index(mark) for row, mark in zip(rows, ("4 ", ".", "- "), strict=True)] == [
        rows[0].index("4 "), rows[0].index("4 ") + 1, rows[0].index("4 "),
    ]  # fmt: skip


def test_the_source_of_a_table_is_aligned_where_it_fits_and_never_in_code():
    assert aligned(f"Before\n\n{SOURCE}\nafter | that", 60) == (
        "Before\n\n"
        "| Item  |      2023 | Note |\n"
        "| ----- | --------: | ---- |\n"
        "| Sales | $1,234    | up   |\n"
        "| EPS   |      6.15 | n/a  |\n"
        "| Debt  |      -    | x    |\n"
        "\nafter | that"
    )
    assert aligned(SOURCE, 20) == SOURCE
    assert aligned(f"```\n{SOURCE}```\n", 60) == f"```\n{SOURCE}```\n"
    assert "a \\| b" in aligned("| x |\n|---|\n| a \\| b |\n", 60)


def test_a_table_in_a_page_has_its_numbers_to_the_right_with_blanks_as_wide_as_digits():
    page = answer_html(SOURCE)
    assert '<th class="right">2023</th>' in page
    assert '<td class="right">$1,234\u2008\u2007\u2007</td>' in page
    assert '<td class="right">\u2007\u2007\u2007\u2007\u20076.15</td>' in page
    assert "<td>up</td>" in page


def test_numbers_that_were_set_to_the_left_are_in_line_too():
    page = answer_html("| a |\n|:--|\n| 1.5 |\n| 10 |\n")
    assert '<td class="right">\u20071.5</td>' in page
    assert '<td class="right">10\u2008\u2007</td>' in page
