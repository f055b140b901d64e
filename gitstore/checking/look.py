"""One look at a repository: objects first, then what names them, then what lies beside."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from gitstore.checking import branches, files, history, remotes, sources
from gitstore.checking.history import Places, Reached
from gitstore.checking.inventory import Inventory, object_folders
from gitstore.checking.trees import parse
from gitstore.errors import Damaged
from gitstore.git import refs, repository
from gitstore.kinds import BLOB, KINDS, TREE
from gitstore.objects.objects import ObjectReader
from gitstore.problems import Checked, Kind, Problem, Progress, Report, silent

_KINDS = {code: name.decode() for code, name in KINDS.items()}


class Lost(msgspec.Struct, frozen=True):
    """An object that history needs and that is not there."""

    raw: bytes
    kind: int
    path: str
    commit: bytes
    source: str | None
    """Where it can be had, in words; None if nowhere on this disk."""


class Look(msgspec.Struct):
    """All that one look found: for `repair`, which has to go on from it."""

    git: Path
    reader: ObjectReader
    inventory: Inventory
    refs: branches.Refs
    reached: Reached
    lost: list[Lost]
    tip: str | None
    tip_files: dict[str, tuple[str, str]]
    """Mode and id of each file that the tip holds."""
    tip_lost: dict[str, str]
    """Files and directories of the tip whose objects are not there, with their ids."""
    report: Report


def look(git: Path, *, now: float, progress: Progress = silent, inside: bool = False) -> Look:
    """Look once. Nothing is changed; see `check`. `inside`: the caller holds the gate, so nobody commits."""
    reader = ObjectReader(git)
    inventory = Inventory(reader, progress)
    for folder, place in object_folders(git / "objects"):
        inventory.take(folder, place)
    found = branches.look(git)
    problems = [*inventory.problems, *found.problems]
    if not (git / "objects").is_dir():
        place = ".git" if not git.is_dir() else ".git/objects"
        problems.append(Problem(Kind.REPOSITORY, place, "is missing", heal="made anew from the files"))
    problems += _targets(found, inventory)
    shallow = history.shallow(git)
    reached = Reached(inventory, found.named.values(), shallow)
    tip = _tip(found, inventory)
    progress("history", len(reached.commits), len(reached.commits))
    places = Places(reached, reader)
    lost = _lost(git, reached, places, reader)
    told, notes = _objects(git, reached, lost)
    problems += told + _copies(inventory, {each.raw for each in lost}) + history.faults(reached, places)
    broken, begun = _reflogs(git, inventory)
    problems += broken
    if not shallow and not _is_partial(git):
        reason = "nothing needs it, and what it leads to is missing"
        for raw in places.loose_ends():
            name = f"object {raw.hex()}"
            problems.append(Problem(Kind.COPY, name, reason, object=raw.hex(), heal="it is set aside"))
    tip_files, tip_lost, links = _listing(inventory, reader, tip)
    if tip and not tip_lost and repository.MARKER not in tip_files:
        problems.append(Problem(Kind.FILE, repository.MARKER, "is missing", heal="written anew"))
    checked_out = refs.head(git) == refs.BRANCH
    beside = files.look(
        git,
        tip_files if tip and not tip_lost else None,
        now=now,
        checked_out=checked_out,
        busy=not inside and files.is_busy(git),
    )
    report = Report(
        tuple(sorted(problems + beside.problems, key=_weight)),
        tuple(sorted([*found.notes, *notes, *begun, *links, *beside.notes], key=_weight)),
        _counts(inventory, reached, beside.journals),
        tip,
    )
    return Look(git, reader, inventory, found, reached, lost, tip, tip_files, tip_lost, report)


def _tip(found: branches.Refs, inventory: Inventory) -> str | None:
    raw = found.named.get(refs.BRANCH)
    return raw.hex() if raw is not None and raw in inventory.commits else None


def _targets(found: branches.Refs, inventory: Inventory) -> list[Problem]:
    """Tell the refs that name what is not there, or no commit where a commit belongs."""
    problems = []
    for name, raw in found.named.items():
        branch = name == refs.BRANCH
        kind = Kind.BRANCH if branch else Kind.HEAD if name == "HEAD" else Kind.REF
        needs_commit = name == "HEAD" or name.startswith("refs/heads/")
        if inventory.kind(raw) is None:
            reason = (
                "names an object that is corrupt"
                if raw in inventory.bad
                else "names an object that is missing"
            )
        elif needs_commit and raw not in inventory.commits:
            reason = "names no commit"
        else:
            continue
        heal = "the newest whole commit" if branch else "it is set aside"
        problems.append(Problem(kind, f".git/{name}", reason, object=raw.hex(), heal=heal))
    return problems


def _lost(git: Path, reached: Reached, places: Places, reader: ObjectReader) -> list[Lost]:
    """Return what history needs and lacks, with where each can be had."""
    lacking: dict[bytes, tuple[int, str, bytes]] = {
        raw: (1, "", child) for raw, child in reached.missing.items() if raw != child
    }
    for raw, kind in reached.needs().items():
        place = places.of(raw)
        if place is not None:
            lacking[raw] = (kind, *place)
    named_by_refs = {raw for raw, child in reached.missing.items() if raw == child}
    wanted = lacking.keys() | named_by_refs
    found = sources.search(git, wanted, [path for _, path, _ in lacking.values()], reader) if wanted else ()
    where = {each.raw: each.source for each in found}
    return [
        Lost(raw, kind, path, commit, where.get(raw)) for raw, (kind, path, commit) in lacking.items()
    ] + [Lost(raw, 1, "", raw, where.get(raw)) for raw in named_by_refs]


def _objects(git: Path, reached: Reached, lost: list[Lost]) -> tuple[list[Problem], list[Problem]]:
    """Tell what is lost: problems, or for what a partial clone left out notes."""
    far = [each.name for each in remotes.configured(git) if each.objects is None]
    perhaps = f"perhaps the remote {far[0]}" if far else None
    partial = _is_partial(git)
    problems: list[Problem] = []
    notes: list[Problem] = []
    for each in lost:
        if each.raw == each.commit:
            continue  # the ref that names it is told already
        there = each.raw in reached.inventory.sound
        state = "of another kind" if there else "corrupt" if each.raw in reached.inventory.bad else "missing"
        what = _KINDS[each.kind]
        place = each.path or (f"commit {each.raw.hex()}" if what == "commit" else "the root of the tree")
        problem = Problem(
            Kind.OBJECT,
            place,
            f"its {what} is {state}",
            commit=each.commit.hex(),
            object=each.raw.hex(),
            heal=each.source or perhaps,
        )
        (notes if partial and state == "missing" and each.kind in {TREE, BLOB} else problems).append(problem)
    return problems, notes


def _copies(inventory: Inventory, lost: set[bytes]) -> list[Problem]:
    """Tell corrupt loose files; what is wrong in a pack is told of the pack."""
    problems = []
    for raw, places in inventory.bad.items():
        for place in places:
            if place.endswith(".pack"):
                continue
            state = "there is a sound copy elsewhere" if raw in inventory.sound else "nothing needs it"
            reason = "it is corrupt" if raw in lost else f"it is corrupt; {state}"
            name = place.removeprefix(".git/")
            heal = "it is set aside"
            problems.append(Problem(Kind.COPY, place, reason, object=raw.hex(), heal=heal, files=(name,)))
    return problems


def _reflogs(git: Path, inventory: Inventory) -> tuple[list[Problem], list[Problem]]:
    """Return what is wrong in reflogs, and what a crash left there that goes with the next line."""
    problems: list[Problem] = []
    notes: list[Problem] = []
    for name, number, ids in branches.reflog_ids(git):
        if ids is None:
            notes.append(Problem(Kind.REFLOG, f".git/{name}", "ends with half a line", line=number))
            continue
        if not ids:
            reason = "is no line of a reflog"
        elif lacking := [raw for raw in ids if inventory.kind(raw) is None]:
            reason = f"names {lacking[0].hex()[:10]}, which is not there"
        else:
            continue
        place = f".git/{name}"
        problems.append(Problem(Kind.REFLOG, place, reason, line=number, heal="the line is set aside"))
    return problems, notes


def _listing(
    inventory: Inventory, reader: ObjectReader, tip: str | None
) -> tuple[dict[str, tuple[str, str]], dict[str, str], list[Problem]]:
    """Return the files of the tip, what of it is lost, and its links."""
    found: dict[str, tuple[str, str]] = {}
    lost: dict[str, str] = {}
    links: list[Problem] = []
    waiting = [("", inventory.commits[bytes.fromhex(tip)].tree)] if tip else []
    while waiting:
        path, raw = waiting.pop()
        try:
            lines = parse(reader.tree(raw.hex())) if inventory.kind(raw) == TREE else None
        except Damaged:
            lines = None
        if lines is None:
            lost[path] = raw.hex()
            continue
        for mode, name, below in lines:
            full = name.decode("utf-8", "surrogateescape")
            full = f"{path}/{full}" if path else full
            if mode == b"40000":
                waiting.append((full, below))
                continue
            found[full] = (mode.decode(), below.hex())
            if mode in {b"160000", b"120000"}:
                what = "a submodule" if mode == b"160000" else "a symbolic link"
                links.append(Problem(Kind.LINK, full, f"is {what}, which is left alone", object=below.hex()))
            if mode != b"160000" and inventory.kind(below) != BLOB:
                lost[full] = below.hex()
    return found, lost, links


def _counts(inventory: Inventory, reached: Reached, journals: int) -> Checked:
    kinds: Callable[[int], int] = list(inventory.sound.values()).count
    return Checked(
        commits=len(reached.commits),
        trees=kinds(TREE) - 1,
        files=kinds(BLOB),
        objects=inventory.objects,
        packs=inventory.packs,
        loose=inventory.loose,
        bytes=inventory.bytes,
        journals=journals,
    )


def _weight(problem: Problem) -> tuple[object, ...]:
    order = list(Kind)
    return order.index(problem.kind), problem.place, problem.line or 0, problem.reason, problem.object or ""


def _is_partial(git: Path) -> bool:
    """Say whether it is a clone that leaves out files until they are needed."""
    try:
        text = (git / "config").read_text("utf-8", "replace").lower()
    except OSError:
        return False
    return "partialclone" in text or "promisor" in text
