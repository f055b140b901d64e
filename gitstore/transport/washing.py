"""The packs that came into a workroom are replaced by one without what git refuses."""

from pathlib import Path

from gitstore.disk.files import Files
from gitstore.errors import Damaged, RemoteBroken
from gitstore.git.remotes import Remote
from gitstore.objects import packs
from gitstore.objects.objects import ObjectReader
from gitstore.transport import parcel, taking
from gitstore.transport.cleaning import Cleaner
from gitstore.transport.route import Asked, Came
from gitstore.transport.workroom import Workroom
from gitstore.values import SetAside


def wash(  # noqa: PLR0917  named where it is called
    files: Files, git_directory: Path, room: Workroom, remote: Remote, came: Came, asked: Asked
) -> Came:
    """Return what came without what git refuses; the workroom has the packs of that and no others.

    If nothing is refused it is returned as it is.

    Args:
        files: The disk.
        git_directory: Of the store.
        room: Where it came to.
        remote: Whose it is.
        came: Its newest commit, and all behind it that is not here.
        asked: What is here.

    Raises:
        RemoteBroken: Something is missing.
    """
    assert came.tip is not None  # noqa: S101
    here, there = ObjectReader(git_directory), ObjectReader(room.path)
    load = taking.reader_of(git_directory, room)
    try:
        cleaned = Cleaner(load, here.shallow()).clean(came.tip, asked.have)
        if cleaned.tip == came.tip:
            return came
        fresh = {identifier for pack in there.packs() for identifier in pack.ids()}
        for item in cleaned.made.values():
            there.remember(item.id, item.kind, item.content)
        old = [path for path in room.packs.iterdir() if path.is_file()]
        if made := list(cleaned.made.values()):
            _write(files, room, packs.pack_of(made))
        needed = {
            identifier: each
            for identifier, each in cleaned.needed.items()
            if identifier in fresh or identifier in cleaned.made
        }
        bundle = parcel.bundle(ObjectReader(room.path), needed) if needed else None
    except Damaged as error:
        raise RemoteBroken(remote.name, str(error)) from error
    for path in {*old, *room.packs.iterdir()}:
        files.discard(path)
    if bundle is not None:
        _write(files, room, bundle)
    left_out = tuple(SetAside(path, reason) for path, reason in sorted(cleaned.left_out.items()))
    return Came(cleaned.tip, came.branch, cleaned.reason, left_out)


def _write(files: Files, room: Workroom, pack: tuple[str, bytes, bytes]) -> None:
    name, content, index = pack
    files.write_new(room.packs / f"pack-{name}.pack", content, flush=False)
    files.write_new(room.packs / f"pack-{name}.idx", index, flush=False)
