"""Which formats there are, and which one a file's name asks for."""

from dexter.sessions import Transcript

_ENDINGS = {
    ".md": "md",
    ".markdown": "md",
    ".txt": "md",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".html": "html",
    ".htm": "html",
}
FORMATS = ("md", "json", "jsonl", "html")


def format_of(ending: str) -> str | None:
    """The format that the ending of a file's name stands for, None if it stands for none."""
    return _ENDINGS.get(ending.casefold())


def rendered(transcript: Transcript, form: str) -> str:
    """A session as one text, with a line feed at its end.

    No character in it moves a terminal's cursor or turns the direction of the text.

    Args:
        transcript: The session.
        form: One of `FORMATS`.
    """
    # What only the page needs is not loaded for the others: it takes a fifth of a second.
    match form:
        case "json":
            from dexter.exports.json_object import as_json  # noqa: PLC0415

            return as_json(transcript)
        case "jsonl":
            from dexter.exports.json_lines import as_json_lines  # noqa: PLC0415

            return as_json_lines(transcript)
        case "html":
            from dexter.exports.page import as_page  # noqa: PLC0415

            return as_page(transcript)
        case "md":
            from dexter.exports.markdown import as_markdown  # noqa: PLC0415

            return as_markdown(transcript)
    raise ValueError(f"no format of an export: {form}")
