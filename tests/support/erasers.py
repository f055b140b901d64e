"""A plain eraser for stores of tests: texts are struck out, directories of sessions go."""

import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from gitstore.purging.eraser import Listing, Renamed

STRUCK = b"(struck)"
_TRAILER = re.compile(rb"(?m)^Session: (\S+)$")


class Striking:
    """Implements `gitstore.purging.eraser.Eraser`: what it strikes it finds in any file and message."""

    def __init__(self, *texts: bytes, sessions: tuple[str, ...] = ()) -> None:
        self._texts = texts
        self._sessions = sessions

    def names(self, directory: str) -> frozenset[str] | None:
        if self._texts:
            return None
        return {"": frozenset({"cli"}), "cli": frozenset(self._sessions)}.get(directory, frozenset())

    def is_whole(self, directory: str) -> bool:
        return re.fullmatch(r"cli/\w+", directory) is not None

    def directory(
        self, path: str, listing: Listing, read: Callable[[str], bytes]
    ) -> Mapping[str, bytes | None] | None:
        if path.rpartition("/")[2] in self._sessions:
            return None
        contents = {name: read(name) for name in listing()} if self._texts else {}
        return {name: self._struck(each) for name, each in contents.items() if self._struck(each) != each}

    def file(self, path: str, content: bytes) -> bytes | None:
        del path
        return self._struck(content)

    def message(self, message: bytes, when: int, renamed: Renamed) -> bytes:
        del when, renamed
        match = _TRAILER.search(message)
        if match and match[1].decode() in self._sessions:
            return b"struck\n"
        return self._struck(message)

    def holds(self, content: bytes) -> bool:
        return any(each in content for each in (*self._texts, *(name.encode() for name in self._sessions)))

    def _struck(self, content: bytes) -> bytes:
        for text in self._texts:
            content = content.replace(text, STRUCK)
        return content


def everything(path: Path) -> bytes:
    """All files below a store, and all of its objects as real git inflates them."""
    found = [each.read_bytes() for each in sorted(path.rglob("*")) if each.is_file()]
    command = ["git", "-C", str(path), "cat-file", "--batch-all-objects", "--batch"]
    done = subprocess.run(command, capture_output=True, check=True)
    return b"\n".join((*found, done.stdout))


def all_objects(path: Path) -> set[str]:
    """The ids of all objects that real git finds, whether anything leads to them or not."""
    command = ["git", "-C", str(path), "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]
    return set(subprocess.run(command, capture_output=True, check=True, text=True).stdout.split())
