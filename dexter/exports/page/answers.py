"""The markdown of an answer as HTML: no HTML of its own, no links but to pages and addresses, no pictures."""

import functools
import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from dexter.exports.page.marks import text
from dexter.exports.page.numbers import aligned
from dexter.exports.plain import plain

_LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_REL = "noreferrer nofollow"
_ABOVE = 2
"""Levels of headings that the page itself has."""


def answer_html(answer: str) -> str:
    """An answer as HTML that runs nothing, loads nothing and leaves no element open."""
    parser = _parser()
    try:
        tokens = list(_changed(aligned(parser.parse(plain(answer)))))
        return str(parser.renderer.render(tokens, parser.options, {}))
    except RecursionError:  # quotations in quotations, a thousand deep
        return f"<pre>{text(answer)}</pre>"


@functools.cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = _is_allowed  # type: ignore[method-assign]
    return parser


def _is_allowed(url: str) -> bool:
    return _LINK.match(url.strip()) is not None


def _changed(tokens: Sequence[Token]) -> Iterator[Token]:
    """The pieces as the page wants them; its policy allows no styles, and a picture would be loaded."""
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1:]) + _ABOVE, 6)}"
        elif token.type in {"th_open", "td_open"}:
            style = str(token.attrs.pop("style", ""))
            side = next((side for side in ("right", "center") if side in style), None)
            if side is not None:
                token.attrs["class"] = side
        elif token.type == "link_open":
            token.attrs["rel"] = _REL
        elif token.type == "image":
            yield from _picture(token)
            continue
        if token.children:
            token.children = list(_changed(token.children))
        yield token


def _picture(token: Token) -> Iterator[Token]:
    """A link to a picture in its place."""
    opened = Token(
        "link_open", "a", 1, attrs={"href": token.attrs.get("src", ""), "rel": "noreferrer nofollow"}
    )
    said = "".join(each.content for each in token.children or ())
    yield opened
    yield Token("text", "", 0, content=said or "picture")
    yield Token("link_close", "a", -1)
