import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.terminal.blocks import BlockSplitter, parser

ANSWER = """\
# Title

A paragraph of *some* words
over two lines.

- one
  - nested

    a paragraph in it
- two

1. loose

2. items

| a | b |
|---|--:|
| 1 | 2 |

```python
# not a heading

- not a list
```

> quoted
lazily

Setext
------

<b>html</b> at the end"""

PIECES = st.lists(
    st.sampled_from(
        ["word ", "# h", "- a", "  - b", "1. x", "12", "\n", "\n\n", "```", "| a | b |", "|---|---|", "> q",
         "---", "    ",
         "**bold**", "漢", "*", "=", "~~~", "\t", "\r\n", "[x]: http://y", "[x]"]
    ),
    max_size=40,
)  # fmt: skip


def split(pieces: list[str]) -> list[str]:
    splitter = BlockSplitter()
    blocks = [block for piece in pieces for block in splitter.feed(piece)]
    return blocks + splitter.finish()


def kinds(text: str) -> list[str]:
    return [token.type for token in parser().parse(text) if token.level == 0 and token.nesting >= 0]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 10_000])
def test_an_answer_in_pieces_of_any_size_gives_its_top_level_blocks_once_and_in_order(size: int):
    blocks = split([ANSWER[at : at + size] for at in range(0, len(ANSWER), size)])
    assert "".join(blocks) == ANSWER
    # Two blocks may be given out together, never half of one.
    assert [kind for block in blocks for kind in kinds(block)] == kinds(ANSWER)


@given(PIECES)
def test_nothing_is_lost_and_nothing_comes_twice_whatever_is_streamed(pieces: list[str]):
    whole = BlockSplitter()
    expected = "".join(whole.feed("".join(pieces)) + whole.finish())
    assert "".join(split(pieces)).split() == expected.split()


@given(PIECES)
def test_the_blocks_of_a_stream_are_those_of_the_whole_text(pieces: list[str]):
    streamed = [kind for block in split(pieces) for kind in kinds(block)]
    assert streamed == kinds("".join(pieces).replace("\t", "    ").replace("\r\n", "\n"))


def test_a_paragraph_is_finished_by_the_first_words_of_the_next():
    splitter = BlockSplitter()
    assert splitter.feed("first\n\n") == []
    assert splitter.feed("1") == []
    assert splitter.feed("0 apples") == []
    assert splitter.feed(" and pears\n") == ["first\n\n"]


def test_a_list_is_not_finished_by_a_beginning_that_may_be_its_next_item():
    splitter = BlockSplitter()
    splitter.feed("- a\n\n")
    assert splitter.feed("-") == []
    assert splitter.feed(" b\n") == []
    assert splitter.finish() == ["- a\n\n- b\n"]


def test_the_tail_of_a_long_fence_keeps_its_fence_and_of_a_long_table_its_head():
    code, table = BlockSplitter(), BlockSplitter()
    code.feed("```python\n" + "".join(f"line {number}\n" for number in range(200)))
    table.feed("| a | b |\n|---|---|\n" + "".join(f"| {number} | x |\n" for number in range(200)))
    assert code.tail(100).startswith("```python\n")
    assert code.tail(100).endswith("line 199\n")
    assert table.tail(100).startswith("| a | b |\n|---|---|\n")


def test_a_large_block_is_not_parsed_again_with_each_of_its_lines():
    splitter = BlockSplitter()
    parsed = 0
    parse = splitter._parser.parse

    def counting(text: str, env: object = None) -> object:
        nonlocal parsed
        parsed += len(text)
        return parse(text)

    splitter._parser.parse = counting  # type: ignore[method-assign, assignment]
    line = "word " * 20 + "\n"
    for _ in range(2_000):
        splitter.feed(line)
    assert parsed < 12 * 2_000 * len(line)
