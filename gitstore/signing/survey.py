"""Who signed what of a history since when, and what shows that it was tampered with; changes nothing.

A commit is covered by every signature on it or on a commit that has it behind it: an id is a hash of all of
that. Only signatures that fit cover anything.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from gitstore.errors import Damaged
from gitstore.git import refs, repository
from gitstore.objects import commits, signatures
from gitstore.objects.objects import ObjectReader
from gitstore.objects.signatures import Form
from gitstore.problems import Kind, Problem, Progress, silent
from gitstore.signing.values import Verdict, Verified
from gitstore.turns import sealing

Verify = Callable[[bytes, bytes, float], Verified]
"""Given a signature, what it is of and when that was made."""

_AT_ONCE = min(8, os.cpu_count() or 1)


class Signer(msgspec.Struct, frozen=True):
    """What one key has signed, as far as the signatures came to the same."""

    identity: str | None
    form: Form
    key: str | None
    verdict: Verdict
    reason: str
    signatures: int
    first: float
    """When the oldest signed commit was made, as it says; seconds since 1970."""
    last: float
    covers: int
    """Commits of the branch that are signed or behind one that is; 0 if the signatures prove nothing."""
    after: int
    """Commits that came after: those of the branch that are not covered."""


class Survey(msgspec.Struct, frozen=True):
    """All signatures of a history."""

    signers: tuple[Signer, ...] = ()
    """The one that signed first comes first."""
    commits: int = 0
    unsigned: int = 0
    """Commits that no signature covers."""
    problems: tuple[Problem, ...] = ()


class _Signature(msgspec.Struct, frozen=True):
    commit: str
    signature: bytes
    content: bytes
    time: float


def survey(git_directory: Path, verify: Verify, progress: Progress = silent) -> Survey:
    """Look at the signatures of all commits of the branch.

    What can't be read is left to the look at the objects: of what lies behind nothing is said.

    Args:
        git_directory: `.git`.
        verify: Called from several threads.
        progress: Told how many signatures were looked at.
    """
    reader = ObjectReader(git_directory)
    try:
        tip = repository.tip_of(git_directory)
    except (Damaged, ValueError):
        return Survey()
    history = _History(reader, [tip])
    verified = _verified(history.signed, verify, progress)
    problems = [_altered(each, verified[each.commit]) for each in history.signed if _is_bad(verified, each)]
    problems += _rewritten(git_directory, reader, history, verify)
    groups: dict[tuple[object, ...], list[_Signature]] = {}
    for each in history.signed:
        found = verified[each.commit]
        if found.verdict is not Verdict.BAD:
            groups.setdefault((found.form, found.key or found.identity, found.verdict), []).append(each)
    marks = [{each.commit for each in group if verified[each.commit].fits} for group in groups.values()]
    counts, unsigned = history.covered(marks)
    signers = [
        _signer(group, verified[group[-1].commit], count, len(history.parents))
        for group, count in zip(groups.values(), counts, strict=True)
    ]
    signers.sort(key=lambda signer: (signer.first, signer.covers, signer.key or ""))
    return Survey(tuple(signers), len(history.parents), unsigned, tuple(problems))


def _signer(group: list[_Signature], found: Verified, covers: int, of: int) -> Signer:
    return Signer(
        found.identity,
        found.form,
        found.key,
        found.verdict,
        found.reason,
        len(group),
        min(each.time for each in group),
        max(each.time for each in group),
        covers,
        of - covers,
    )


class _History:
    """The commits behind some others, and which of them carry signatures, the oldest first."""

    def __init__(self, reader: ObjectReader, starts: list[str], without: Iterable[str] = ()) -> None:
        self.parents: dict[str, tuple[str, ...]] = {}
        self.signed: list[_Signature] = []
        cut, known = reader.shallow(), set(without)
        waiting = [start for start in starts if start not in known]
        while waiting:
            identifier = waiting.pop()
            if identifier in self.parents:
                continue
            try:
                content = reader.commit(identifier)
                _, above, time = commits.parents(content)
            except (Damaged, ValueError):
                continue
            self.parents[identifier] = above = () if identifier in cut else above
            signed, signature = signatures.split(content)
            if signature is not None:
                self.signed.append(_Signature(identifier, signature, signed, time))
            waiting += [parent for parent in above if parent not in self.parents and parent not in known]
        self.signed.sort(key=lambda each: (each.time, each.commit))

    def covered(self, marks: list[set[str]]) -> tuple[list[int], int]:
        """Return how many commits each set of commits has in it or behind it, and how many none has."""
        masks = dict.fromkeys(self.parents, 0)
        for number, marked in enumerate(marks):
            for identifier in marked:
                masks[identifier] |= 1 << number
        counts, none = [0] * len(marks), 0
        for identifier in self._children_first():
            mask = masks[identifier]
            none += not mask
            for number in range(len(marks)):
                counts[number] += mask >> number & 1
            for parent in self.parents[identifier]:
                if parent in masks:
                    masks[parent] |= mask
        return counts, none

    def _children_first(self) -> Iterable[str]:
        left = dict.fromkeys(self.parents, 0)
        for above in self.parents.values():
            for parent in above:
                if parent in left:
                    left[parent] += 1
        ready = [identifier for identifier, count in left.items() if not count]
        while ready:
            identifier = ready.pop()
            yield identifier
            for parent in self.parents[identifier]:
                if parent in left:
                    left[parent] -= 1
                    if not left[parent]:
                        ready.append(parent)


def _verified(signed: list[_Signature], verify: Verify, progress: Progress) -> dict[str, Verified]:
    found: dict[str, Verified] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        results = pool.map(lambda each: verify(each.signature, each.content, each.time), signed)
        for number, (each, result) in enumerate(zip(signed, results, strict=True), 1):
            found[each.commit] = result
            progress("signatures", number, len(signed))
    return found


def _is_bad(verified: dict[str, Verified], each: _Signature) -> bool:
    return verified[each.commit].verdict is Verdict.BAD


def _altered(each: _Signature, found: Verified) -> Problem:
    who = found.identity or found.key
    by = f" of {who}" if who else ""
    reason = f"the signature{by} does not fit: the commit was altered after it was signed"
    if found.reason and found.key is None:
        reason = f"the signature is none ({found.reason})"
    return Problem(Kind.SIGNATURE, f"commit {each.commit}", reason, commit=each.commit)


def _rewritten(git_directory: Path, reader: ObjectReader, history: _History, verify: Verify) -> list[Problem]:
    """Tell the signed commits that the branch had and has no more."""
    try:
        was = sealing.rewritten(reader, git_directory)
    except Damaged:
        return []
    if was is None:
        return []
    gone = _History(reader, [was], history.parents)
    lost = [(each, verify(each.signature, each.content, each.time)) for each in gone.signed]
    place, told = f".git/{refs.SIGNED}", "history was rewritten below a signature"
    problems = [
        Problem(
            Kind.SIGNATURE,
            place,
            f"{told}: what {found.identity or found.key or 'somebody'} had signed is no part of the branch",
            commit=each.commit,
        )
        for each, found in lost
        if found.verdict is not Verdict.BAD
    ]
    return problems or [Problem(Kind.SIGNATURE, place, told, commit=was)]
