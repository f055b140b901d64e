"""The small pieces of the page: text that is only text, moments, terms with what they mean."""

from html import escape

from dexter.exports.plain import plain, plain_line
from dexter.sessions.records.moments import rfc3339


def text(content: str, *, one_line: bool = False) -> str:
    """A text as HTML that shows just that text, in content and in quoted attributes."""
    return escape(plain_line(content) if one_line else plain(content), quote=True)


def moment(milliseconds: int) -> str:
    """A moment in epoch milliseconds, readable and for machines."""
    exact = rfc3339(milliseconds)
    return f'<time datetime="{exact}">{exact[:10]} {exact[11:19]} UTC</time>'


def definition(term: str, html: str) -> str:
    """A term of ours with what it means."""
    return f"<div><dt>{term}</dt><dd>{html}</dd></div>"


def seconds(milliseconds: int) -> str:
    """How long something took."""
    return f"{milliseconds / 1000:,.1f} s" if milliseconds >= 1000 else f"{milliseconds} ms"
