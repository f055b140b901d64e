"""What is put on top of the branch: what later commits held, and for files that are lost the best there is.

Only computed here, as changes; they are saved to a journal and committed as any other.
"""

import contextlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gitstore.changes.journal import Saved
from gitstore.checking.look import Look
from gitstore.disk.segments import append_record
from gitstore.errors import Damaged
from gitstore.git import repository
from gitstore.git.index import DamagedIndex, Index, UnknownIndex
from gitstore.git.worktree import identify_file
from gitstore.kinds import BLOB, identify
from gitstore.objects import commits
from gitstore.repairing.tips import NewTip, read_tree
from gitstore.values import Change, Identity, Operation, Replace

_ACTION = "Action"


def recovered(found: Look, tip: NewTip) -> list[Saved]:
    """Return what later commits and the work tree hold beyond a new tip, a change for each commit."""
    state = listing(found, tip.commit).files
    saved = []
    for raw in tip.later:
        parents = found.inventory.commits[raw].parents
        known = bool(parents) and parents[0] in found.inventory.commits
        before = listing(found, parents[0]) if known else Listing(dict(state), [])
        operations = list(_steps(found, before, listing(found, raw), state))
        if operations:
            saved.append(_again(found, raw, operations))
    operations = [*_unnamed(found, tip, state), *_work_tree(found, state)]
    if operations:
        body = "The commits that held it are lost."
        change = _change("recovered", body, operations, "recovered")
        saved.append(
            Saved(change, _author(found, tip.commit), float(found.inventory.commits[tip.commit].time))
        )
    return saved


def lost_files(found: Look, now: float) -> list[Saved]:
    """Return a change for what the tip names and nothing has, with the newest whole version of each."""
    if found.tip is None:
        return []
    operations: list[Operation] = []
    told = []
    for path, identifier in sorted(found.tip_lost.items()):
        if path not in found.tip_files:  # a directory: then the branch moved
            continue
        version = _newest_whole(found, path)
        base = found.reader.blob(version[0].hex()) if version else None
        content = _with_lines_of_work_tree(found, path, base)
        if content is not None:
            operations.append(Replace(path, identifier, content))
            told.append(_told(path, identifier, version[1] if version else None))
    if not found.tip_lost and repository.MARKER not in found.tip_files:
        operations.append(Replace(repository.MARKER, None, repository.SEED[repository.MARKER]))
        told.append(f"{repository.MARKER} was missing; it is written anew.")
    if not operations:
        return []
    body = "\n".join(told)
    change = _change("lost files replaced", body, operations, "repaired")
    return [Saved(change, _author(found, bytes.fromhex(found.tip)), now)]


class Listing(msgspec.Struct):
    """The files of a commit, as far as its trees can be read."""

    files: dict[str, bytes]
    """Raw ids by path."""
    lost: list[str]
    """Directories that cannot be read, each with a slash at its end."""

    def hides(self, path: str) -> bool:
        """Say whether a path may be in a directory that cannot be read."""
        return any(path.startswith(folder) for folder in self.lost)


def listing(found: Look, commit: bytes) -> Listing:
    """Return the files of a commit."""
    listed = Listing({}, [])
    waiting = [("", found.inventory.commits[commit].tree)]
    while waiting:
        path, raw = waiting.pop()
        lines = read_tree(found, raw)
        if lines is None:
            listed.lost.append(f"{path}/" if path else "")
            continue
        for mode, name, below in lines:
            full = name.decode("utf-8", "surrogateescape")
            full = f"{path}/{full}" if path else full
            if mode == b"40000":
                waiting.append((full, below))
            elif mode in {b"100644", b"100755"}:
                listed.files[full] = below
    return listed


def _steps(found: Look, before: Listing, after: Listing, state: dict[str, bytes]) -> Iterator[Operation]:
    """Yield what one commit did, on what there is now; what is lost of it is left out."""
    for path in sorted(before.files.keys() | after.files.keys()):
        was, now, here = before.files.get(path), after.files.get(path), state.get(path)
        if now in {was, here}:
            continue
        if now is None:
            if here == was and here is not None and not after.hides(path):
                del state[path]
                yield Replace(path, here.hex())
            continue
        if found.inventory.kind(now) != BLOB:
            continue
        content: bytes | None = found.reader.blob(now.hex(), path)
        if here is not None and here != was:
            content = _together(found, path, here, content or b"")
        yield from _put(path, here, content, state)


def _unnamed(found: Look, tip: NewTip, state: dict[str, bytes]) -> Iterator[Operation]:
    """Yield later versions of files of records that are there, but whose trees are lost.

    Such a file grows at its end: what begins as the known version does and is longer is a later one.
    """
    lost = [listing(found, raw) for raw in tip.later]
    known = {
        path: found.reader.blob(raw.hex(), path) for path, raw in state.items() if path.endswith(".jsonl")
    }
    hidden = {path: content for path, content in known.items() if any(each.hides(path) for each in lost)}
    longest: dict[str, bytes] = {}
    for raw, kind in found.inventory.sound.items() if hidden else ():
        if kind == BLOB and raw not in found.inventory.named:
            content = found.reader.blob(raw.hex())
            for path, before in hidden.items():
                if before and content.startswith(before) and len(content) > len(longest.get(path, before)):
                    longest[path] = content
    for path, content in longest.items():
        yield from _put(path, state[path], content, state)


