"""What is put on top of the branch: what later commits held, and for files that are lost the best there is.

Only computed here, as changes; they are saved to a journal and committed as any other.
"""

import json
from collections.abc import Iterable, Iterator

from gitstore import commits, repository
from gitstore.checking.look import Look
from gitstore.errors import Damaged
from gitstore.index import DamagedIndex, Index, UnknownIndex
from gitstore.journal import Saved
from gitstore.objects import BLOB, TREE, identify
from gitstore.operations import append_record
from gitstore.repairing.tips import NewTip, read_tree
from gitstore.values import Change, Identity, Operation, Replace
from gitstore.worktree import identify_file

_ACTION = "Action"


def recovered(found: Look, tip: NewTip) -> list[Saved]:
    """Return what later commits and the work tree hold beyond a new tip, a change for each commit."""
    state = listing(found, tip.commit)
    saved = []
    for raw in tip.later:
        parents = found.inventory.commits[raw].parents
        before = (
            listing(found, parents[0]) if parents and parents[0] in found.inventory.commits else dict(state)
        )
        operations = list(_steps(found, before, listing(found, raw), state))
        if operations:
            saved.append(_again(found, raw, operations))
    operations = list(_work_tree(found, state))
    if operations:
        change = _change(
            "recovered from the work tree", "The commits that held it are lost.", operations, "recovered"
        )
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
        if not path:
            continue
        kind = BLOB if path in found.tip_files else TREE
        version = _newest_whole(found, path, kind)
        if kind == TREE:
            if version is not None:
                operations.append(Replace(path, identifier, tree=version[0].hex()))
                told.append(_told(path, identifier, version[1]))
            continue
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


def listing(found: Look, commit: bytes) -> dict[str, bytes]:
    """Return the files of a commit that can be reached, by path, with their raw ids."""
    files: dict[str, bytes] = {}
    waiting = [("", found.inventory.commits[commit].tree)]
    while waiting:
        path, raw = waiting.pop()
        for mode, name, below in read_tree(found, raw) or []:
            full = name.decode("utf-8", "surrogateescape")
            full = f"{path}/{full}" if path else full
            if mode == b"40000":
                waiting.append((full, below))
            elif mode in {b"100644", b"100755"}:
                files[full] = below
    return files


def _steps(
    found: Look, before: dict[str, bytes], after: dict[str, bytes], state: dict[str, bytes]
) -> Iterator[Operation]:
    """Yield what one commit did, on what there is now; a content that is lost is left out."""
    for path in sorted(before.keys() | after.keys()):
        was, now, here = before.get(path), after.get(path), state.get(path)
        if now in {was, here}:
            continue
        if now is None:
            if here == was and here is not None:
                del state[path]
                yield Replace(path, here.hex())
            continue
        if found.inventory.kind(now) != BLOB:
            continue
        content: bytes | None = found.reader.blob(now.hex(), path)
        if here is not None and here != was:
            content = (
                _merged(found.reader.blob(here.hex(), path), content or b"")
                if path.endswith(".jsonl")
                else None
            )
        yield from _put(path, here, content, state)


def _work_tree(found: Look, state: dict[str, bytes]) -> Iterator[Operation]:
    """Yield what the work tree holds as git's index vouches for it: it was committed, and that is lost."""
    try:
        index = Index((found.git / "index").read_bytes())
    except (OSError, DamagedIndex, UnknownIndex):
        return
    for path in index.paths():
        here = state.get(path)
        entry = index.get(path)[0]
        if here is not None and here.hex() == entry.id:
            continue
        try:
            if identify_file(found.git.parent / path) != entry.id:
                continue
            content: bytes | None = (found.git.parent / path).read_bytes()
        except OSError:
            continue
        if here is not None and path.endswith(".jsonl"):
            content = _merged(found.reader.blob(here.hex(), path), content or b"")
        yield from _put(path, here, content, state)


def _put(
    path: str, here: bytes | None, content: bytes | None, state: dict[str, bytes]
) -> Iterator[Operation]:
    if content is None:
        return
    raw = bytes.fromhex(identify(BLOB, content))
    if raw != here:
        state[path] = raw
        yield Replace(path, here.hex() if here else None, content)


def _newest_whole(found: Look, path: str, kind: int) -> tuple[bytes, bytes] | None:
    """Return the newest version of a path that can be read as a whole, and a commit that has it."""
    names = [name.encode("utf-8", "surrogateescape") for name in path.split("/")]
    at: bytes | None = bytes.fromhex(found.tip or "")
    seen: dict[bytes, bool] = {}
    while at is not None and at in found.inventory.commits:
        links = found.inventory.commits[at]
        raw: bytes | None = links.tree
        for name in names:
            lines = read_tree(found, raw) if raw else None
            raw = next((below for _, here, below in lines or [] if here == name), None)
        if raw is not None and raw not in seen:
            seen[raw] = found.inventory.kind(raw) == BLOB if kind == BLOB else _all_there(found, raw)
            if seen[raw]:
                return raw, at
        at = links.parents[0] if links.parents else None
    return None


def _all_there(found: Look, tree: bytes) -> bool:
    waiting = [tree]
    while waiting:
        lines = read_tree(found, waiting.pop())
        if lines is None:
            return False
        for mode, _, below in lines:
            if mode == b"40000":
                waiting.append(below)
            elif mode != b"160000" and found.inventory.kind(below) != BLOB:
                return False
    return True


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
