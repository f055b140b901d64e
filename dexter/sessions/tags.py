"""The tags of a session: short names that a person gives it, to find it again."""

from collections.abc import Sequence

import gitstore
from dexter.errors import UsageError
from dexter.sessions.archive import Archive
from dexter.sessions.errors import SessionNotFound
from dexter.sessions.looking import snapshot_with
from dexter.sessions.reading.reading import read_metadata
from dexter.sessions.records.encoding import storable
from dexter.sessions.writing import changes

LONGEST = 64
"""Characters of a tag."""


def tag(
    archive: Archive, session_id: str, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> tuple[str, ...]:
    """Give a session tags and take others away, in one commit; returns those that it has then.

    Nothing is written if it has the ones and not the others already. What is secret in a tag is masked; one
    that is older than masks is taken away by its own name, too.

    Raises:
        UsageError: If one is no tag, or is to be given and taken. Nothing was changed.
        SessionNotFound: If there is no such session.
        NotSaved: If it can't be written. Nothing was changed.
    """
    masks = archive.masks
    added = [*dict.fromkeys(masks.mask(name_of(each)).text for each in add)]
    plain = [*dict.fromkeys(map(name_of, remove))]
    removed = [*dict.fromkeys([*plain, *(masks.mask(each).text for each in plain)])]
    both = next((each for each in added if each in removed), None)
    if both is not None:
        raise UsageError(f'The tag "{both}" can\'t be given and taken at once.')
    present = read_metadata(snapshot_with(archive, session_id), session_id)[0].tags
    new = [each for each in added if each not in present]
    gone = [each for each in removed if each in present]
    if new or gone:
        receipt = archive.apply(changes.tagged(session_id, new, gone, archive.clock()))
        if receipt.outcome is gitstore.Outcome.REFUSED:
            raise SessionNotFound(session_id)
    return read_metadata(snapshot_with(archive, session_id), session_id)[0].tags


def name_of(text: str) -> str:
    """A tag as it is stored: on one line, without control characters or more than one blank together.

    Raises:
        UsageError: If nothing is left, or more than a tag may have.
    """
    line = " ".join(storable("".join(each if each.isprintable() else " " for each in text)).split())
    if not line:
        raise UsageError("A tag needs at least one character that can be seen.")
    if len(line) > LONGEST:
        # Not quoted: the beginning of a key could not be told to be one.
        raise UsageError(f"A tag has at most {LONGEST} characters, and one of these has {len(line)}.")
    return line
