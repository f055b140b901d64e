"""What a folder is: a store of ours, nothing yet, files of ours without a repository, or something foreign.

A new repository is made complete beside its place and renamed into it, under a lock on the folder: two
processes that open at once both succeed, and after a crash there is no repository, or a whole one.
"""

import contextlib
import errno
import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import msgspec

from gitstore.disk import locking
from gitstore.disk.files import Files
from gitstore.errors import (
    BranchDamaged,
    Damaged,
    FormatTooNew,
    NotAStore,
    NotSaved,
    ReadOnly,
    StoreNotFound,
    Unreadable,
    reading,
)
from gitstore.git import refs
from gitstore.git.gitlock import GitLock
from gitstore.git.index import Index
from gitstore.kinds import BLOB, COMMIT, TREE, identify
from gitstore.objects import commits, packfolder, packs, trees
from gitstore.objects.editing import Editor
from gitstore.objects.objects import ObjectReader
from gitstore.values import Identity

FORMAT = 1
MARKER = "gitstore.json"
SEED = {
    ".gitattributes": b"* -text\n*.jsonl merge=union\n",
    MARKER: json.dumps({"format": FORMAT}).encode() + b"\n",
}
_NEW = ".git.gitstore-"
_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
"""
_OURS = """\
[gitstore]
\tversion = 1
[gc]
\tauto = 0
[maintenance]
\tauto = false
[core]
\tfsync = all
\tautocrlf = false
"""
CONFIG = _CONFIG + _OURS
"""Of a repository made here."""
_SECTION = re.compile(r"\s*\[([A-Za-z0-9.-]+)(?:\s+\"[^\"]*\")?\]\s*(.*)")


class Opened(msgspec.Struct, frozen=True):
    """A repository that is there, whole, and ours."""

    git_directory: Path
    adopted: int | None = None
    """How many files were found without a repository and were put into one; None: it was one already."""


def find(path: Path, *, files: Files, who: Callable[[], Identity], now: float, create: bool) -> Opened:
    """Return the repository at a path, made if need be.

    Args:
        path: The folder of the store.
        files: The disk.
        who: Gives the author of a first commit.
        now: Its time.
        create: Whether a store may be made where there is none.

    Raises:
        StoreNotFound: There is none, and `create` is False; nothing was made.
        NotAStore: Something else is there; nothing was changed.
        FormatTooNew: A newer program wrote it; nothing was changed.
        NotSaved: It would have to be made, and the disk is full or failed; ReadOnly if it cannot be written.
        Unreadable: The system does not read what is there now; nothing was changed.
    """
    git = path / ".git"
    try:
        with reading(str(path)):
            for above in (path, *path.parents):
                if (found := _is_folder(above)) is None:
                    continue
                if not found:
                    raise NotAStore(path, "a file is in its place" if above == path else f"{above} is a file")
                break
            if _is_there(git):
                check(path)
                return Opened(git)
            present = _present(path)
    except Unreadable as error:
        if isinstance(error.__cause__, PermissionError):
            raise NotAStore(path, "permission denied") from None
        raise
    if present is None and not create:
        raise StoreNotFound(path)
    try:
        return _make(path, files, who(), now)
    except OSError as error:
        if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
            raise ReadOnly(path) from error
        raise NotSaved(str(error)) from error


def _is_there(path: Path) -> bool:
    """Say whether there is anything of that name. Raises OSError if that cannot be known."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _is_folder(path: Path) -> bool | None:
    """Say whether something is a folder, in one look: another process may be making it; None if it is absent.

    A link that leads nowhere is something, and no folder. Raises OSError if nothing can be known.
    """
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False if path.is_symlink() else None


