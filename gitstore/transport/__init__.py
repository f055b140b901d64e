"""The door to remotes: what they have is brought here and checked, their branch is moved; nothing is merged.

Order of writing for a fetch: everything comes into a workroom, where it is unpacked and checked; under the
gate the packs are flushed and put in place, guarded by a `.keep`; `refs/remotes/<name>/main` names the tip;
the `.keep` goes. The gate is never held while a remote is waited for. The branch, git's index and the files
are not touched.
"""

from pathlib import Path

from gitstore.disk.files import Files
from gitstore.errors import Damaged, NotSaved, RemoteBroken
from gitstore.git import refs, remotes
from gitstore.git.gate import Gate
from gitstore.git.gitlock import Taken
from gitstore.git.remotes import Remote
from gitstore.objects import packfolder
from gitstore.objects.objects import ObjectReader
from gitstore.transport import ancestry, taking, tracking
from gitstore.transport.route import Asked, Came, Route, Sending
from gitstore.transport.settings import reached
from gitstore.transport.values import Access, Fetched, Limits, Pushed, Rejected
from gitstore.transport.workroom import Workroom

_PATIENCE = 10.0


class Transport:
    """Exchanges with the remotes of one repository; to be used by one thread at a time."""

    def __init__(
        self,
        git_directory: Path,
        access: Access,
        *,
        files: Files | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Choose the way: a `git` program if there is one that can do it, else gitstore speaks for itself.

        Args:
            git_directory: `.git`.
            access: How remotes are reached.
            files: The disk.
            limits: How much is taken.
        """
        self._git = git_directory
        self._files = Files() if files is None else files
        self._access = access
        self._limits = Limits() if limits is None else limits
        self._chosen: Route | None = None
        self._told: tuple[str, ...] = ()
        """The commits that the remote was told of: what came leans on them."""

    def fetch(self, name: str) -> Fetched:
        """Bring what a remote has, with all that it needs, and note where its branch is.

        Args:
            name: Of the remote.

        Returns:
            Where its branch is: `main`, or if it has none the one that its HEAD names. If its history holds
            what git refuses, it is one without that (see `cleaning`), of which the remote knows nothing.

        Raises:
            RemoteError: It is unknown, cannot be reached, lets nobody in, is silent, sends too much or what
                is damaged, holds no store or one of a newer format. None of it was taken.
            NotSaved: Another process is at work for too long, or the disk is full or failed; some packs of it
                may be there. After a crash, too; then the next turn treats them as any other packs.
            Damaged: What is here cannot be read.
        """
        remote = remotes.find(self._git, name)
        try:
            with Workroom(self._files, self._git) as room:
                before = tracking.read(self._git, remote)
                have = self._told = self._have(before)
                asked = Asked(refs.BRANCH, before if before in have else None, have)
                came = self._route().receive(remote, asked, room)
                if came.tip is None:
                    return Fetched(None, came.branch, before, rewound=before is not None)
                return self._take(remote, before, came.tip, came, room)
        except Taken as taken:
            raise NotSaved(f"{taken.path.name} is there: git is at work") from taken
        except OSError as error:
            raise NotSaved(error.strerror or str(error)) from error

    def seen(self, name: str) -> str | None:
        """Return what `refs/remotes/<name>/main` names: what was fetched last, as it is since here.

        Raises:
            RemoteNotFound: The remote is unknown.
        """
        return tracking.read(self._git, remotes.find(self._git, name))

    def push(
        self, name: str, new: str, expected: str | None, *, lease: bool = False, branch: str = refs.BRANCH
    ) -> Pushed | Rejected:
        """Move the branch of a remote if it is where it is expected, and note that it is there.

        Args:
            name: Of the remote.
            new: The commit; it is here with all that it needs.
            expected: Where the remote's branch is, as `fetch` found it; None: it has none yet.
            lease: Whether `new` need not descend from `expected`: history was rewritten on purpose. Without
                it the remote is never rewound.
            branch: What the remote calls it.

        Returns:
            `Rejected` if it is elsewhere by now: fetch, merge and push again.

        Raises:
            ValueError: `new` does not descend from `expected`.
            RemoteRejected: The remote does not allow it (its branch is checked out, a hook).
            RemoteError: It is unknown, cannot be reached, lets nobody in or is silent. If the connection was
                cut late the branch may have moved; `fetch` tells.
            NotSaved: The remote's branch was moved, and that could not be noted here.
            Damaged: What is here cannot be read.
        """
        remote = remotes.find(self._git, name)
        reader = ObjectReader(self._git)
        reader.commit(new)
        descends = (
            expected is None or lease or ancestry.contains(reader.commit, new, expected, reader.shallow())
        )
        if not descends:
            raise ValueError(f"{new} does not descend from {expected}")
        try:
            with Workroom(self._files, self._git) as room:
                before = tracking.read(self._git, remote)
                sending = Sending(branch, new, expected, lease)
                found = self._route().send(remote, sending, room)
                if isinstance(found, Pushed):
                    with self._inside():
                        tracking.move(self._files, self._git, remote, expected=before, new=new)
                return found
        except Taken as taken:
            raise NotSaved(f"{taken.path.name} is there: git is at work") from taken
        except OSError as error:
            raise NotSaved(error.strerror or str(error)) from error

    def _route(self) -> Route:
        if self._chosen is None:
            self._chosen = self._choose()
        return self._chosen

    def _choose(self) -> Route:
        from gitstore.transport.program import Program, is_usable  # noqa: PLC0415  one of them is enough

        git = self._access.git
        if git is not None and is_usable(git, self._access.environment):
            return Program(git, self._git, self._files, self._access, self._limits)
        from gitstore.transport.direct import Direct  # noqa: PLC0415

        return Direct(self._git, self._files, self._access, self._limits)

    def _have(self, before: str | None) -> tuple[str, ...]:
        """Return commits that are here with all that they need: what the remote is told."""
        found: dict[str, None] = {} if before is None else {before: None}
        tip = refs.read(self._git)
        if tip is not None:
            found[tip] = None
        found |= dict.fromkeys(tracking.all_seen(self._git))
        reader = ObjectReader(self._git)
        return tuple(each for each in found if _is_commit(reader, each))

    def _take(self, remote: Remote, before: str | None, tip: str, came: Came, room: Workroom) -> Fetched:
        """Look at what came, and make it the store's."""
        read = taking.reader_of(self._git, room)
        try:
            is_store = taking.is_store(read, remote, tip)
        except Damaged as error:
            raise RemoteBroken(remote.name, str(error)) from error
        if tip == before and not list(room.packs.glob("*.idx")):
            return Fetched(
                tip, came.branch, before, refused=came.refused, left_out=came.left_out, is_store=is_store
            )
        with self._inside():
            if not all(_is_commit(ObjectReader(self._git), each) for each in self._told):
                raise NotSaved("the history was written anew meanwhile")
            names = taking.install(self._files, self._git, room)
            tracking.move(self._files, self._git, remote, expected=before, new=tip)
            for name in names:
                packfolder.release(self._files, self._git, name)
        reader = ObjectReader(self._git)
        rewound = before not in {None, tip} and not ancestry.contains(
            reader.commit, tip, before or "", reader.shallow()
        )
        return Fetched(tip, came.branch, before, rewound, came.refused, came.left_out, is_store)

    def _inside(self) -> "_Inside":
        return _Inside(self._files, self._git)


class _Inside:
    """The gate for a moment."""

    def __init__(self, files: Files, git_directory: Path) -> None:
        self._gate = Gate(files, git_directory / "gitstore")

    def __enter__(self) -> None:
        if not self._gate.wait(_PATIENCE):
            raise NotSaved("another process is at work for too long")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._gate.close()


def _is_commit(reader: ObjectReader, identifier: str) -> bool:
    try:
        reader.commit(identifier)
    except Damaged:
        return False
    return True


__all__ = ["Access", "Fetched", "Limits", "Pushed", "Rejected", "Transport", "reached"]
