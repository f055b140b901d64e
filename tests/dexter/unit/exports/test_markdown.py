"""Markdown that people read: whatever was asked and answered, its structure is ours."""

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dexter.exports.formats import rendered
from dexter.sessions import ToolStep
from tests.support.transcripts import HOSTILE, exchange, transcript


def headings(text: str) -> list[str]:
    """The headings of a document that stand in nothing else."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [token.tag for token in tokens if token.type == "heading_open" and not token.level]


MARKUP = st.text(st.sampled_from("`~#>-*_[]()<>!| \n\tab1.\\&$\x1b\x85\u2028="), max_size=60)


@given(query=MARKUP, answer=MARKUP, title=MARKUP, result=MARKUP)
@example(query="```\n# no", answer="```\n# open", title="`", result="~~~")
@example(query="````\n````", answer="<!--\n# open", title="<!-- ", result="```")
@example(query="a", answer="a\n- b\n\n      c", title="[a]: b", result="[a]: b")
def test_nothing_that_was_said_changes_the_headings(query: str, answer: str, title: str, result: str):
    first = exchange(1, query, answer, model=title)
    steps = {first.id: (ToolStep(1, "c", query, {"x": result}, result, False, 3),)}
    text = rendered(transcript(first, exchange(2, query, answer), title=title, steps=steps), "md")
    assert headings(text) == ["h1", "h2", "h2"]
    assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in text)


def test_a_document_has_title_facts_query_tools_answer_and_says_where_branches_begin():
    first, second = exchange(1, "What is\n```x```?", "**31**"), exchange(2, "two", "", status="interrupted")
    third = exchange(3, "three", "", status="error", error="It *broke*.", parent_id=first.id)
    steps = {first.id: (ToolStep(1, "c", "ratio", {"a": "1`"}, "r" * 5000, True, 3),)}
    text = rendered(transcript(first, second, third, title="A & B", tags=("x",), steps=steps), "md")
    assert text.startswith("# A \\& B\n\n- Session: `a7k3m9x2`\n- Model: gpt-5 (openai)\n")
    assert "- Tags: x\n- Heads: 2\n" in text
    assert "## 1. What is \\`\\`\\`x\\`\\`\\`?" in text
    assert "````text\nWhat is\n```x```?\n````" in text
    assert '`ratio` with `` {"a": "1`"} `` (3 ms)' in text
    assert "*(1,000 more characters are left out)*" in text
    assert "> **31**" in text
    assert "*(no answer: interrupted)*" in text
    assert "follows exchange 1, head*" in text
    assert "**Error:** It \\*broke\\*." in text


def test_an_empty_session_says_so():
    assert rendered(transcript(), "md").endswith("No exchanges yet.\n")


def test_a_hostile_answer_stays_in_its_quotation():
    text = rendered(transcript(exchange(1, HOSTILE, HOSTILE), exchange(2)), "md")
    assert headings(text) == ["h1", "h2", "h2"]
