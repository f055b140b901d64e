"""Conversations of simonw/llm: `logs.db`, an SQLite file that is only read, and never written beside.

Versions from 0.32 on keep messages in a tree (`messages`, `parts`) with `threads` and `turns` on it; earlier
ones a row for each answer (`responses`). One file may hold both.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from dexter.imports.conversation import Conversation
from dexter.imports.errors import NotImportable
from dexter.imports.llm_responses import take_responses
from dexter.imports.llm_turns import take_turns
from dexter.imports.values import Reading, Trouble

NAME = "llm"
BEGINNING = b"SQLite format 3\0"


def read(path: Path) -> Reading:
    """The conversations in a file.

    Raises:
        NotImportable: If it can't be read, or is the file of another program.
    """
    conversations: dict[str, Conversation] = {}

    def conversation(identifier: str) -> Conversation:
        return conversations.setdefault(identifier, Conversation(NAME, identifier))

    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            # What the file says is data: no function in a view or a default of it is run.
            database.execute("PRAGMA trusted_schema = OFF")
            database.text_factory = lambda content: content.decode("utf-8", "replace")
            database.row_factory = sqlite3.Row
            rows = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            tables = {str(row["name"]) for row in rows}
            if not ({"turns", "messages", "parts"} <= tables or "responses" in tables):
                raise NotImportable(path, "it is a database of another program")
            seen = take_turns(database, conversation) if {"turns", "messages", "parts"} <= tables else set()
            if "responses" in tables:
                take_responses(database, conversation, tables, seen)
    except (sqlite3.Error, OSError) as error:
        raise NotImportable(path, str(error)) from error
    found = [each.transcript() for each in conversations.values()]
    transcripts = tuple(each for each in found if each is not None)
    return Reading(transcripts, () if transcripts else (Trouble(path, "nothing was asked in it"),))
