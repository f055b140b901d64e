"""An exchange with a remote without a `git` program: over a socket, the web, `ssh`, or in a folder."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from gitstore import addresses
from gitstore.disk.files import Files
from gitstore.errors import Damaged, RemoteBroken, RemoteRejected, RemoteTooLarge
from gitstore.git.remotes import Remote
from gitstore.objects.objects import ObjectReader
from gitstore.transport import ancestry, arriving, parcel, taking, washing
from gitstore.transport.completeness import Completeness, Links
from gitstore.transport.conversation import Advertised, Conversation
from gitstore.transport.neighbour import Neighbour
from gitstore.transport.refusal import Refused
from gitstore.transport.route import Asked, Came, Sending, is_race
from gitstore.transport.settings import Settings
from gitstore.transport.telling import Count, objects_in
from gitstore.transport.values import Access, Limits, Pushed, Rejected
from gitstore.transport.web import WebWire
from gitstore.transport.wires import SocketWire, SshWire, Wire
from gitstore.transport.workroom import Workroom

_HEAD = 12
"""Bytes of a pack that say how many objects are in it."""
_LARGE = 256 << 10
"""Bytes from which on a pack may be all that there is."""


class _Side(Protocol):
    """Who answers."""

    def advertised(self, service: str) -> Advertised: ...
    def pull(
        self, want: str, have: Sequence[str], cut: frozenset[str], can: frozenset[str]
    ) -> Iterator[bytes]: ...
    def push(
        self, branch: str, old: str | None, new: str, pack: tuple[bytes, bytes], can: frozenset[str]
    ) -> str | None: ...
    def leave(self) -> None: ...


class Direct:
    """A route on which gitstore speaks for itself."""

    def __init__(self, git_directory: Path, files: Files, access: Access, limits: Limits) -> None:
        self._git = git_directory
        self._files = files
        self._access = access
        self._limits = limits
        self._settings = Settings(git_directory, access.environment)

    def receive(self, remote: Remote, asked: Asked, room: Workroom) -> Came:
        """Bring what the remote has into the workroom, checked. Raises RemoteError."""
        side = self._side(remote, self._settings.from_url(remote), room)
        try:
            return self._receive(side, remote, asked, room)
        finally:
            side.leave()

    def send(self, remote: Remote, sending: Sending, room: Workroom) -> Pushed | Rejected:
        """Move the remote's branch, if it is where it is expected. Raises RemoteError."""
        side = self._side(remote, self._settings.to_url(remote), room)
        try:
            there = side.advertised("git-receive-pack")
            now = there.refs.get(sending.branch)
            if now == sending.new:
                return Pushed(sending.new)
            if now != sending.expected:
                return Rejected(now)
            reader = ObjectReader(self._git)
            made = parcel.between(
                reader, sending.new, dict.fromkeys(there.refs.values()), thin="no-thin" not in there.can
            )
            pack = made[1:] if made else parcel.EMPTY
            reason = side.push(sending.branch, now, sending.new, pack, there.can)
        finally:
            side.leave()
        if reason is None:
            return Pushed(sending.new)
        if is_race(reason):
            return Rejected(None)
        raise RemoteRejected(remote.name, reason)

    def _receive(self, side: _Side, remote: Remote, asked: Asked, room: Workroom) -> Came:
        there = side.advertised("git-upload-pack")
        branch = asked.branch
        if branch not in there.refs:
            heads = {name for name in there.refs if name.startswith("refs/heads/")}
            if not heads:
                return Came(None, branch)
            if there.head is None or there.head not in heads:
                raise RemoteBroken(remote.name, "it has no branch main, and its HEAD names none")
            branch = there.head
        tip = there.refs[branch]
        reader = ObjectReader(self._git)
        if tip in asked.have:
            return Came(tip, branch)
        far = ancestry.FAR if asked.before is None else ancestry.NEAR
        have = ancestry.sample(reader.commit, asked.have, reader.shallow(), far)
        if tip in have:
            return Came(tip, branch)
        room.clear_a_place()
        incoming = room.packs / "incoming.pack"
        count = self._save(side.pull(tip, have, reader.shallow(), there.can), incoming, remote)
        try:
            return self._check(incoming, Came(tip, branch), asked, remote, room, count)
        except RemoteBroken as error:
            if there.shallow:
                raise RemoteBroken(remote.name, f"a shallow repository: {error.reason}") from error
            raise

    def _save(self, parts: Iterator[bytes], path: Path, remote: Remote) -> Count:
        """Write a pack as it comes, as long as it is not too large; return what counts its objects."""
        size = 0
        head = b""
        count = Count(None, "", 0)
        descriptor = self._files.create(path)
        try:
            for part in parts:
                size += len(part)
                if size > self._limits.total:
                    raise RemoteTooLarge(remote.name, "total", self._limits.total)
                self._files.write(descriptor, part)
                if len(head) < _HEAD:
                    head = (head + part)[:_HEAD]
                    count = Count(self._access.progress, "Receiving objects", objects_in(head))
                count.bytes(size)
        finally:
            os.close(descriptor)
        return count

    def _check(  # noqa: PLR0917  one after the other
        self, pack: Path, came: Came, asked: Asked, remote: Remote, room: Workroom, count: Count
    ) -> Came:
        """Unpack what came, and see that all is there; what git refuses is left out."""
        assert came.tip is not None  # noqa: S101
        reader = ObjectReader(self._git)
        kinds: dict[str, int] = {}
        if size := pack.stat().st_size:
            links = Links() if size > _LARGE else None

            def met(identifier: str, kind: int, content: bytes) -> None:
                count.one_more()
                if links is not None:
                    links.meet(identifier, kind, content)

            kinds = arriving.put_in_order(
                self._files,
                pack,
                remote=remote.name,
                outside=reader.read,
                most=self._limits.object,
                met=met,
            )
        else:
            links = None
            self._files.discard(pack)
        load = taking.reader_of(self._git, room)
        if links is not None and links.are_closed(came.tip, load):
            return came

        def kind_of(identifier: str) -> int | None:
            try:
                return kinds.get(identifier) or reader.measure(identifier)[0]
            except Damaged:
                return None

        try:
            Completeness(load, kind_of).check(came.tip, asked.have, reader.shallow())
        except Refused:
            return washing.wash(self._files, self._git, room, remote, came, asked)
        except Damaged as error:
            raise RemoteBroken(remote.name, str(error)) from error
        return came

    def _side(self, remote: Remote, url: str, room: Workroom) -> _Side:
        where = addresses.parse(url)
        told = self._access.progress
        if where.kind in {"folder", "file"}:
            folder = self._git.parent / where.path
            return Neighbour(remote.name, folder, self._files, self._limits, room.path, progress=told)
        wire: Wire
        if where.kind == "ssh":
            program = self._settings.ssh_command()
            wire = SshWire(remote.name, where, self._access, self._limits, self._git.parent, program=program)
        elif where.kind == "git":
            wire = SocketWire(remote.name, where, self._limits)
        else:
            wire = WebWire(remote.name, where, self._access, self._limits, self._settings)
        return Conversation(wire, remote.name, told)
