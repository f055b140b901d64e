"""Refs, HEAD, reflogs and configuration that cannot be read are written anew; the branch finds its commit."""

import re

import msgspec

from gitstore.changes.journal import Journal, frame, scan
from gitstore.checking import branches
from gitstore.checking.look import Look
from gitstore.git import gitlock, refs, repository
from gitstore.git.gitlock import GitLock
from gitstore.kinds import COMMIT
from gitstore.objects import commits, packfolder, packs
from gitstore.objects.editing import Editor
from gitstore.objects.objects import ObjectReader
from gitstore.objects.packs import Packed
from gitstore.objects.trees import EMPTY
from gitstore.problems import Kind
from gitstore.repairing import mending, tips
from gitstore.repairing.workshop import Workshop
from gitstore.turns.turns import SETTLED, TURN, Turn


def settle_files(shop: Workshop, found: Look) -> None:
    """Write configuration and HEAD anew where they cannot be read. Raises OSError."""
    for folder in ("objects/pack", "objects/info", "refs/heads", "refs/tags"):
        if not (shop.git / folder).is_dir():
            shop.files.make_directories(shop.git / folder)
            shop.did("rebuilt", f".git/{folder}", "the folder was missing")
    for problem in found.report.problems:
        if problem.place == ".git/config":
            _config(shop, problem.reason)
        elif problem.kind is Kind.HEAD:
            shop.replace("HEAD", f"ref: {refs.BRANCH}\n".encode(), f"it {problem.reason}")


def _config(shop: Workshop, reason: str) -> None:
    """Write the configuration anew, with the sections that are whole and not ours."""
    try:
        lines = (shop.git / "config").read_bytes().splitlines(keepends=True)
    except OSError:
        lines = []
    sections: list[list[bytes]] = []
    for line in lines:
        if line.lstrip().startswith(b"["):
            sections.append([])
        if sections:
            sections[-1].append(line)
    head = repository.CONFIG.encode()
    kept = b"".join(
        b"".join(section)
        for section in sections
        if re.match(rb"\s*\[(remote|branch|user) ?", section[0])
        and branches.config_fault(head + b"".join(section)) is None
    )
    shop.replace("config", head + kept, f"it {reason}; remotes and names that could be read are kept")


def set_branch(shop: Workshop, found: Look, journal: Journal) -> None:
    """Let the branch name the newest whole commit, with what later ones held waiting in a journal.

    Raises:
        Taken: Another holds the branch's lock; nothing was changed but for a journal without effect.
        OSError: A part may be done; doing it again is right.
    """
    if found.tip is not None and found.tip_lost.keys() <= found.tip_files.keys():
        return  # what is lost of it are files at most; on a tree that is lost nothing can be put
    tip = tips.newest(found)
    if tip is None:
        _move(shop, _adopt(shop), "no commit is left: the files of the work tree became the first one")
        return
    if found.tip == tip.commit.hex():
        return
    _keep_later(shop, found, tip)
    for saved in mending.recovered(found, tip):
        journal.append(saved)
        paths = [operation.path for operation in saved.change.operations]
        more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
        shop.did("recovered", ", ".join(paths[:3]) + more, f"in a commit: {saved.change.subject}")
    _begin_turns(shop, found, tip.commit)
    _move(shop, tip.commit.hex(), f"as {tip.source} says" if " " in tip.source else f"as {tip.source} has it")


def mend_others(shop: Workshop, found: Look) -> None:
    """Take what names nothing out of refs, packed-refs and reflogs. Raises OSError, Taken."""
    packed = False
    logs: dict[str, set[int]] = {}
    for problem in found.report.problems:
        name = problem.place.removeprefix(".git/")
        if (
            problem.kind is Kind.REF
            and problem.line is None
            and (shop.git / name).is_file()
            and name != "packed-refs"
        ):
            shop.set_aside(name, problem.reason)
        elif problem.kind is Kind.REF or (problem.kind is Kind.BRANCH and name in refs.packed(shop.git)):
            packed = True
        elif problem.kind is Kind.REFLOG:
            logs.setdefault(name, set()).add(problem.line or 0)
    if packed:
        _packed(shop, found)
    for name, numbers in logs.items():
        lines = (shop.git / name).read_bytes().split(b"\n")
        kept = b"\n".join(line for number, line in enumerate(lines, 1) if number not in numbers)
        shop.replace(name, kept, f"{len(numbers)} of its lines named what is not there")


def mend_turns(shop: Workshop, found: Look) -> None:
    """Write the log of turns anew from what is whole of it. Raises OSError."""
    if not any(problem.kind is Kind.TURNS for problem in found.report.problems):
        return
    content = (shop.git / "gitstore" / "turns").read_bytes()
    kept = b""
    for item in scan(content).frames:
        if item.type == TURN:
            try:
                msgspec.msgpack.decode(item.payload, type=Turn)
            except msgspec.MsgspecError:
                continue
        kept += frame(item.type, item.payload)
    shop.replace("gitstore/turns", kept, "parts of it could not be read")


