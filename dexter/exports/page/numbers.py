"""Columns of numbers in the tables of an answer: to the right, with their points under each other."""

from collections import defaultdict
from collections.abc import Sequence

from markdown_it.token import Token

from dexter.aligning import paddings

_RIGHT = "text-align:right"
_DIGIT, _POINT = "\u2007", "\u2008"
"""Blanks as wide as a digit, and as wide as a point."""


def aligned(tokens: Sequence[Token]) -> Sequence[Token]:
    """The pieces of an answer, changed in place: numbers get blanks, and are set to the right."""
    rows: list[list[tuple[Token, Token]]] = []
    for place, token in enumerate(tokens):
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"} and rows:
            rows[-1].append((token, tokens[place + 1]))
        elif token.type == "table_close":
            _align(rows)
            rows = []
    return tokens


def _align(rows: Sequence[Sequence[tuple[Token, Token]]]) -> None:
    head, *body = rows
    columns: dict[int, list[tuple[Token, Token]]] = defaultdict(list)
    for row in body:
        for place, cell in enumerate(row):
            columns[place].append(cell)
    for place, cells in columns.items():
        texts = [_text(inline) for _, inline in cells]
        padded = paddings(texts)
        if padded is None:
            continue
        for opened, _ in (head[place], *cells):
            if "center" not in str(opened.attrs.get("style", "")):
                opened.attrs["style"] = _RIGHT
        for (_, inline), said, pad in zip(cells, texts, padded, strict=True):
            if pad.right and inline.children is not None:
                blank = _DIGIT * pad.right if "." in said else _POINT + _DIGIT * (pad.right - 1)
                inline.children.append(Token("text", "", 0, content=blank))
            if pad.left and inline.children is not None:  # counts where the column is in the middle
                inline.children.insert(0, Token("text", "", 0, content=_DIGIT * pad.left))


def _text(inline: Token) -> str:
    """What a cell shows."""
    return "".join(child.content for child in inline.children or ())
