"""A piece of markdown as lines for a terminal.

Owns how each kind of block looks. Nothing sets a background, and colours are the terminal's own, so that
light and dark ones are both fine; nothing makes links. Imports rich: not on the way to the first prompt.
"""

import re
from io import StringIO
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich import box
from rich.align import Align
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import (
    CodeBlock,
    Heading,
    HorizontalRule,
    ListItem,
    Markdown,
    TableElement,
)
from rich.padding import Padding
from rich.rule import Rule
from rich.segment import Segment
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from dexter.aligning import paddings
from dexter.terminal.blocks import parser

WIDEST_PROSE = 100
"""Columns beyond which lines of prose are hard to follow; tables and code take what there is."""

_NARROWEST_CELL = 6

_THEME = Theme(
    {
        "markdown.code": "magenta",
        "markdown.code_block": "none",
        "markdown.block_quote": "italic",
        "markdown.hr": "dim",
        "markdown.h1": "bold underline",
        "markdown.h2": "bold underline",
        "markdown.h3": "bold",
        "markdown.h4": "bold",
        "markdown.h5": "italic",
        "markdown.h6": "italic",
        "markdown.item.bullet": "dim",
        "markdown.item.number": "dim",
        "markdown.link": "underline",
        "markdown.link_url": "underline",
        "markdown.table.border": "dim",
        "markdown.table.header": "bold",
    }
)
_BLANKS_AT_THE_END = re.compile(r"[ ]+((?:\x1b\[[0-9;]*m)*)$", re.MULTILINE)


class MarkdownRenderer:
    """Renders the blocks of one text, one after the other; link targets of one are known in the next."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour
        self._parser = parser()
        self._environment: dict[str, Any] = {}

    def render(self, source: str, width: int) -> str:
        """The lines of a cleaned piece of markdown, each with its newline, no blank ones at either end.

        Args:
            source: Markdown without control characters; see `cleaning.clean`.
            width: Columns of the terminal; from 1.
        """
        width = max(width, 4)
        markdown = _Answer(self._parser, self._environment, source)
        console = Console(
            file=StringIO(),
            force_terminal=True,
            color_system="standard",
            no_color=not self._colour,
            width=width,
            height=100,
            theme=_THEME,
            legacy_windows=False,
            _environ={},
        )
        with console.capture() as captured:
            console.print(markdown, width=width if _takes_all(markdown) else min(width, WIDEST_PROSE))
        text = _BLANKS_AT_THE_END.sub(r"\1", captured.get()).strip("\n")
        return text + "\n" if text else ""


def _takes_all(markdown: Markdown) -> bool:
    return any(token.type in {"table_open", "fence", "code_block"} for token in markdown.parsed)


class _Heading(Heading):
    """A heading at the left edge, without a box around it."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _Code(CodeBlock):
    """Code as it stands, two columns in; a line that is too long goes on in the next, nothing is cut."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = Text(str(self.text).rstrip("\n"), overflow="fold", no_wrap=False)
        yield Padding(code, (0, 0, 0, 2))


class _Item(ListItem):
    """An item whose number has its full stop."""

    def render_number(
        self, console: Console, options: ConsoleOptions, number: int, last_number: int
    ) -> RenderResult:
        """The lines of the item, the number before the first."""
        indent = len(str(last_number)) + 3
        style = console.get_style("markdown.item.number")
        lines = console.render_lines(self.elements, options.update(width=max(options.max_width - indent, 1)))
        for index, line in enumerate(lines):
            yield Segment(f"{number}. ".rjust(indent) if index == 0 else " " * indent, style)
            yield from line
            yield Segment("\n")


class _Rule(HorizontalRule):
    """A line across."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Rule(style="markdown.hr", characters="─")


class _Table(TableElement):
    """A table; where the columns would become too narrow to read, its rows one under the other."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        heads = [cell.content for cell in self.header.row.cells] if self.header and self.header.row else []
        texts = [[cell.content for cell in row.cells] for row in (self.body.rows if self.body else [])]
        rows: list[list[RenderableType]] = [list(row) for row in texts]
        if not _fits([heads, *texts], options.max_width):
            yield from _records(heads, texts)
            return
        table = Table(
            box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, border_style="markdown.table.border"
        )
        numeric = _numeric(len(heads), texts)
        for place, head in enumerate(heads):
            title = head.copy()
            title.stylize("markdown.table.header")
            side = head.justify or ("right" if place in numeric else "left")
            title.justify = side
            table.add_column(title, justify=side, overflow="fold", no_wrap=place in numeric)
            for number, cell in enumerate(numeric.get(place, ())):
                # Blanks at the end of a text that is set to the right would be taken away.
                rows[number][place] = Align(cell, side if side in {"center", "right"} else "left")
        for row in rows:
            table.add_row(*row)
        yield table


def _fits(rows: list[list[Text]], width: int) -> bool:
    """Whether each column can have its longest word, or a width in which even folded words can be read."""
    count = max((len(row) for row in rows), default=0)
    needed = 0
    for index in range(count):
        words = [word for row in rows if index < len(row) for word in row[index].plain.split()]
        longest = max((Text(word).cell_len for word in words), default=1)
        needed += min(longest, max(_NARROWEST_CELL, width // max(count, 1))) + 2
    return needed <= width


def _numeric(columns: int, rows: list[list[Text]]) -> dict[int, list[Text]]:
    """The cells of each column of numbers, with blanks so that their points stand under each other."""
    found: dict[int, list[Text]] = {}
    for place in range(columns):
        cells = [row[place] for row in rows if place < len(row)]
        padded = paddings([cell.plain for cell in cells]) if len(cells) == len(rows) else None
        if padded is not None:
            found[place] = [
                Text.assemble(" " * pad.left, cell, " " * pad.right, justify="left")
                for cell, pad in zip(cells, padded, strict=True)
            ]
    return found


def _records(heads: list[Text], rows: list[list[Text]]) -> list[RenderableType]:
    shown: list[RenderableType] = []
    for number, row in enumerate(rows):
        if number:
            shown.append(Text(""))
        for head, cell in zip(heads, row, strict=False):
            title = head.copy()
            title.stylize("markdown.table.header")
            shown.append(Text.assemble(title, ": ", cell, overflow="fold"))
    return shown


class _Answer(Markdown):
    """Markdown parsed by our parser, whose definitions outlive one block."""

    elements = {  # noqa: RUF012 - the base class declares it so
        **Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "code_block": _Code,
        "list_item_open": _Item,
        "hr": _Rule,
        "table_open": _Table,
    }

    def __init__(self, markdown_it: MarkdownIt, environment: dict[str, Any], source: str) -> None:
        super().__init__("", hyperlinks=False)
        self.markup = source
        self.parsed = markdown_it.parse(source, environment)
        for token in self.parsed:
            token.children = [_as_words(child) for child in token.children or ()]


def _as_words(token: Token) -> Token:
    """An image as its words and its address, which rich would put before the text around it."""
    if token.type != "image":
        return token
    return Token("text", "", 0, content=f"[{token.content or 'image'}: {token.attrs.get('src', '')}]")
