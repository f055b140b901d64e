"""After a restart of the system: files and index are as the branch has them, whatever a power cut left.

Neither is flushed when a turn is taken, as git does not, either: all that they hold is in the branch, which
is. So the first turn after a restart looks into each file that turns made since files were flushed last. One
that is as an earlier turn left it, or has a part of what it should have and zeros for the rest, is written
again. Anything else is a person's, and left.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from gitstore.disk.files import Files
from gitstore.git.worktree import WorkTree
from gitstore.kinds import BLOB, identify
from gitstore.objects import commits
from gitstore.objects.batch import Batch
from gitstore.objects.editing import Editor, Touched
from gitstore.objects.objects import ObjectReader
from gitstore.objects.trees import FILE, common_prefix
from gitstore.turns.turns import Turn, made_of_paths

_AT_ONCE = 64
"""So many files are open at a time."""
_MANY = 256
"""Files from which on the system is asked to write everything first: each flush then finds nothing to do."""
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Restart:
    """Looks after the files of some turns."""

    def __init__(self, files: Files, git_directory: Path, reader: ObjectReader, tip: str) -> None:
        self._files = files
        self._git = git_directory
        self._reader = reader
        self._editor = Editor(reader, commits.parents(reader.commit(tip))[0])
        self._found: dict[str, bytes] = {}
        """What files hold that are to be written again, by its id."""

    def look_after(self, turns: Sequence[Turn], tree: WorkTree) -> tuple[str, ...]:
        """Write again what was lost, flushed.

        Args:
            turns: Those whose files may not have been flushed, oldest first.
            tree: Locked; it is given back.

        Returns:
            Paths that a person edited meanwhile.

        Raises:
            Damaged: What a file should hold cannot be read.
            OSError: A part may be done; doing it again is right.
        """
        touched = []
        for path, (after, earlier) in made_of_paths(turns).items():
            item = self._lost(path, after, earlier)
            if item is not None and tree.accept(path, after, earlier):
                touched.append(item)
        with Batch(self._files) as batch:
            tree.prepare(touched, self._content, {}, batch)
            batch.flush()
        return tree.follow()

    def _lost(self, path: str, after: str | None, earlier: set[str | None]) -> Touched | None:
        """Return what is to be made of a file of ours, with what it holds now; None if it is not ours."""
        entry = self._editor.entry(path)
        if (entry.id if entry else None) != after:
            return None  # the branch has gone on since
        mode = entry.mode if entry else FILE
        try:
            full = self._git.parent / path
            if full.is_symlink() or (full.exists() and not full.is_file()):
                return None
            content = full.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return Touched(path, None, after, mode) if after is None or None in earlier else None
        before = identify(BLOB, content)
        if before != after and before not in earlier:
            known = [each for each in (after, *earlier) if each is not None]
            if not any(_is_part(content, self._reader.blob(each, path)) for each in known):
                return None
        self._found[before] = content
        return Touched(path, before, after, mode)

    def _content(self, identifier: str) -> bytes:
        known = self._found.get(identifier)
        return self._reader.blob(identifier) if known is None else known


def _is_part(content: bytes, whole: bytes) -> bool:
    """Say whether a content is another one that is cut off, or has zeros in places."""
    if len(content) > len(whole):
        return False
    same = common_prefix(content, whole)
    pairs = zip(content[same:], whole[same:], strict=False)
    return all(found in {wanted, 0} for found, wanted in pairs)


def flush(files: Files, git_directory: Path, paths: Sequence[str]) -> None:
    """Return when git's index, some files of the work tree and their names are on the disk."""
    root = git_directory.parent
    folders = {"", git_directory.name}
    written = [f"{git_directory.name}/index", *paths]
    if len(written) > _MANY:
        files.flush_system()
    for start in range(0, len(written), _AT_ONCE):
        with Batch(files) as batch:
            for path in written[start : start + _AT_ONCE]:
                above = path.rpartition("/")[0]
                while above not in folders:
                    folders.add(above)
                    above = above.rpartition("/")[0]
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    batch.add(os.open(f"{root}/{path}", _READ))
            batch.flush()
    for name in sorted(folders):
        folder = root / name
        if folder.is_dir() and not folder.is_symlink():
            files.flush_directory(folder)