def _packed(shop: Workshop, found: Look) -> None:
    lock = GitLock(shop.files, shop.git, shop.git / "packed-refs")
    lock.take(patience=1.0)
    try:
        kept, lines = [], (shop.git / "packed-refs").read_bytes().splitlines(keepends=True)
        keep = True
        for line in lines:
            text = line.strip()
            if text.startswith(b"^"):
                if keep:
                    kept.append(line)
                continue
            keep = text.startswith(b"#") or _is_sound(found, text)
            if keep:
                kept.append(text + b"\n")
        why = f"{len(lines) - len(kept)} of its lines named what is not there, or it was cut off"
        shop.quarantine.copy("packed-refs", why)
        lock.replace_with(b"".join(kept))
        shop.did("rebuilt", ".git/packed-refs", why)
    finally:
        lock.release()


def _is_sound(found: Look, line: bytes) -> bool:
    identifier, _, name = line.partition(b" ")
    try:
        raw = bytes.fromhex(identifier.decode())
    except ValueError:
        return False
    return len(raw) == 20 and name.startswith(b"refs/") and found.inventory.kind(raw) is not None


def _move(shop: Workshop, tip: str, why: str) -> None:
    """Let the branch name a commit, whatever its file holds now."""
    gitlock.clear(shop.files, shop.git, [shop.git / refs.BRANCH])
    target = shop.git / refs.BRANCH
    shop.files.make_directories(target.parent)
    lock = GitLock(shop.files, shop.git, target)
    lock.take(tip.encode() + b"\n", patience=2.0)
    try:
        shop.quarantine.copy(refs.BRANCH, f"it named no commit that can be read; it was set to {tip}")
        lock.replace()
    finally:
        lock.release()
    shop.files.flush_directory(target.parent)
    shop.did("moved", f".git/{refs.BRANCH}", f"to {tip}, {why}")


def _begin_turns(shop: Workshop, found: Look, tip: bytes) -> None:
    """Say how far the journals are in git as of the new tip; later ones are taken again."""
    name = "gitstore/turns"
    turn = tips.turns_within(found, tip)
    identifier = tip.hex()
    latest = next(iter(tips.turns_of(shop.git)), None)
    if latest is None or latest.tip == identifier:
        return
    offsets = dict(turn.offsets) if turn else {}
    begun = Turn(identifier, identifier, offsets, {}, [], None, follow=False)
    content = frame(TURN, msgspec.msgpack.encode(begun)) + frame(SETTLED, identifier.encode())
    if (shop.git / name).read_bytes() != content:
        shop.replace(name, content, f"the branch goes on from {identifier[:10]}")


def _keep_later(shop: Workshop, found: Look, tip: tips.NewTip) -> None:
    """Keep the commits that the branch no longer names, and what they have of their own, in a pack aside."""
    here = set(mending.listing(found, tip.commit).files.values())
    objects: dict[str, Packed] = {}
    for commit in tip.later:
        waiting = [commit, found.inventory.commits[commit].tree]
        while waiting:
            raw = waiting.pop()
            kind = found.inventory.kind(raw)
            if kind is None or raw in here or raw.hex() in objects:
                continue
            objects[raw.hex()] = Packed(kind, raw.hex(), found.reader.read(raw.hex())[1])
            waiting += [below for mode, _, below in tips.read_tree(found, raw) or [] if mode != b"160000"]
    if objects:
        name, content, index = packs.pack_of(list(objects.values()))
        why = f"{len(tip.later)} commits that the branch could not keep, because they are not whole"
        for suffix, part in ((".pack", content), (".idx", index)):
            shop.quarantine.keep(f"objects/pack/pack-{name}{suffix}", part, why)
        shop.did(
            "set aside", f"{len(tip.later)} commits", "they are not whole; what can be read is recovered"
        )


def _adopt(shop: Workshop) -> str:
    """Make a first commit of the files in the work tree; return its id."""
    editor = Editor(ObjectReader(shop.git), EMPTY)
    for name, content in {**repository.SEED, **repository.files_below(shop.git.parent)}.items():
        editor.write(name, content)
    root = editor.finish()
    now = shop.clock()
    message = commits.compose("files adopted", "", (("Action", "adopted"),))
    made = commits.make(root, (), author=shop.identity(), authored=now, committed=now, message=message)
    tip = packs.packed(COMMIT, made)
    name = packfolder.install(shop.files, shop.git, packs.pack_of([tip, *editor.new_objects.values()]))
    packfolder.release(shop.files, shop.git, name)
    return tip.id
