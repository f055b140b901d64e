"""Where the refs point, whether HEAD and configuration can be read, and what the reflogs promise."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gitstore.git import refs
from gitstore.problems import Kind, Problem

_ID = re.compile(rb"[0-9a-f]{40}")
_PACKED = re.compile(rb"[0-9a-f]{40} refs/[^\0 ~^:?*\[\\]+|\^[0-9a-f]{40}|#.*|")
_NONE = b"0" * 40
_SETTING = re.compile(
    rb"\s*([#;].*|(\[[A-Za-z0-9.-]+(\s+\"([^\"\\\0]|\\.)*\")?\]\s*)?([A-Za-z][A-Za-z0-9-]*\s*(=[^\0]*)?)?)"
)
_SWITCH = re.compile(
    rb"\s*(?:bare|filemode|logallrefupdates|ignorecase|symlinks|precomposeunicode)\s*=\s*(.*?)\s*$"
)
_FORMAT = re.compile(rb"(?is)\[core\][^\[]*repositoryformatversion")
_BOOLEAN = re.compile(rb"(?i)true|false|yes|no|on|off|[0-9]+|always|")


class Refs(msgspec.Struct):
    """What all refs name, and what is wrong with them by themselves."""

    named: dict[str, bytes]
    """Raw id by the full name of the ref (HEAD too, if it is detached)."""
    problems: list[Problem]
    notes: list[Problem]


def look(git: Path) -> Refs:
    """Read HEAD, the configuration and every ref."""
    found = Refs({}, [], [])
    _config(git, found)
    _head(git, found)
    for name, content in _packed(git, found):
        found.named[name] = content
    for name, path in loose_refs(git):
        _loose(name, path, found)
    if refs.BRANCH not in found.named and not any(
        each.place == f".git/{refs.BRANCH}" for each in found.problems
    ):
        found.problems.append(
            Problem(Kind.BRANCH, f".git/{refs.BRANCH}", "is missing", heal="the newest whole commit")
        )
    return found


def loose_refs(git: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and file of each ref that has a file of its own."""
    for folder, _, names in os.walk(git / "refs"):
        for name in sorted(names):
            path = Path(folder, name)
            if not name.endswith(".lock"):
                yield path.relative_to(git).as_posix(), path


def reflog_ids(git: Path) -> Iterator[tuple[str, int, list[bytes] | None]]:
    """Yield log, number and ids of each line of all reflogs.

    Without ids it is no line of a reflog; with None it is the beginning of one that was never ended.
    """
    for folder, _, names in os.walk(git / "logs"):
        for name in sorted(names):
            path = Path(folder, name)
            try:
                lines = path.read_bytes().split(b"\n")
            except OSError:
                continue
            for number, line in enumerate(lines, 1):
                if not line and number == len(lines):
                    continue
                match = re.match(rb"([0-9a-f]{40}) ([0-9a-f]{40}) [^\n]*<[^\n]*> \d+ [+-]\d{4}(?:\t|$)", line)
                ids = (
                    [bytes.fromhex(each.decode()) for each in match.groups() if each != _NONE]
                    if match
                    else []
                )
                torn = not match and number == len(lines)
                yield path.relative_to(git).as_posix(), number, None if torn else ids


def _config(git: Path, found: Refs) -> None:
    path = git / "config"
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = "is missing" if isinstance(error, FileNotFoundError) else error.strerror or "cannot be read"
    else:
        fault = config_fault(content)
        if fault is None:
            return
        reason = fault
    found.problems.append(Problem(Kind.REPOSITORY, ".git/config", reason, heal="written anew"))


def config_fault(content: bytes) -> str | None:
    """Return what makes git refuse a configuration, as far as that can be told by its lines."""
    if not content.strip(b"\0 \n"):
        return "is empty"
    for number, line in enumerate(content.splitlines(), 1):
        if not _SETTING.fullmatch(line) or (
            (match := _SWITCH.match(line)) and not _BOOLEAN.fullmatch(match[1])
        ):
            return f"is no configuration of git's in line {number}"
    return None if _FORMAT.search(content) else "names no format"


def _head(git: Path, found: Refs) -> None:
    try:
        content = (git / "HEAD").read_bytes()
    except OSError as error:
        reason = "is missing" if isinstance(error, FileNotFoundError) else error.strerror or "cannot be read"
    else:
        text = content.strip()
        if _ID.fullmatch(text):
            found.named["HEAD"] = bytes.fromhex(text.decode())
            note = Problem(Kind.EDIT, ".git/HEAD", f"names the commit {text.decode()[:10]} and no branch")
            found.notes.append(note)
            return
        name = text.removeprefix(b"ref:").strip()
        if text.startswith(b"ref:") and name.startswith(b"refs/") and b"\0" not in name:
            if name.decode("utf-8", "replace") != refs.BRANCH:
                shown = name.decode("utf-8", "replace")
                found.notes.append(Problem(Kind.EDIT, ".git/HEAD", f"{shown} is checked out"))
            return
        reason = "is empty" if not content.strip(b"\0 \n") else "names no branch"
    found.problems.append(Problem(Kind.HEAD, ".git/HEAD", reason, heal=f"it is set to {refs.BRANCH}"))


def _packed(git: Path, found: Refs) -> Iterator[tuple[str, bytes]]:
    try:
        content = (git / "packed-refs").read_bytes()
        lines = content.split(b"\n")
    except FileNotFoundError:
        return
    except OSError as error:
        reason = error.strerror or "cannot be read"
        found.problems.append(Problem(Kind.REF, ".git/packed-refs", reason, heal="it is set aside"))
        return
    if content and not content.endswith(b"\n"):
        heal = "the line is ended, or set aside"
        problem = Problem(Kind.REF, ".git/packed-refs", "is cut off", line=len(lines), heal=heal)
        found.problems.append(problem)
    for number, line in enumerate(lines, 1):
        if not _PACKED.fullmatch(line):
            heal = "the line is set aside"
            found.problems.append(Problem(Kind.REF, ".git/packed-refs", "is no ref", line=number, heal=heal))
        elif line[:1] not in {b"#", b"^", b""}:
            yield line[41:].decode("utf-8", "surrogateescape"), bytes.fromhex(line[:40].decode())


def _loose(name: str, path: Path, found: Refs) -> None:
    kind = Kind.BRANCH if name == refs.BRANCH else Kind.REF
    heal = "the newest whole commit" if kind is Kind.BRANCH else "it is set aside"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        reason = error.strerror or "cannot be read"
        found.problems.append(Problem(kind, f".git/{name}", reason, heal=heal))
        return
    text = content.strip()
    if _ID.fullmatch(text):
        found.named[name] = bytes.fromhex(text.decode())
        return
    if text.startswith(b"ref: refs/") and kind is Kind.REF:
        return
    found.named.pop(name, None)  # an older one in packed-refs does not count for git, either
    reason = (
        "is empty"
        if not content
        else "holds NUL bytes only"
        if not content.strip(b"\0")
        else "names no commit"
    )
    found.problems.append(Problem(kind, f".git/{name}", reason, heal=heal))
