"""A pack that came in: unpacked, completed where it leans on what is here, and indexed."""

from collections.abc import Callable
from pathlib import Path

from gitstore.checking.packfile import Entry, PackFile
from gitstore.disk import streams
from gitstore.disk.files import Files
from gitstore.errors import Damaged, RemoteBroken, RemoteTooLarge
from gitstore.kinds import identify
from gitstore.objects import deltas, packs
from gitstore.objects.packs import Piece
from gitstore.transport.values import DEEPEST, UNPACKED

Outside = Callable[[str], tuple[int, bytes]]
"""Gives kind and content of an object that is here, by its id. May raise Damaged."""


Met = Callable[[str, int, bytes], None]
"""Told id, kind and content of each object, once. May raise Damaged."""


def put_in_order(
    files: Files, pack: Path, *, remote: str, outside: Outside, most: int, met: Met | None = None
) -> dict[str, int]:
    """Check each object of a pack and give it its index; return their kinds by id. Nothing is flushed.

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
    return reading.kinds


class _Reading:
    """One pass through a pack, from its beginning to its end."""

    def __init__(self, pack: PackFile, remote: str, outside: Outside, most: int, met: Met | None) -> None:
        self._pack = pack
        self._remote = remote
        self._outside = outside
        self._most = most
        self._met = met
        self._offsets: dict[bytes, int] = {}
        self._depths: dict[int, int] = {}
        """Of how many deltas each entry that was unpacked is made, by its offset."""
        self._waiting: dict[int | bytes, list[int]] = {}
        """Offsets of deltas whose base is not there yet, by the offset or raw id of that."""
        self._unpacked = 0
        self.rows: list[tuple[bytes, int, int]] = []
        """Raw id, CRC-32 and offset of each entry."""
        self.places: dict[str, tuple[int, int]] = {}
        """Where the entry of each id begins and ends."""
        self.kinds: dict[str, int] = {}
        """Of each object, by its id."""
        self.outer: set[str] = set()
        """Objects that are deltas of something that is not in the pack."""

    def all(self) -> None:
        """Read every entry. Raises Damaged, RemoteTooLarge."""
        at = 12
        for _ in range(self._pack.count):
            self._check_size(at)
            entry = self._pack.entry(at)
            if entry.base is None:
                self._pack.keep(at, entry.kind, entry.data)
                raw = self._note(at, entry.end, entry.kind, entry.data, 0)
                self._settle(at, raw)
            elif self._place(entry.base) in self._depths:
                self._resolve(at, entry)
            else:
                self._waiting.setdefault(entry.base, []).append(at)
            at = entry.end
        if at != self._pack.end:
            raise Damaged("pack", "more in it than it counts")
        self._lean()

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

    def _place(self, base: int | bytes) -> int | None:
        return base if isinstance(base, int) else self._offsets.get(base)

    def _resolve(self, at: int, entry: Entry) -> None:
        """Make an object of a delta whose base is known, and of those that waited for it."""
        ready: list[int] = [at]
        while ready:
            if (here := ready.pop()) != at:
                at, entry = here, self._pack.entry(here)
            assert entry.base is not None  # noqa: S101
            place = self._place(entry.base)
            assert place is not None  # noqa: S101
            kind, base = self._read(place)
            raw = self._apply(at, entry, kind, base, self._depths[place] + 1)
            ready += self._waiting.pop(at, []) + self._waiting.pop(raw, [])

    def _settle(self, at: int, raw: bytes) -> None:
        """Make objects of the deltas that waited for one."""
        for further in self._waiting.pop(at, []) + self._waiting.pop(raw, []):
            self._resolve(further, self._pack.entry(further))

    def _lean(self) -> None:
        """Make objects of deltas of what is here, and of what is made of those."""
        for base in [each for each in self._waiting if isinstance(each, bytes)]:
            if base in self._offsets or base not in self._waiting:
                continue
            try:
                kind, content = self._outside(base.hex())
            except Damaged:
                continue
            for at in self._waiting.pop(base):
                raw = self._apply(at, self._pack.entry(at), kind, content, 1)
                self.outer.add(raw.hex())
                self._settle(at, raw)
        if self._waiting:
            raise Damaged("pack", "a delta of something that is nowhere")

    def _apply(self, at: int, entry: Entry, kind: int, base: bytes, depth: int) -> bytes:
        if deltas.length(entry.data) > self._most:
            raise RemoteTooLarge(self._remote, "an object", self._most)
        if depth > DEEPEST:
            raise Damaged("pack", f"deltas of deltas, more than {DEEPEST:,} deep")
        content = deltas.apply(base, entry.data)
        self._pack.keep(at, kind, content)
        return self._note(at, entry.end, kind, content, depth)

    def _note(self, at: int, end: int, kind: int, content: bytes, depth: int) -> bytes:
        identifier = identify(kind, content)
        raw = bytes.fromhex(identifier)
        if raw in self._offsets:
            raise Damaged("pack", "an object is in it twice")
        self._unpacked += len(content)
        if self._unpacked > UNPACKED:
            raise RemoteTooLarge(self._remote, "what is unpacked", UNPACKED)
        self._offsets[raw] = at
        self._depths[at] = depth
        self.rows.append((raw, self._pack.checksum(at, end), at))
        self.places[identifier] = (at, end)
        self.kinds[identifier] = kind
        if self._met is not None:
            self._met(identifier, kind, content)
        return raw

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