def _work_tree(found: Look, state: dict[str, bytes]) -> Iterator[Operation]:
    """Yield what the work tree holds as git's index vouches for it: it was committed, and that is lost.

    Without an index nothing tells a person's edit from what was committed; then all files of records and
    documents are taken, as nothing else may have them.
    """
    root = found.git.parent
    vouched: dict[str, str] | None = None
    with contextlib.suppress(OSError, DamagedIndex, UnknownIndex):
        index = Index((found.git / "index").read_bytes())
        vouched = {path: index.get(path)[0].id for path in index.paths()}
    paths = sorted(vouched) if vouched is not None else _records_below(root)
    for path in paths:
        here = state.get(path)
        try:
            identifier = identify_file(root / path)
            content = (root / path).read_bytes() if identifier else b""
        except OSError:
            continue
        if not identifier or (vouched is not None and identifier != vouched[path]):
            continue
        if here is None or here.hex() != identifier:
            more = content if here is None else _together(found, path, here, content)
            yield from _put(path, here, content if more is None else more, state)


def _records_below(root: Path) -> list[str]:
    found = (path.relative_to(root) for pattern in ("*.jsonl", "*.json") for path in root.rglob(pattern))
    return sorted(path.as_posix() for path in found if path.parts[0] != ".git")


def _together(found: Look, path: str, here: bytes, content: bytes) -> bytes | None:
    """Return what a file of records becomes with those of another version; None if it is no such file."""
    return _merged(found.reader.blob(here.hex(), path), content) if path.endswith(".jsonl") else None


def _put(
    path: str, here: bytes | None, content: bytes | None, state: dict[str, bytes]
) -> Iterator[Operation]:
    if content is None:
        return
    raw = bytes.fromhex(identify(BLOB, content))
    if raw != here:
        state[path] = raw
        yield Replace(path, here.hex() if here else None, content)


def _newest_whole(found: Look, path: str) -> tuple[bytes, bytes] | None:
    """Return the newest version of a file that can be read, and a commit that has it."""
    names = [name.encode("utf-8", "surrogateescape") for name in path.split("/")]
    at: bytes | None = bytes.fromhex(found.tip or "")
    while at is not None and at in found.inventory.commits:
        links = found.inventory.commits[at]
        raw: bytes | None = links.tree
        for name in names:
            lines = read_tree(found, raw) if raw else None
            raw = next((below for _, here, below in lines or [] if here == name), None)
        if raw is not None and found.inventory.kind(raw) == BLOB:
            return raw, at
        at = links.parents[0] if links.parents else None
    return None


def _with_lines_of_work_tree(found: Look, path: str, base: bytes | None) -> bytes | None:
    """Return a version with the records that the work tree's file has beyond it; None if there is nothing."""
    file = found.git.parent / path
    try:
        present = None if file.is_symlink() else file.read_bytes()
    except OSError:
        present = None
    if present is None or not path.endswith(".jsonl"):
        return base
    return _merged(base or b"", present) or None


def _merged(base: bytes, more: bytes) -> bytes:
    """Return a file of records with those of another one that it has not, each in its place by its id."""
    known = {identifier for identifier, _ in _records(base.split(b"\n"))}
    for identifier, line in _records(more.split(b"\n")):
        if identifier not in known:
            known.add(identifier)
            base = append_record(base, line, identifier)
    return base


def _records(lines: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    for line in lines:
        try:
            identifier = json.loads(line).get("id")
        except (ValueError, AttributeError, RecursionError):
            continue
        if isinstance(identifier, str):
            yield identifier, line


def _again(found: Look, raw: bytes, operations: list[Operation]) -> Saved:
    """Return a commit's change once more, as far as it can be read, under its own subject and trailers."""
    commit = commits.read(found.reader.commit(raw.hex()), raw.hex())
    entry = commits.entry(raw.hex(), commit)
    trailers = tuple((key, value) for key, value in entry.trailers if key != _ACTION)
    body = "\n\n".join(
        filter(None, (entry.body, f"Recovered from commit {raw.hex()}, not all of which can be read."))
    )
    change = Change(
        tuple(operations), entry.subject, body, (*trailers, (_ACTION, "recovered")), commit.authored
    )
    return Saved(change, commit.author, commit.authored)


def _change(subject: str, body: str, operations: list[Operation], action: str) -> Change:
    return Change(tuple(operations), subject, body, ((_ACTION, action),))


def _told(path: str, identifier: str, commit: bytes | None) -> str:
    version = f"its version of commit {commit.hex()}" if commit else "what the work tree has of it"
    return f"{path} (object {identifier}) is lost; {version} stands in its place."


def _author(found: Look, raw: bytes) -> Identity:
    try:
        return commits.read(found.reader.commit(raw.hex()), raw.hex()).author
    except Damaged:
        return Identity("gitstore", "")
