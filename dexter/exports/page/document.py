"""The page as a whole. Everything that others wrote is escaped; the policy lets nothing run but our script.

The policy names style and script by their hashes, so that not even a mistake in escaping would run anything,
and forbids every request, so that opening the page tells nobody.
"""

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from importlib import resources

from dexter.exports.page.chart import chart
from dexter.exports.page.exchanges import article
from dexter.exports.page.marks import definition, moment, text
from dexter.exports.places import places
from dexter.sessions import Transcript


def as_page(transcript: Transcript) -> str:
    """The session as one HTML file without any reference to another one."""
    style, script = (_resource(name) for name in ("page.css", "page.js"))
    metadata = transcript.metadata
    title = text(metadata.title or metadata.first_query or f"Session {metadata.id}", one_line=True)
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{title}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            "<header>",
            f'<h1 dir="auto">{title}</h1>',
            "<dl>",
            *_facts(transcript),
            "</dl>",
            "</header>",
            *([_SEARCH, chart(transcript)] if transcript.exchanges else []),
            "<main>",
            *map(article, places(transcript)),
            *([] if transcript.exchanges else ["<p>No exchanges yet.</p>"]),
            "</main>",
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


_SEARCH = """<search>
<label for="words">Search</label>
<input id="words" type="search" autocomplete="off" spellcheck="false" placeholder="words in queries, tools, answers">
<output id="found" for="words" aria-live="polite"></output>
</search>"""  # noqa: E501


def _facts(transcript: Transcript) -> Iterator[str]:
    metadata = transcript.metadata
    yield definition("Session", f"<code>{text(metadata.id)}</code>")
    if metadata.model:
        provider = f" ({text(metadata.provider, one_line=True)})" if metadata.provider else ""
        yield definition("Model", text(metadata.model, one_line=True) + provider)
    yield definition("Created", moment(metadata.created_at))
    yield definition("Last active", moment(metadata.updated_at))
    yield definition("Exchanges", f"{len(transcript.exchanges):,}")
    if metadata.tags:
        yield definition("Tags", ", ".join(text(tag, one_line=True) for tag in metadata.tags))
    if len(transcript.heads) > 1:
        numbers = {each.id: number for number, each in enumerate(transcript.exchanges, 1)}
        links = (f'<a href="#x{numbers[head]}">{numbers[head]}</a>' for head in transcript.heads)
        yield definition("Heads", ", ".join(links))


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _resource(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")
