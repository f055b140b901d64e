"""What a `git` program brought is looked at once more: it lets some things pass when it fetches.

A pack of the size of an exchange is looked through as if gitstore had fetched it itself; of a large one git's
word counts. What it is known to let pass it names on the way, which is heard.
"""

import zlib
from pathlib import Path

from gitstore.errors import Damaged, RemoteBroken, RemoteTooLarge
from gitstore.git.remotes import Remote
from gitstore.objects.objects import ObjectReader
from gitstore.objects.packfile import Pack
from gitstore.transport import taking
from gitstore.transport.completeness import Completeness
from gitstore.transport.refusal import Refused
from gitstore.transport.route import Asked
from gitstore.transport.sizes import measure
from gitstore.transport.values import DEEPEST, UNPACKED, Limits
from gitstore.transport.workroom import Workroom

_LARGE = 256 << 10
"""Bytes from which on only git looks into a pack."""


class Scales:
    """Weighs what came into a workroom, each pack once."""

    def __init__(self, limits: Limits, remote: Remote, room: Workroom) -> None:
        self._limits = limits
        self._remote = remote
        self._room = room
        self._weighed: set[Path] = set()

    def weigh(self) -> bool:
        """Say whether there was anything new.

        Raises:
            RemoteTooLarge: It is more than is taken.
            RemoteBroken: It leans on itself too deep, or is no pack.
        """
        new = set(self._room.packs.glob("pack-*.idx")) - self._weighed
        for index in new:
            self._hold(index)
            self._weighed.add(index)
        return bool(new)

    def _hold(self, index: Path) -> None:
        remote, most = self._remote.name, self._limits.object
        try:
            sizes = measure(Pack(index))
        except (Damaged, zlib.error, IndexError) as error:
            raise RemoteBroken(remote, f"the pack: {error}") from error
        if sizes.largest > most:
            raise RemoteTooLarge(remote, "an object", most)
        if sizes.unpacked > UNPACKED:
            raise RemoteTooLarge(remote, "what is unpacked", UNPACKED)
        if sizes.deepest > DEEPEST:
            raise RemoteBroken(remote, f"deltas of deltas, more than {DEEPEST:,} deep")


def is_clean(git_directory: Path, remote: Remote, room: Workroom, tip: str, asked: Asked) -> bool:
    """Say whether git's own `fsck` takes all that came; of a large pack git's `fetch` has said it.

    Raises:
        RemoteBroken: Something is missing.
    """
    if sum(pack.stat().st_size for pack in room.packs.glob("pack-*.pack")) > _LARGE:
        return True
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
