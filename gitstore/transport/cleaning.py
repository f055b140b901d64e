"""A history without what git refuses: commit by commit the same, without what must not be in a tree.

A function of the history alone, so each machine that meets it makes the same commits of it: what it grows by
later is grown here, too, and joining goes on from where it was. A commit that has nothing of the kind behind
it stays as it is. An entry that is refused stays as it was before; within a directory of records (`a/b`) that
is the whole directory, so that no half of one is taken. What is missing cannot be helped: it raises Damaged.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from gitstore.checking.trees import Line, fault_in, parse_leniently
from gitstore.errors import Damaged
from gitstore.kinds import BLOB, COMMIT, TREE
from gitstore.objects import commits, packs, trees
from gitstore.objects.fitness import DEEPEST
from gitstore.objects.packs import Packed
from gitstore.transport import ancestry, refusal
from gitstore.transport.parcel import Needed

Load = Callable[[str], tuple[int, bytes]]
_TREE, _LINK = b"40000", b"160000"
_PERSON = re.compile(rb"([^<>\n\0]* )<([^<>\n\0]*)> (?:0|[1-9]\d{0,17}) [+-]\d{4}")
_NOBODY = b"gitstore <merge@gitstore.invalid>"
_UNIT = 2
"""Folders down to a directory of records, the root not counted."""


class Cleaned(msgspec.Struct, frozen=True):
    """What became of a history."""

    tip: str
    made: dict[str, Packed]
    """Commits and trees that were made, by id."""
    needed: dict[str, Needed]
    """All that the new tip needs and those that are here don't, parents before children."""
    reason: str
    """What was refused first."""
    left_out: dict[str, str]
    """What the tree of the newest commit is without, and why, by path."""


class _Become(msgspec.Struct, frozen=True):
    """What became of one commit."""

    commit: str
    tree: str
    faults: dict[str, str]
    """What the tree is without, by path."""


