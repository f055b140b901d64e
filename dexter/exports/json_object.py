"""A session as one JSON object, which `import` reads back as it was."""

from dexter.exports.fields import HEAD, exchange_fields, metadata_fields
from dexter.sessions import Transcript
from dexter.sessions.records.encoding import shown_json


def as_json(transcript: Transcript) -> str:
    """The session as one JSON object, indented."""
    whole = {
        **HEAD,
        "session": metadata_fields(transcript.metadata),
        "exchanges": [exchange_fields(transcript, each) for each in transcript.exchanges],
    }
    return shown_json(whole, indent=2) + "\n"
