"""Text from a filing's HTML: paragraphs as lines, rows of tables with bars between cells, nothing hidden.

Uses the standard library's parser, in small pieces with a pause after each: a report of 10 MB takes seconds,
and meanwhile the screen goes on and the user can cancel.
"""

import asyncio
import re
from contextlib import suppress
from html.parser import HTMLParser

from dexter.tools.errors import Unfit
from dexter.tools.fetching.source import Body
from dexter.tools.fetching.text import plain

PIECE = 16_384
MOST_WAITING = 131_072
"""Letters of one tag or comment. More is no document but an attack: reading it takes time by its square."""
LONGEST_CELL = 400
UNREADABLE = "[The rest of the document is no HTML that can be read.]"
_BLOCKS = frozenset(
    (
        *("p", "div", "br", "hr", "tr", "table", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4"),
        *("h5", "h6", "section", "article", "blockquote", "pre", "title", "body", "center", "page"),
    )
)
_UNSHOWN = frozenset(
    ("script", "style", "head", "ix:header", "noscript", "template", "svg", "iframe", "object")
)
_VOID = frozenset(
    ("br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr", "embed", "source")
)
_HIDDEN = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d]))"
)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})")
_SUBMISSION = re.compile(r"(?is)<TEXT>(.*?)</TEXT>")
_NO_MORE_LINES = re.compile(r"\n{3,}")
_MONEY = re.compile(r"([$€£¥]|\()\s*\|\s*(?=[\d(])")
_AFTER = re.compile(r"(?<=[\d)])\s*\|\s*(?=[)%])")


async def text_of(body: Body, source: str) -> str:
    """The text of a document: HTML, or plain text as in the first years.

    Args:
        body: The document as it came.
        source: Who gave it, for the error.

    Raises:
        Unfit: If it is a picture, a PDF or another thing without text.
    """
    if body.content[:5] == b"%PDF-" or b"\0" in body.content[:2000]:
        raise Unfit(source, "it is a PDF, a picture or another file without text")
    written = _decoded(body)
    start = written[:200_000].lstrip("\ufeff \t\r\n").lower()
    if start.startswith(("<sec-document", "-----begin privacy", "<submission")):
        # A whole submission in one file; its first document is the main one.
        first = _SUBMISSION.search(written)
        written = first[1] if first else written
        start = written[:200_000].lower()
    if "html" not in body.type and not re.search(r"<(html|body|div|p|table)\b", start):
        return tidied(plain(written))
    reader = _Reader()
    for place in range(0, len(written), PIECE):
        if not reader.take(written[place : place + PIECE]):
            return f"{await _finished(reader)}\n\n{UNREADABLE}".strip()
        await asyncio.sleep(0)
    return await _finished(reader)


async def _finished(reader: "_Reader") -> str:
    text = reader.text()
    await asyncio.sleep(0)
    text = plain(text)
    await asyncio.sleep(0)
    return _NO_MORE_LINES.sub("\n\n", text).strip()


def tidied(text: str) -> str:
    """The text with one blank between words and one empty line between paragraphs, at most."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return _NO_MORE_LINES.sub("\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Gathers what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._cells: list[list[str]] = []
        """The cells of the row that is open, each as pieces; empty outside of rows."""
        self._hidden: list[str] = []
        """The elements that are open within one that is not shown, that one first."""

    def take(self, piece: str) -> bool:
        """Read on; False if no more can be read."""
        try:
            self.feed(piece)
        except (AssertionError, RecursionError):  # what the parser raises for declarations that are none
            return False
        return len(self.rawdata) <= MOST_WAITING

    def text(self) -> str:
        """What was gathered."""
        rest = self.rawdata
        if "<" not in rest:
            self.handle_data(rest)
        self._end_row()
        self._end_line()
        return "\n".join(self._lines)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        if tag in _VOID:
            if not self._hidden and tag in _BLOCKS:
                self._break()
            return
        if tag == "body" and self._hidden[:1] == ["head"]:  # many leave the end of the head out
            self._hidden.clear()
        if self._hidden:
            self._hidden.append(tag)
            return
        if tag in _UNSHOWN or _is_hidden(attrs):
            self._hidden.append(tag)
        elif tag == "tr":
            self._end_row()
            self._end_line()
            self._cells = [[]]
        elif tag in {"td", "th"} and self._cells:
            self._cells.append([])
        elif tag in _BLOCKS:
            self._break()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        if tag in _VOID:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and what was left open within it."""
        if self._hidden:
            if tag in self._hidden:
                place = len(self._hidden) - 1 - self._hidden[::-1].index(tag)
                del self._hidden[place:]
            return
        if tag == "tr":
            self._end_row()
        elif tag == "table":
            self._end_row()
            self._end_line()
        elif tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        """Text."""
        if not self._hidden:
            # A line end in the source is a blank on the page.
            (self._cells[-1] if self._cells else self._line).append(data.replace("\n", " "))

    def _break(self) -> None:
        if self._cells:
            self._cells[-1].append("\n")
        else:
            self._end_line()

    def _end_line(self) -> None:
        line = " ".join("".join(self._line).split())
        self._line = []
        if line:
            self._lines += [line, ""]

    def _end_row(self) -> None:
        cells = [text for pieces in self._cells if (text := "".join(pieces).strip())]
        self._cells = []
        if not cells:
            return
        if max(map(len, cells)) > LONGEST_CELL:  # a table that lays out a page
            self._lines += [tidied("\n".join(cells)), ""]
            return
        row = " | ".join(" ".join(cell.split()) for cell in cells)
        self._lines.append(_AFTER.sub("", _MONEY.sub(r"\1", row)))


def _is_hidden(attrs: list[tuple[str, str | None]]) -> bool:
    return any(
        name == "hidden" or (name == "style" and value and _HIDDEN.search(value.lower()))
        for name, value in attrs
    )


def _decoded(body: Body) -> str:
    named = _CHARSET.search(body.type.encode("ascii", "replace")) or _CHARSET.search(body.content[:2000])
    for charset in (named[1].decode() if named else "utf-8", "utf-8"):
        with suppress(UnicodeDecodeError, LookupError, ValueError):
            return body.content.decode(charset)
    # What most old filings are written in; it knows a letter for every byte but five.
    return body.content.decode("cp1252", "replace")
