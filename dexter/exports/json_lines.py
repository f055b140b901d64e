"""A session as lines of JSON, which `import` reads back as it was: the metadata, then an exchange a line."""

from dexter.exports.fields import HEAD, exchange_fields, metadata_fields
from dexter.sessions import Transcript
from dexter.sessions.records.encoding import shown_json


def as_json_lines(transcript: Transcript) -> str:
    """The session as JSON lines."""
    first = {**HEAD, "session": metadata_fields(transcript.metadata)}
    rows = [first, *(exchange_fields(transcript, each) for each in transcript.exchanges)]
    return "".join(shown_json(row) + "\n" for row in rows)
