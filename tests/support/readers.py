"""Other programs that read git repositories, asked all they can say about a store's."""

import base64
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import pygit2
from dulwich import porcelain
from dulwich.objects import Blob, Commit, Tree
from dulwich.repo import Repo

NODE = Path(__file__).parents[1] / "node"


class Look(NamedTuple):
    """What a reader found at one moment."""

    commits: list[str]
    """From the first one to the branch's tip."""
    files: dict[str, bytes]
    """The tree of the tip."""
    clean: bool
    """Whether it takes files, index and tip for the same."""


class Reader(Protocol):
    """A program that reads every object that it finds, and raises what it has against one."""

    name: str

    def look(self, path: Path) -> Look: ...

    def close(self) -> None: ...


class Git:
    """Git as installed."""

    name = "git"

    def __init__(self, *, still: bool = True) -> None:
        """Say whether the repository is still for the time of a look.

        If not, there is no fsck: beside any other git it tells of commits that came after its beginning as
        of invalid entries in the reflog, and of packs that went as of ones it cannot open.
        """
        self._still = still

    def look(self, path: Path) -> Look:
        commits = _git(path, "log", "--reverse", "--format=%H", "main").decode().split()
        if self._still:
            _git(path, "fsck", "--full", "--strict", "--no-dangling")
        _git(path, "cat-file", "--batch-all-objects", "--batch")
        reached = _git(path, "rev-list", "--objects", "--all").split()
        assert set(commits) <= {word.decode() for word in reached}
        _git(path, "show", "--stat", commits[-1])
        rows = _git(path, "ls-tree", "-r", "-z", commits[-1]).split(b"\0")[:-1]
        names = {row.split(b"\t", 1)[1].decode(): row.split()[2] for row in rows}
        contents = io.BytesIO(_git(path, "cat-file", "--batch", given=b"\n".join(names.values()) + b"\n"))
        files = {}
        for name in names:
            files[name] = contents.read(int(contents.readline().split()[2]))
            contents.read(1)
        return Look(commits, files, not _git(path, "status", "--porcelain"))

    def close(self) -> None:
        """Nothing is open."""


class LibGit2:
    """libgit2, through pygit2."""

    name = "libgit2"

    def look(self, path: Path) -> Look:
        repository = pygit2.Repository(str(path))
        try:
            tip = repository.references["refs/heads/main"].target
            assert isinstance(tip, pygit2.Oid)
            commits = [str(commit.id) for commit in repository.walk(tip, pygit2.enums.SortMode.TOPOLOGICAL)]
            for identifier in repository.odb:
                repository.odb.read(identifier)
            files: dict[str, bytes] = {}
            commit = repository[tip]
            assert isinstance(commit, pygit2.Commit)
            self._walk(commit.tree, "", files)
            return Look(commits[::-1], files, not repository.status())
        finally:
            repository.free()

    def _walk(self, tree: pygit2.Tree, prefix: str, files: dict[str, bytes]) -> None:
        for entry in tree:
            assert entry.name is not None
            if isinstance(entry, pygit2.Tree):
                self._walk(entry, f"{prefix}{entry.name}/", files)
            elif isinstance(entry, pygit2.Blob):
                files[prefix + entry.name] = entry.data

    def close(self) -> None:
        """Nothing is open."""


class Dulwich:
    """dulwich as others use it: its repository, its walker, its porcelain."""

    name = "dulwich"

    def look(self, path: Path) -> Look:
        with Repo(str(path)) as repository:
            told = io.StringIO()
            porcelain.log(repository, outstream=told)
            commits = re.findall(r"^commit: ([0-9a-f]{40})$", told.getvalue(), re.MULTILINE)
            for identifier in list(repository.object_store):
                repository[identifier].check()
            files: dict[str, bytes] = {}
            tip = repository[commits[0].encode()]
            assert isinstance(tip, Commit)
            self._walk(repository, tip.tree, "", files)
            status = porcelain.status(repository)
            clean = not (any(status.staged.values()) or status.unstaged or status.untracked)
            return Look(commits[::-1], files, clean)

    def _walk(self, repository: Repo, tree: bytes, prefix: str, files: dict[str, bytes]) -> None:
        found = repository[tree]
        assert isinstance(found, Tree)
        for entry in found.iteritems():
            name = prefix + entry.path.decode()
            if entry.mode == 0o40000:
                self._walk(repository, entry.sha, f"{name}/", files)
            else:
                blob = repository[entry.sha]
                assert isinstance(blob, Blob)
                files[name] = blob.data

    def close(self) -> None:
        """Nothing is open."""


class IsomorphicGit:
    """isomorphic-git, in a node that stays."""

    name = "isomorphic-git"

    def __init__(self) -> None:
        self._node = subprocess.Popen(
            ["node", "read.mjs"], cwd=NODE, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    @staticmethod
    def missing() -> str | None:
        """Why it cannot be asked; None if it can."""
        if shutil.which("node") is None:
            return "node is not installed"
        if not (NODE / "node_modules" / "isomorphic-git").is_dir():
            return "isomorphic-git is not installed: `make test` does it where npm is"
        return None

    def look(self, path: Path) -> Look:
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(os.fsencode(path) + b"\n")
        self._node.stdin.flush()
        found = json.loads(self._node.stdout.readline())
        assert "error" not in found, found["error"]
        files = {name: base64.b64decode(content) for name, content in found["files"].items()}
        return Look(found["commits"], files, not found["unclean"])

    def close(self) -> None:
        self._node.communicate(timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


READERS: dict[str, Callable[[], Reader]] = {
    reader.name: reader for reader in (Git, LibGit2, Dulwich, IsomorphicGit)
}


def _git(path: Path, *arguments: str, given: bytes = b"") -> bytes:
    done = subprocess.run(["git", "-C", str(path), *arguments], input=given, capture_output=True, check=False)
    assert done.returncode == 0, f"git {arguments}: {done.stdout[-500:]!r} {done.stderr[-500:]!r}"
    return done.stdout
