"""Markdown that grows, cut into the top-level blocks that are finished and the one that is not.

Owns the question "can what follows still change this?". A finished block is given out once and never again;
the texts given out, put together, are the whole text. Knows nothing of screens.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from dexter.terminal.cleaning import clean

# A line that has only begun is sure to be no list item, rule or fence once it holds a letter.
_SURE_BEGINNING = re.compile(r"\s*(?:\*\*|__)?[^\W\d_]")

# From this size on, the next look comes only after the block has grown by a part of itself: looking at n
# characters each time that a few are added would take n * n.
_LARGE = 4_000


def parser() -> MarkdownIt:
    """The markdown that answers are written in: CommonMark, tables, strikethrough; HTML is plain text."""
    return MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])


class BlockSplitter:
    """Takes text in pieces of any size and gives out markdown blocks as soon as they are finished."""

    def __init__(self) -> None:
        self._parser = parser()
        self._lines = ""  # whole lines, cleaned
        self._line = ""  # the line that has no end yet, as it came
        self._look_at = 0
        self._looked_at_line = False

    @property
    def rest(self) -> str:
        """The unfinished block so far, cleaned."""
        return self._lines + clean(self._line)

    def tail(self, limit: int) -> str:
        """The end of the unfinished block, cleaned: about `limit` characters, cut so that it reads the same.

        Of a table the head stays, of code the fence, and lines are whole if they are not longer than that.
        """
        rest = self._lines[-2 * limit :] + clean(self._line[-limit:])
        if len(rest) <= limit and len(self._lines) <= 2 * limit:
            return rest
        end = rest[-limit:]
        end = end[end.find("\n") + 1 :]
        head = self._lines[:limit].split("\n", 2)[:2]
        if head[0].lstrip().startswith(("```", "~~~")):
            return f"{head[0]}\n{end}"
        if head[0].lstrip().startswith("|") and len(head) == 2:
            return f"{head[0]}\n{head[1]}\n{end}"
        return end

    def feed(self, text: str) -> list[str]:
        """The blocks that this piece of text finished, in order, as markdown."""
        line, newline, rest = (self._line + text).rpartition("\n")
        if newline:
            # A lone CR at the end may be half of a CR LF; as one line ends with LF it is never cut.
            self._lines += clean(line + newline)
            self._looked_at_line = False
        self._line = rest
        sure = not self._looked_at_line and _SURE_BEGINNING.match(rest) is not None
        if not (newline or sure) or len(self._lines) < self._look_at:
            return []
        self._looked_at_line = sure
        return self._split(clean(rest) if sure else "")

    def finish(self) -> list[str]:
        """The blocks left, now that nothing follows; afterwards the splitter is as new."""
        text = self.rest
        self.__init__()  # type: ignore[misc]
        starts = _starts(self._parser.parse(text))
        return [block for block in _cut(text, starts) if block.strip()]

    def _split(self, begun: str) -> list[str]:
        starts = _starts(self._parser.parse(self._lines + begun))
        if len(starts) < 2:
            self._look_at = len(self._lines) * 5 // 4 if len(self._lines) > _LARGE else 0
            return []
        *blocks, self._lines = _cut(self._lines, starts)
        self._look_at = 0
        return [block for block in blocks if block.strip()]


def _starts(tokens: Sequence[Token]) -> list[int]:
    """The numbers of the lines at which top-level blocks begin."""
    return [token.map[0] for token in tokens if token.level == 0 and token.nesting >= 0 and token.map]


def _cut(text: str, starts: Sequence[int]) -> list[str]:
    """The text cut before each start but the first, so that nothing between blocks is lost."""
    lines = text.splitlines(keepends=True)
    edges = [0, *starts[1:], len(lines)]
    return ["".join(lines[begin:end]) for begin, end in pairwise(edges)]
