"""Where a text still is in a home, and what its sessions still hold."""

import json
from pathlib import Path

from dexter.sessions import SessionManager
from tests.support.sessions import everything_below


def forms(text: str) -> list[bytes]:
    """A text as it may stand in a file: plain, in JSON, with escapes for what is not ASCII."""
    plain = json.dumps(text, ensure_ascii=False)[1:-1]
    return [each.encode() for each in {text, plain, json.dumps(text)[1:-1]}]


def places(home: Path, *texts: str) -> list[str]:
    """The files and objects of a home that hold one of some texts in any form."""
    return [
        place
        for place, content in everything_below(home)
        if any(form in content for text in texts for form in forms(text))
    ]


def queries(home: Path, session_id: str) -> list[str]:
    """What was asked in a session, in order."""
    with SessionManager(home) as manager:
        return [each.query for each in manager.show(session_id).exchanges]


def exchange_ids(home: Path, session_id: str) -> list[str]:
    """The ids of its exchanges, in order."""
    with SessionManager(home) as manager:
        return [each.id for each in manager.show(session_id).exchanges]