class Cleaner:
    """Goes through the commits of a history that is not here, parents first."""

    def __init__(self, load: Load, cut: frozenset[str]) -> None:
        self._load = load
        self._cut = cut
        self._units: dict[str, tuple[str | None, int]] = {}
        """Of trees that were looked through: what is wrong, and how many folders lie within each other."""
        self._become: dict[str, _Become] = {}
        """What became of each commit that was gone through."""
        self._made: dict[str, Packed] = {}
        self._needed: dict[str, Needed] = {}
        self._reason: str | None = None

    def clean(self, tip: str, whole: Iterable[str]) -> Cleaned:
        """Return the history behind a commit without what git refuses.

        Args:
            tip: The commit.
            whole: Commits that are here with all that they need.

        Raises:
            Damaged: Something is missing, or a commit is none at all.
        """
        for identifier in ancestry.new_commits(self._commit, [tip], whole, self._cut):
            content = self._commit(identifier)
            root, parents, _ = commits.parents(content)
            above = () if identifier in self._cut else parents
            before = above[0] if above else None
            faults = {} if before is None else dict(self._of(before).faults)
            tree = self._level(
                None if before is None else commits.parents(self._commit(before))[0],
                None if before is None else self._of(before).tree,
                root,
                "",
                faults,
            )
            tree = tree or trees.EMPTY
            new = tuple(self._of(each).commit if each in self._become else each for each in parents)
            fault = refusal.commit_fault(content)
            self._refuse(fault)
            if fault is not None or (tree, new) != (root, parents):
                made = packs.packed(COMMIT, _rewritten(content, tree, new))
                self._made[made.id] = made
            name = identifier if fault is None and (tree, new) == (root, parents) else made.id
            self._become[identifier] = _Become(name, tree, faults)
            self._needed[name] = Needed(COMMIT, None)
        found = self._of(tip)
        reason = self._reason or "something that only git knows"
        return Cleaned(found.commit, self._made, self._needed, reason, found.faults)

    def _of(self, commit: str) -> "_Become":
        """Return what became of a commit: of one that is here nothing."""
        found = self._become.get(commit)
        return _Become(commit, commits.parents(self._commit(commit))[0], {}) if found is None else found

    def _level(
        self, before: str | None, kept: str | None, now: str, path: str, faults: dict[str, str]
    ) -> str | None:
        """Return one of the upper directories without what is refused, None if nothing is left of it.

        Args:
            before: As the commit before had it; None: not at all.
            kept: What became of that.
            now: As the commit has it.
            path: Which one.
            faults: What it is without, by path; brought up to date.
        """
        if now == before:
            return kept
        lines = parse_leniently(self._tree(now))
        if lines is None:
            self._refuse("a tree that is no list of entries")
            faults[path or "."] = "it is no list of files"
            return kept
        old = {} if before is None else _by_name(parse_leniently(self._tree(before)) or [])
        result = {} if kept is None else _by_name(parse_leniently(self._made_tree(kept)) or [])
        new = _by_name(lines)
        twice = {name for name, times in Counter(line[1] for line in lines).items() if times > 1}
        for name in old.keys() - new.keys():
            result.pop(name, None)
            _forget(faults, _below(path, name))
        for name, line in new.items():
            if name not in twice and old.get(name) == line:
                continue
            where = _below(path, name)
            _forget(faults, where)
            taken = (
                self._entry(line, where, old.get(name), result.get(name), faults)
                if name not in twice
                else None
            )
            if taken is not None:
                result[name] = taken
                continue
            if name in twice:
                self._refuse(f"{_shown(name)} is in a tree twice")
                faults[where] = "its name is in a folder twice"
            if where not in faults:  # nothing is left of it
                result.pop(name, None)
        return self._written(now, list(result.values()), path)

    def _entry(
        self, line: Line, path: str, before: Line | None, kept: Line | None, faults: dict[str, str]
    ) -> Line | None:
        """Return an entry as it can be taken; None if it can't, or nothing is left of it."""
        mode, name, raw = line
        fault = fault_in([line]) or refusal.entry_fault(mode, name)
        if fault is None and mode == _TREE and path.count("/") + 1 < _UNIT:
            below = self._level(_tree_of(before), _tree_of(kept), raw.hex(), path, faults)
            return None if below is None else (mode, name, bytes.fromhex(below))
        if fault is None and mode == _TREE:
            fault = self._unit(raw.hex(), 1)[0]
        elif fault is None and mode != _LINK:
            fault = self._file(name, raw.hex())
        if fault is not None:
            self._refuse(f"{path}: {fault}")
            faults[path] = fault
            return None
        if mode == _TREE:
            self._gather(raw.hex())
        elif mode != _LINK:
            self._needed.setdefault(raw.hex(), Needed(BLOB, None))
        return line

    def _unit(self, tree: str, depth: int) -> tuple[str | None, int]:
        """Return what is refused in a tree and all that is below it, and how deep that is. Raises Damaged."""
        if depth > DEEPEST:
            return f"more than {DEEPEST} folders lie within each other", 1
        known = self._units.get(tree)
        if known is not None and known[1] + depth - 1 <= DEEPEST:
            return known
        lines = parse_leniently(self._tree(tree))
        fault = "it has a folder that is no list of files" if lines is None else fault_in(lines)
        height = 0
        for mode, name, raw in lines if lines and fault is None else ():
            fault = refusal.entry_fault(mode, name)
            if fault is None and mode == _TREE:
                fault, below = self._unit(raw.hex(), depth + 1)
                height = max(height, below)
            elif fault is None and mode != _LINK:
                fault = self._file(name, raw.hex())
            if fault is not None:
                break
        self._units[tree] = fault, height + 1
        return self._units[tree]

    def _file(self, name: bytes, identifier: str) -> str | None:
        kind, content = self._load(identifier)
        if kind != BLOB:
            return f"{_shown(name)} is no file"
        return refusal.file_fault(name, content)

    def _gather(self, tree: str) -> None:
        """Note all that a sound tree needs."""
        if tree in self._needed or tree == trees.EMPTY:
            return
        self._needed[tree] = Needed(TREE, None)
        for mode, _, raw in parse_leniently(self._tree(tree)) or []:
            if mode == _TREE:
                self._gather(raw.hex())
            elif mode != _LINK:
                self._needed.setdefault(raw.hex(), Needed(BLOB, None))

    def _written(self, now: str, lines: list[Line], path: str) -> str | None:
        if not lines and path:
            return None
        content = b"".join(
            b"%s %s\0%s" % line
            for line in sorted(lines, key=lambda each: each[1] + b"/" * (each[0] == _TREE))
        )
        made = packs.packed(TREE, content)
        if made.id not in {now, trees.EMPTY}:
            self._refuse("a folder whose files are out of order")  # if nothing else is wrong with it
            self._made[made.id] = made
        if made.id != trees.EMPTY:
            self._needed.setdefault(made.id, Needed(TREE, None))
        return made.id

    def _refuse(self, fault: str | None) -> None:
        self._reason = self._reason or fault

    def _commit(self, identifier: str) -> bytes:
        return self._typed(identifier, COMMIT)

    def _tree(self, identifier: str) -> bytes:
        return b"" if identifier == trees.EMPTY else self._typed(identifier, TREE)

    def _made_tree(self, identifier: str) -> bytes:
        made = self._made.get(identifier)
        return self._tree(identifier) if made is None else made.content

    def _typed(self, identifier: str, kind: int) -> bytes:
        found, content = self._load(identifier)
        if found != kind:
            raise Damaged(identifier, "of another kind than is said")
        return content


def _rewritten(content: bytes, tree: str, parents: tuple[str, ...]) -> bytes:
    """Return a commit with another tree and other parents: whatever vouched for it vouches no more."""
    head, _, message = content.partition(b"\n\n")
    time = commits.parents(content)[2]
    kept = []
    for key in (b"author", b"committer"):
        lines = [line for line in head.split(b"\n") if line.startswith(key + b" ")]
        person = lines[0][len(key) + 1 :] if lines else b""
        if _PERSON.fullmatch(person) is None:
            person = _NOBODY + b" %d +0000" % min(max(time, 0), 1 << 40)
        kept.append(key + b" " + person)
    top = [f"tree {tree}".encode(), *(f"parent {parent}".encode() for parent in parents), *kept]
    top += [line for line in head.split(b"\n") if re.fullmatch(rb"encoding [\w.-]+", line)][:1]
    return b"\n".join(top) + b"\n\n" + message.replace(b"\0", b" ")


def _by_name(lines: list[Line]) -> dict[bytes, Line]:
    return {line[1]: line for line in lines}


def _tree_of(line: Line | None) -> str | None:
    return line[2].hex() if line is not None and line[0] == _TREE else None


def _below(path: str, name: bytes) -> str:
    text = _shown(name)
    return f"{path}/{text}" if path else text


def _forget(faults: dict[str, str], path: str) -> None:
    for known in [each for each in faults if each == path or each.startswith(f"{path}/")]:
        del faults[known]


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "replace")
