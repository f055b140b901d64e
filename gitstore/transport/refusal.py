"""What git refuses to take from another repository, as `git fsck --strict` does: pure functions of bytes.

Of commits and trees all that it looks at; of files those that git itself reads and that have led it astray.
"""

import re

from gitstore.checking.trees import Line
from gitstore.errors import Damaged

_PERSON = rb"(?:[^<>\n\0]* )<[^<>\n\0]*> (?:0|[1-9]\d{0,17}) [+-]\d{4}\n"
_COMMIT = re.compile(
    rb"tree [0-9a-f]{40}\n(?:parent [0-9a-f]{40}\n)*author %s" % _PERSON
    + rb"committer %s(?!author |committer )(?:[^\n\0]+\n)*(?:\n[^\0]*)?\Z" % _PERSON
)
_MODULES = re.compile(rb"(?i)\.gitmodules[ .]*(?::.*)?|gitmod~\d[ .]*|gi7eb[a0-9]~\d[ .]*")
_ATTRIBUTES = re.compile(rb"(?i)\.gitattributes[ .]*(?::.*)?")
_TRAP = re.compile(
    rb"(?im)^\s*(?:url|path|update)\s*=\s*[\"']?\s*[-!]|ext::|%0a|\[submodule\s+\"[^\"\n]*\.\.|\burl\s*=\s*\"?(?:\.\./){2}"
)
_OLD = b"100664"
_FILES = frozenset({b"100644", b"100755"})
_LONGEST_LINE = 2048


class Refused(Damaged):
    """A commit, tree or file is there, and git does not take it."""


def commit_fault(content: bytes) -> str | None:
    """Return what is wrong with a commit, None if nothing."""
    return None if _COMMIT.match(content) else "a commit that is not written as git writes it"


def _is_read(name: bytes) -> bool:
    return bool(_MODULES.fullmatch(name) or _ATTRIBUTES.fullmatch(name))


def entry_fault(mode: bytes, name: bytes) -> str | None:
    """Return why an entry is refused, None if it is not; of those that `worth_a_look` names."""
    if mode == _OLD:
        return f"{name.decode('utf-8', 'replace')} has the mode {mode.decode()}"
    if _MODULES.fullmatch(name) and mode not in _FILES:
        return "its list of submodules is no file"
    if _ATTRIBUTES.fullmatch(name) and mode not in {*_FILES, b"120000"}:
        return "its list of attributes is no file"
    return None


def file_fault(name: bytes, content: bytes) -> str | None:
    """Return why a file is refused that git reads, None if it is not."""
    if _MODULES.fullmatch(name) and _TRAP.search(content):
        return "it has a list of submodules that is a trap"
    if _ATTRIBUTES.fullmatch(name) and any(len(line) > _LONGEST_LINE for line in content.split(b"\n")):
        return "it has attributes with lines that are too long"
    return None


def worth_a_look(lines: list[Line]) -> list[Line]:
    """Return those of a tree's entries that mean something to git, or are of a kind that it makes no more."""
    return [
        each
        for each in lines
        if each[0] == _OLD or ((b"git" in each[1].lower() or b"gi7" in each[1].lower()) and _is_read(each[1]))
    ]