def check(path: Path) -> None:
    """Raise NotAStore or FormatTooNew unless the repository of a folder is one of ours.

    A damaged branch or object does not speak against it: what can be read is read, and the marker in the
    work tree is asked instead.
    """
    git = path / ".git"
    if not git.is_dir():
        raise NotAStore(path, ".git is no folder")
    # Ours may have lost HEAD or even all objects: it takes what is saved, and `repair` mends it.
    if not (git / "gitstore").is_dir() and not ((git / "HEAD").is_file() and (git / "objects").is_dir()):
        raise NotAStore(path, ".git is no repository")
    settings = read_config(git)
    if settings.get("core.bare", "false") in {"true", "yes", "on", "1"}:
        raise NotAStore(path, "a bare repository")
    if settings.get("extensions.objectformat", "sha1") != "sha1":
        raise NotAStore(path, "a repository with SHA-256")
    if settings.get("extensions.refstorage", "files") != "files":
        raise NotAStore(path, "a repository with a reftable")
    marker = _marker(path)
    if marker is None:
        raise NotAStore(path, "a repository of something else")
    try:
        found = json.loads(marker).get("format")
    except (ValueError, AttributeError):
        raise NotAStore(path, f"{MARKER} is damaged") from None
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise NotAStore(path, f"{MARKER} names no format")
    if found > FORMAT:
        raise FormatTooNew(path, found, FORMAT)


def read_config(git_directory: Path) -> dict[str, str]:
    """Return the settings of a repository's own config, keys in lower case, values without quotes."""
    try:
        text = (git_directory / "config").read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return {}
    found: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        row = line
        if match := _SECTION.match(row):
            section, row = match[1].lower(), match[2]
        key, equals, value = row.partition("=")
        if key.strip() and key.strip()[0] not in "#;":
            found[f"{section}.{key.strip().lower()}"] = value.strip().strip('"').lower() if equals else "true"
    return found


def configure(files: Files, git_directory: Path) -> None:
    """Give a repository that came from elsewhere (a clone) the settings that ours have.

    Raises:
        Taken: Another holds the lock of the config.
        OSError: It could not be written; nothing was changed.
    """
    if "gitstore.version" in read_config(git_directory):
        return
    path = git_directory / "config"
    lock = GitLock(files, git_directory, path)
    lock.take(patience=0.2)
    try:
        before = path.read_bytes() if path.exists() else _CONFIG.encode()
        lock.replace_with(before + (b"" if before.endswith(b"\n") else b"\n") + _OURS.encode())
    finally:
        lock.release()


def _marker(path: Path) -> bytes | None:
    """Return the marker: as the branch has it, and if that cannot be read, as the work tree has it."""
    git = path / ".git"
    try:
        tip = refs.read(git)
        if tip is not None:
            reader = ObjectReader(git)
            tree, _, _ = commits.parents(reader.commit(tip))
            entry = trees.find(reader.tree(tree), MARKER)
            return reader.blob(entry.id, MARKER) if entry else None
    except (Damaged, ValueError):
        pass
    elsewhere = (
        (git / "gitstore").is_dir() or (git / "packed-refs").exists() or (git / "refs" / "heads").is_dir()
    )
    try:
        return (path / MARKER).read_bytes() if elsewhere else None
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _present(path: Path) -> list[str] | None:
    """Return the files of ours in a folder without a repository; None if there is nothing at all of interest.

    Raises:
        NotAStore: There are only foreign ones.
    """
    try:
        names = {found.name for found in path.iterdir() if not found.name.startswith(_NEW)}
    except FileNotFoundError:
        return None
    if MARKER in names:
        # A damaged marker is an adopted folder's to keep.
        with contextlib.suppress(IsADirectoryError, ValueError, AttributeError):
            found = json.loads((path / MARKER).read_bytes()).get("format")
            if isinstance(found, int) and found > FORMAT:
                raise FormatTooNew(path, found, FORMAT)
    if names <= SEED.keys():
        return None
    if MARKER not in names and not _looks_ours(path):
        raise NotAStore(path, "a folder with other files")
    return sorted(names)


def _looks_ours(path: Path) -> bool:
    """Say whether a folder holds directories of JSON documents, as a store that lost its marker does."""
    for pattern in ("*/*/*.jsonl", "*/*/*.json"):
        for _ in path.glob(pattern):
            return True
    return False


