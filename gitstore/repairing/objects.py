"""Objects that are missing or corrupt are found again, and damaged packs are taken apart."""

from pathlib import Path

from gitstore.checking import remotes, sources
from gitstore.checking.inventory import DERIVED
from gitstore.checking.look import Look, Lost
from gitstore.checking.packfile import read_only, rows
from gitstore.checking.sources import Found
from gitstore.objects import packfolder
from gitstore.objects.objects import ObjectReader
from gitstore.objects.trees import EMPTY
from gitstore.problems import Kind, Problem
from gitstore.repairing import network, storing
from gitstore.repairing.workshop import Workshop


def restore(shop: Workshop, found: Look, limit: float) -> bool:
    """Bring back what history needs from wherever it is, and take damaged files out of git's sight.

    Args:
        shop: What to work with.
        found: What is wrong.
        limit: Seconds that a remote on another machine may take; 0: none is asked.

    Returns:
        Whether anything was brought back, which may name something else that is lost.

    Raises:
        OSError: A part may be done; doing it again is right.
    """
    names = _lost(shop, found, limit)
    ends = [each.object for each in found.report.problems if _is_loose_end(each) and each.object]
    broken = [problem for problem in found.report.problems if problem.kind is Kind.PACK and _own(problem)]
    names += _sound_of_packs(shop, found, broken)
    if broken or ends:
        for name in DERIVED:
            shop.quarantine.move(name, "it was made for other packs; git makes it again")
    for problem in broken:
        for name in sorted(problem.files, key=_last_the_pack):
            shop.set_aside(name, problem.reason)
    for problem in found.report.problems:
        if problem.kind is Kind.COPY and _own(problem):
            for name in problem.files:
                shop.set_aside(name, f"{problem.reason} (object {problem.object})")
    names += _without(shop, {bytes.fromhex(each) for each in ends})
    for name in names:
        packfolder.release(shop.files, shop.git, name)
    return bool(names)


def _lost(shop: Workshop, found: Look, limit: float) -> list[str]:
    """Write what is lost and can be had; say from where."""
    wanted: dict[bytes, Lost] = {each.raw: each for each in found.lost}
    if not wanted:
        return []

    brought: set[bytes] = set()
    along: dict[str, int] = {}

    def have(raw: bytes) -> bool:
        return raw in brought or found.inventory.kind(raw) is not None

    def tell(item: Found) -> None:
        lost = wanted.pop(item.raw, None)
        brought.add(item.raw)
        if lost is not None:
            place = lost.path or f"of commit {lost.commit.hex()}"
            shop.did("restored", place, f"object {item.raw.hex()} from {item.source}")
        else:
            along[item.source] = along.get(item.source, 0) + 1

    paths = [each.path for each in found.lost]
    near = sources.search(shop.git, list(wanted), paths, found.reader, have)
    names = storing.store(shop.files, shop.git, near, tell)
    for remote in remotes.configured(shop.git):
        left = set(wanted)
        if left and limit and remote.objects is None:
            far = network.fetch(shop.files, shop.git, remote, left, have=have, limit=limit)
            names += storing.store(shop.files, shop.git, far, tell)
    for source, count in along.items():
        shop.did("restored", f"{count} objects that these name", f"from {source}")
    return names


def _sound_of_packs(shop: Workshop, found: Look, broken: list[Problem]) -> list[str]:
    """Write what damaged packs have and nothing else."""
    have = found.inventory.whole | {bytes.fromhex(EMPTY)}
    names: list[str] = []
    broken_packs = {shop.git / name for problem in broken for name in problem.files if name.endswith(".pack")}
    for pack in sorted(broken_packs):
        stored: list[bytes] = []

        def outside(raw: bytes) -> tuple[int, bytes]:
            return found.reader.read(raw.hex())

        objects = storing.sound_objects(pack, lambda raw: raw not in have, outside)
        names += storing.store(shop.files, shop.git, objects, lambda item: stored.append(item.raw))  # noqa: B023
        have.update(stored)
        if stored:
            shop.did(
                "restored", f".git/objects/pack/{pack.name}", f"{len(stored)} sound objects, in a new pack"
            )
    return names


def _without(shop: Workshop, ends: set[bytes]) -> list[str]:
    """Take commits and trees that nothing needs and that lead nowhere out of git's sight."""
    names: list[str] = []
    why = "commits or trees that nothing needs and that lead to what is missing"
    for raw in sorted(ends):
        shop.quarantine.move(f"objects/{raw.hex()[:2]}/{raw.hex()[2:]}", why)
    if ends:
        shop.did("set aside", f"{len(ends)} objects", why)

    def outside(raw: bytes) -> tuple[int, bytes]:
        return ObjectReader(shop.git).read(raw.hex())

    for index in sorted((shop.git / "objects" / "pack").glob("pack-*.idx")) if ends else ():
        if not {row.raw for row in rows(read_only(index))} & ends:
            continue
        others = storing.sound_objects(index.with_suffix(".pack"), lambda raw: raw not in ends, outside)
        names += storing.store(shop.files, shop.git, others, lambda _: None)
        for path in sorted(index.parent.glob(f"{index.stem}.*"), key=lambda path: _last_the_pack(path.name)):
            shop.quarantine.move(f"objects/pack/{path.name}", f"it has {why}; the rest is in a new pack")
    return names


def _is_loose_end(problem: Problem) -> bool:
    return problem.kind is Kind.COPY and problem.place == f"object {problem.object}"


def _own(problem: Problem) -> bool:
    """Say whether it is of this repository, and not of one that it borrows objects from."""
    return problem.place.startswith(".git/")


def _last_the_pack(name: str) -> tuple[bool, str]:
    """Sort an index before its pack: to git a pack without index is nothing, the reverse an error."""
    return Path(name).suffix == ".pack", name
