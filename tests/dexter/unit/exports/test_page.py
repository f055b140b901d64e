"""The page as text: nothing of others is an element, nothing leads out of the file but links."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dexter.exports.formats import rendered
from dexter.sessions import ReasoningStep, TokenUsageRecord, ToolStep
from tests.support.transcripts import HOSTILE, exchange, transcript

VOID = {"meta", "input", "br", "hr"}
ALLOWED = frozenset(
    re.findall(
        r"\w+",
        """html head meta title style body header h1 h2 h3 h4 h5 h6 dl div dt dd code time search label input
        output figure p svg a rect figcaption main article details summary pre blockquote ul ol li em strong
        s table thead tbody tr th td br hr script line polyline circle span text""",
    )
)


class Reader(HTMLParser):
    """Checks that elements are closed in order; knows which there are, and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def looked_at(page: str) -> Reader:
    """A page after what holds for all of them was checked."""
    reader = Reader(page)
    assert {tag for tag, _ in reader.seen} <= ALLOWED
    assert [tag for tag, _ in reader.seen].count("script") == 1
    for tag, attributes in reader.seen:
        assert not [
            name for name in attributes if name.startswith("on") or name in {"style", "src", "srcset"}
        ]
        href = attributes.get("href")
        if href is not None:
            assert tag == "a"
            assert re.match(r"(https?://|mailto:|#x\d+$)", href, re.IGNORECASE), href
    return reader


MARKUP = st.text(st.sampled_from("<>\"'&;:/!-[](){}`*_#|\\ \n\x00\x1bajscript"), max_size=60)


@given(query=MARKUP, answer=MARKUP | st.text(), other=MARKUP)
@example(query=HOSTILE, answer=HOSTILE, other=HOSTILE)
@example(
    query="",
    answer="[a](jAvAsCrIpT:x) <java\nscript:x> [b](\x01javascript:x) <javascript:alert(1)>",
    other="",
)
@example(
    query="", answer="[![p](javascript:x)](https://a.invalid) [c](&#106;avascript:x) [d](//e)", other="'"
)
@example(query="", answer=">" * 3000 + " deep", other="")
@example(query="", answer="|a|b|\n|:-:|--:|\n|1|2|", other="")
def test_nothing_of_others_is_an_element_or_an_attribute(query: str, answer: str, other: str):
    first = exchange(1, query, answer, model=other, error=other, status="error")
    steps = {first.id: (ReasoningStep(1, other), ToolStep(1, other, other, {other: other}, other, False, 2))}
    looked_at(
        rendered(transcript(first, exchange(2, other), title=other, tags=(other,), steps=steps), "html")
    )


def test_links_to_pages_and_addresses_work_and_pictures_become_links():
    answer = "[a](https://a.invalid/?x=1&y=2) [m](mailto:a@b.invalid) ![p](http://p.invalid/a.png)"
    found = looked_at(rendered(transcript(exchange(1, "q", answer)), "html"))
    links = [attributes["href"] for _, attributes in found.seen if "rel" in attributes]
    assert links == ["https://a.invalid/?x=1&y=2", "mailto:a@b.invalid", "http://p.invalid/a.png"]


def test_bars_say_in_words_what_they_show_and_lead_to_their_exchange():
    usage = TokenUsageRecord(1000, 234, 1234)
    page = rendered(transcript(exchange(1, "Growth?", token_usage=usage, duration=2500), exchange(2)), "html")
    assert 'href="#x1" aria-label="Exchange 1: 1,234 tokens. Growth?"' in page
    assert 'href="#x1" aria-label="Exchange 1: 2.5 s. Growth?"' in page
    assert "2 exchanges, 1,234 tokens, 2.5 s in all." in page


def test_heads_and_branches_are_marked():
    whole = transcript(exchange(1), exchange(2), exchange(3, parent_id=exchange(1).id))
    page = rendered(whole, "html")
    assert page.count('<strong class="badge">head</strong>') == 2
    assert '<a href="#x1">follows exchange 1</a>' in page
    assert '<dt>Heads</dt><dd><a href="#x3">3</a>, <a href="#x2">2</a></dd>' in page


def test_a_format_that_there_is_not_is_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="pdf"):
        rendered(transcript(), "pdf")


def test_an_empty_session_is_a_page_without_chart_and_search():
    page = rendered(transcript(), "html")
    assert "No exchanges yet." in page
    assert {"figure", "search"}.isdisjoint(tag for tag, _ in looked_at(page).seen)


def test_a_plot_is_a_picture_of_which_every_text_is_only_text():
    points = [{"x": f"2024-0{month}", "y": 1.5 * month} for month in range(1, 7)]
    series = [{"name": HOSTILE[:150], "points": points}, {"name": "b", "points": points[:1]}]
    arguments = {"title": HOSTILE[:150], "unit": "</svg><script>", "series": series}
    drawn = ToolStep(1, "c", "plot", arguments, '{"drawn": "x"}', ok=True, duration=3)
    failed = ToolStep(1, "d", "plot", arguments, "no", ok=False, duration=3)
    broken = ToolStep(1, "e", "plot", {"series": [7]}, "{}", ok=True, duration=3)
    one = exchange(1)
    reader = looked_at(rendered(transcript(one, steps={one.id: (drawn, failed, broken)}), "html"))
    tags = [tag for tag, _ in reader.seen]
    assert (tags.count("polyline"), tags.count("circle")) == (2, 7)
    classes = [attributes.get("class") for _, attributes in reader.seen]
    assert classes.count("plot") == 2  # the figure, and the picture in it
    assert not any("style" in attributes for _, attributes in reader.seen)