def _make(path: Path, files: Files, who: Identity, now: float) -> Opened:
    """Make the repository around what is in the folder, which is locked meanwhile."""
    files.make_directories(path)
    folder = os.open(path, os.O_RDONLY)
    try:
        locking.lock(folder)
        if _is_there(path / ".git"):
            check(path)
            return Opened(path / ".git")
        found = _present(path)
        for left in path.glob(f"{_NEW}*"):  # of processes that died: the lock is ours
            files.remove_tree(left)
        for name, content in SEED.items():
            if not _is_there(path / name):
                stage = path / f"{_NEW}{os.urandom(4).hex()}"
                files.write_new(stage, content)
                files.rename(stage, path / name)
        files.flush_directory(path)  # before there can be a branch that has them
        contents = files_below(path)
        adopted = len(contents.keys() - SEED.keys()) if found else None
        new = path / f"{_NEW}{os.urandom(4).hex()}"
        _build(files, new, contents, who=who, now=now, adopted=adopted)
        index = Index()
        for name, content in contents.items():
            index.set(name, identify(BLOB, content), (path / name).lstat())
        files.write_new(new / "index", index.encode())
        files.flush_directory(new)
        files.rename(new, path / ".git")
        files.flush_directory(path)
    finally:
        os.close(folder)
    return Opened(path / ".git", adopted)


def files_below(path: Path) -> dict[str, bytes]:
    """Return all regular files below a folder that a repository there would hold.

    Raises:
        OSError: A folder or a file cannot be read: what it holds must not be taken for absent.
    """
    found: dict[str, bytes] = {}
    for folder, names, leaves in os.walk(path, onerror=_fail):
        names[:] = [name for name in names if name != ".git" and not name.startswith(_NEW)]
        for leaf in leaves:
            full = Path(folder, leaf)
            if stat.S_ISREG(full.lstat().st_mode) and not leaf.startswith(_NEW):
                found[full.relative_to(path).as_posix()] = full.read_bytes()
    return dict(sorted(found.items()))


def _fail(error: OSError) -> None:
    raise error


def _build(
    files: Files, git: Path, contents: dict[str, bytes], *, who: Identity, now: float, adopted: int | None
) -> None:
    """Make a whole repository, without an index, in a folder that git does not know yet."""
    for name in (
        "",
        "objects",
        "objects/info",
        "objects/pack",
        "refs",
        "refs/heads",
        "refs/tags",
        "info",
        "logs",
    ):
        files.make_directory(git / name)
    for name in ("gitstore", "gitstore/stage"):
        files.make_directory(git / name)
    files.write_new(git / "HEAD", f"ref: {refs.BRANCH}\n".encode())
    files.write_new(git / "config", (_CONFIG + _OURS).encode())
    editor = Editor(ObjectReader(git), trees.EMPTY)
    for name, content in contents.items():
        editor.write(name, content)
    root = editor.finish()
    if adopted is None:
        message = commits.compose("store created", "", ())
    else:
        message = commits.compose("files adopted", "", (("Action", "adopted"),))
    commit = commits.make(root, (), author=who, authored=now, committed=now, message=message)
    tip = packs.packed(COMMIT, commit)
    name = packfolder.install(files, git, packs.pack_of([tip, *editor.new_objects.values()]))
    packfolder.release(files, git, name)
    files.write_new(git / refs.BRANCH, tip.id.encode() + b"\n")
    for folder in ("objects/pack", "objects", "refs/heads", "refs", "gitstore/stage", "gitstore"):
        files.flush_directory(git / folder)


def seed_tree() -> str:
    """Return the id of the tree of a store in which nothing has been saved."""
    listing = (trees.Entry(trees.FILE, name, identify(BLOB, content)) for name, content in SEED.items())
    return identify(TREE, trees.join(listing))


def tip_of(git_directory: Path) -> str:
    """Return the commit that the branch names.

    Raises:
        BranchDamaged: There is none.
    """
    tip = refs.read(git_directory)
    if tip is None:
        raise BranchDamaged(refs.BRANCH, "is missing")
    return tip
