"""One machine of a schedule: its home, its clock, and the sessions as they were seen there last."""

import os
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

from dexter.sessions import SessionManager
from dexter.sessions.machines.sync import sync
from dexter.sessions.purging.meeting import clear_both
from dexter.sessions.purging.purge import finish
from gitstore.disk.files import Files
from gitstore.git import remotes
from gitstore.transport import Access
from tests.dexter.machines.looks import Look, look
from tests.dexter.machines.oracle import Place
from tests.support.machines import Machine

NOW = 1_800_000_000.0
_BY = ("-c", "user.name=x", "-c", "user.email=x@y", "-c", "commit.gpgsign=false")


class Drawn:
    """Draws ids as `secrets` does, but the same ones each time."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)

    def choice(self, among: Sequence[str]) -> str:
        return self._chance.choice(among)

    def randbits(self, count: int) -> int:
        return self._chance.getrandbits(count)


class Site(Machine):
    """A machine whose sessions are held open from one step to the next, until it is closed."""

    def __init__(self, name: str, home: Path, skew: float) -> None:
        super().__init__(home, NOW + skew)
        self.name = name
        """What others call it."""
        self.place = Place()
        self.seen: Look = {}
        self.mixed = False
        """Whether git merged lines here."""
        self._manager: SessionManager | None = None

    def opened(self) -> SessionManager:
        """All sessions of the machine."""
        if self._manager is None:
            self._manager = self.manager()
        return self._manager

    def close(self) -> None:
        """End the process."""
        manager, self._manager = self._manager, None
        if manager is not None:
            manager.close()

    def look(self) -> Look:
        """What lies there."""
        return look(self.sessions, mixed=self.mixed)

    def recovered(self) -> Look:
        """What lies there once a new process has been at work on it."""
        self.close()
        self.opened().list_sessions()
        archive = self.opened()._archive
        archive.put_right()
        if archive.purge_is_unfinished:
            finish(archive)
        return self.look()

    def make(self, **remote: str) -> None:
        """Make the repository, with remotes."""
        manager = self.opened()
        manager._archive.make()
        for name, url in remote.items():
            remotes.add(Files(), self.sessions / ".git", name, url)

    def receive(self, other: "Site") -> None:
        """Purge and join as `sync` does; packs and objects come as a fetch would bring them."""
        other.opened()._archive.make()
        theirs, ours = (each.sessions / ".git/objects" for each in (other, self))
        tip = other.head()
        _bring(theirs / "pack", ours / "pack")
        for name in os.listdir(theirs):
            if len(name) == 2:
                (ours / name).mkdir(exist_ok=True)
                _bring(theirs / name, ours / name)
        seen = self.sessions / f".git/refs/remotes/{other.name}/main"
        seen.parent.mkdir(parents=True, exist_ok=True)
        seen.write_text(f"{tip}\n")
        archive = self.opened()._archive
        if archive.purge_is_unfinished:
            finish(archive)
        if clear_both(archive, tip, dry=False).outcome is not None:
            tip = seen.read_text().strip()
        archive.join(tip)

    def is_fresh(self) -> bool:
        """Whether nothing was ever stored here."""
        return len(list(self.opened()._archive.log(None, 2))) == 1

    def head(self) -> str:
        """The commit of the branch."""
        path = self.sessions / ".git/refs/heads/main"
        if path.exists():
            return path.read_text().strip()
        return self.git("rev-parse", "main")

    def sync(self, remote: str, git: Path | None = None) -> None:
        """Meet a remote."""
        access = Access(git, dict(os.environ))
        sync(self.opened()._archive, remote, access, purging=remote == "hub", sleep=lambda _: None)

    def by_hand(self, *arguments: str) -> str:
        """Run git as a person would, with nobody else at work."""
        self.close()
        command = ["git", "-C", str(self.sessions), *_BY, *arguments]
        then = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{self.tick():.0f} +0000")
        done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **then})
        return done.stdout.strip()


def _bring(source: Path, target: Path) -> None:
    """Link files that are not there; what names others comes after them."""
    known = set(os.listdir(target))
    for name in sorted(set(os.listdir(source)) - known, key=lambda each: each.endswith(".idx")):
        if name.endswith((".pack", ".idx")) or "." not in name:
            os.link(source / name, target / name)
