"""What a `git` program brought is looked at once more: it lets some things pass when it fetches.

A pack of the size of an exchange is looked through as if gitstore had fetched it itself; of a large one git's
word counts, with what it is known to let pass looked for apart.
"""

import zlib
from pathlib import Path

from gitstore.errors import Damaged, RemoteBroken, RemoteTooLarge
from gitstore.objects import ObjectReader
from gitstore.packfile import Pack
from gitstore.remotes import Remote
from gitstore.transport import taking
from gitstore.transport.completeness import Completeness
from gitstore.transport.refusal import Refused
from gitstore.transport.route import Asked
from gitstore.transport.sizes import measure
from gitstore.transport.values import DEEPEST, UNPACKED, Limits
from gitstore.transport.workroom import Workroom

_LARGE = 256 << 10
"""Bytes from which on only git looks into a pack."""


def hold_to(limits: Limits, remote: Remote, room: Workroom) -> None:
    """Raise RemoteTooLarge or RemoteBroken if what came stands for more than is taken."""
    for index in room.packs.glob("pack-*.idx"):
        try:
            sizes = measure(Pack(index))
        except (Damaged, zlib.error, IndexError) as error:
            raise RemoteBroken(remote.name, f"the pack: {error}") from error
        if sizes.largest > limits.object:
            raise RemoteTooLarge(remote.name, "an object", limits.object)
        if sizes.unpacked > UNPACKED:
            raise RemoteTooLarge(remote.name, "what is unpacked", UNPACKED)
        if sizes.deepest > DEEPEST:
            raise RemoteBroken(remote.name, f"deltas of deltas, more than {DEEPEST:,} deep")


def is_small(room: Workroom) -> bool:
    """Say whether what came is so little that it can be looked through here."""
    return sum(pack.stat().st_size for pack in room.packs.glob("pack-*.pack")) <= _LARGE


def is_clean(git_directory: Path, remote: Remote, room: Workroom, tip: str, asked: Asked) -> bool:
    """Say whether git's own `fsck` takes all that came.

    Raises:
        RemoteBroken: Something is missing.
    """
    load = taking.reader_of(git_directory, room)

    def kind_of(identifier: str) -> int | None:
        try:
            return load(identifier)[0]
        except Damaged:
            return None

    try:
        Completeness(load, kind_of).check(tip, asked.have, ObjectReader(git_directory).shallow())
    except Refused:
        return False
    except Damaged as error:
        raise RemoteBroken(remote.name, str(error)) from error
    return True
