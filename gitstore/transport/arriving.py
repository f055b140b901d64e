"""A pack that came in: unpacked, completed where it leans on what is here, and indexed."""

from collections.abc import Callable
from pathlib import Path

from gitstore import deltas, packs, streams
from gitstore.checking.packfile import Entry, PackFile
from gitstore.errors import Damaged, RemoteBroken, RemoteTooLarge
from gitstore.files import Files
from gitstore.kinds import identify
from gitstore.packs import Piece

Outside = Callable[[str], tuple[int, bytes]]
"""Gives kind and content of an object that is here, by its id. May raise Damaged."""


Met = Callable[[str, int, bytes], None]
"""Told id, kind and content of each object, once. May raise Damaged."""


def put_in_order(
    files: Files, pack: Path, *, remote: str, outside: Outside, most: int, met: Met | None = None
) -> list[str]:
    """Check each object of a pack and give it its index; return their ids. Nothing is flushed.

    A pack with deltas of objects that are not in it is written anew with those that are made of them whole.

    Args:
        files: The disk.
        pack: As it came; named `pack-<checksum>` afterwards.
        remote: Whose it is.
        outside: What is here.
        most: Bytes that an object may have.
        met: Told of each object.

    Raises:
        RemoteBroken: The pack is damaged, ends early, or leans on what nobody has.
        RemoteTooLarge: An object is too large.
    """
    try:
        opened = PackFile(pack)
        if not opened.sound():
            raise RemoteBroken(remote, "the pack ended early, or was changed on the way")
        reading = _Reading(opened, remote, outside, most, met)
        reading.all()
    except Damaged as error:
        raise RemoteBroken(remote, f"the pack: {error.reason}") from error
    if reading.outer:
        name, content, index = packs.encode(reading.complete())
        files.discard(pack)
        files.write_new(pack.with_name(f"pack-{name}.pack"), content, flush=False)
    else:
        name = opened.content[-20:].hex()
        index = packs.index_of(sorted(reading.rows), opened.content[-20:])
        files.rename(pack, pack.with_name(f"pack-{name}.pack"))
    files.write_new(pack.with_name(f"pack-{name}.idx"), index, flush=False)
    return list(reading.places)


class _Reading:
    """One pass through a pack, from its beginning to its end."""

    def __init__(self, pack: PackFile, remote: str, outside: Outside, most: int, met: Met | None) -> None:
        self._pack = pack
        self._remote = remote
        self._outside = outside
        self._most = most
        self._met = met
        self._offsets: dict[bytes, int] = {}
        self._known: set[int] = set()
        """Offsets of entries that were unpacked."""
        self.rows: list[tuple[bytes, int, int]] = []
        """Raw id, CRC-32 and offset of each entry."""
        self.places: dict[str, tuple[int, int]] = {}
        """Where the entry of each id begins and ends."""
        self.outer: set[str] = set()
        """Objects that are deltas of something that is not in the pack."""

    def all(self) -> None:
        """Read every entry. Raises Damaged, RemoteTooLarge."""
        waiting: list[tuple[int, int]] = []
        at = 12
        for _ in range(self._pack.count):
            self._check_size(at)
            entry = self._pack.entry(at)
            if entry.base is None:
                self._pack.keep(at, entry.kind, entry.data)
                self._note(at, entry.end, entry.kind, entry.data)
            elif not self._resolve(at, entry):
                waiting.append((at, entry.end))
            at = entry.end
        if at != self._pack.end:
            raise Damaged("pack", "more in it than it counts")
        while waiting:
            later = [(at, end) for at, end in waiting if not self._resolve(at, self._pack.entry(at))]
            if len(later) == len(waiting):
                self._lean(later)
                return
            waiting = later

    def complete(self) -> list[Piece]:
        """Return what the pack holds so that it stands alone."""
        found = []
        ids = {start: identifier for identifier, (start, _) in self.places.items()}
        for identifier in sorted(self.places, key=lambda each: self.places[each][0]):
            start, end = self.places[identifier]
            entry = self._pack.entry(start)
            base = (
                ids[entry.base] if isinstance(entry.base, int) else entry.base.hex() if entry.base else None
            )
            if identifier in self.outer or (base is not None and base not in self.places):
                kind, content = self._read(start)
                found.append(Piece(identifier, kind, len(content), streams.compress(content, packs.LEVEL)))
                continue
            stream = self._pack.stream(start, end)
            found.append(Piece(identifier, entry.kind, len(entry.data), stream, base))
        return _bases_first(found)

    def _resolve(self, at: int, entry: Entry) -> bool:
        """Make an object of a delta; False if its base is not there yet."""
        assert entry.base is not None  # noqa: S101
        place = entry.base if isinstance(entry.base, int) else self._offsets.get(entry.base)
        if place is None or place not in self._known:
            return False
        kind, base = self._read(place)
        self._apply(at, entry, kind, base)
        return True

    def _lean(self, waiting: list[tuple[int, int]]) -> None:
        """Make objects of deltas of what is here, and of what is made of those."""
        while waiting:
            later = []
            for at, end in waiting:
                entry = self._pack.entry(at)
                if self._resolve(at, entry):
                    continue
                if isinstance(entry.base, bytes) and entry.base not in self._offsets:
                    try:
                        kind, base = self._outside(entry.base.hex())
                    except Damaged:
                        kind, base = 0, b""
                    if kind:
                        self.outer.add(self._apply(at, entry, kind, base))
                        continue
                later.append((at, end))
            if len(later) == len(waiting):
                raise Damaged("pack", "a delta of something that is nowhere")
            waiting = later

    def _apply(self, at: int, entry: Entry, kind: int, base: bytes) -> str:
        if deltas.length(entry.data) > self._most:
            raise RemoteTooLarge(self._remote, "an object", self._most)
        content = deltas.apply(base, entry.data)
        self._pack.keep(at, kind, content)
        return self._note(at, entry.end, kind, content)

    def _note(self, at: int, end: int, kind: int, content: bytes) -> str:
        identifier = identify(kind, content)
        raw = bytes.fromhex(identifier)
        if raw in self._offsets:
            raise Damaged("pack", "an object is in it twice")
        self._offsets[raw] = at
        self._known.add(at)
        self.rows.append((raw, self._pack.checksum(at, end), at))
        self.places[identifier] = (at, end)
        if self._met is not None:
            self._met(identifier, kind, content)
        return identifier

    def _read(self, at: int) -> tuple[int, bytes]:
        return self._pack.read(at, self._offsets.get, lambda raw: self._outside(raw.hex()))

    def _check_size(self, at: int) -> None:
        """Refuse an entry that says it is too large, before it is unpacked."""
        content = self._pack.content
        try:
            byte = content[at]
            size, shift = byte & 15, 4
            while byte & 0x80:
                at += 1
                byte = content[at]
                size |= (byte & 0x7F) << shift
                shift += 7
        except IndexError:
            raise Damaged("pack", "ends early") from None
        if size > self._most:
            raise RemoteTooLarge(self._remote, "an object", self._most)


def _bases_first(pieces: list[Piece]) -> list[Piece]:
    by_id = {piece.id: piece for piece in pieces}
    order: dict[str, Piece] = {}
    for piece in pieces:
        chain, current = [], piece
        while current.id not in order:
            chain.append(current)
            if current.base is None:
                break
            current = by_id[current.base]
        order.update((each.id, each) for each in reversed(chain))
    return list(order.values())
