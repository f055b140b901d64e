"""Machines of one person: a home each, with a clock of its own, and how one takes what another has."""

import contextlib
import os
import subprocess
from pathlib import Path

from dexter.sessions import SessionManager
from dexter.sessions.archive import Archive
from gitstore import Joining

WHO = ("Ada", "ada@example.invalid")


class Machine:
    """One machine. What it does is done as the program does it: everything is opened and closed again."""

    def __init__(self, home: Path, now: float = 1_800_000_000.0) -> None:
        self.home = home
        self.now = now

    @property
    def sessions(self) -> Path:
        """The repository."""
        return self.home / "sessions"

    def tick(self) -> float:
        """A second later."""
        self.now += 1
        return self.now

    def manager(self) -> SessionManager:
        """All sessions of the machine."""
        return SessionManager(self.home, identity=WHO, clock=self.tick)

    def archive(self) -> Archive:
        """The repository, opened."""
        return Archive(self.home, identity=lambda: WHO, clock=self.tick)

    def ask(self, session_id: str | None, query: str) -> str:
        """Ask something in a session, or in a new one; its id."""
        with self.manager() as manager:
            if session_id is None:
                session_id = manager.start_new("m", "p").id
            else:
                manager.resume(session_id, record=False)
            manager.save_exchange(
                query=query,
                answer="yes",
                summary=None,
                model="m",
                status="complete",
                duration=1,
                token_usage=None,
            )
        return session_id

    def queries(self, session_id: str) -> list[str]:
        """What was asked in a session, in the order of the ids."""
        with self.manager() as manager:
            return [exchange.query for exchange in manager.show(session_id).exchanges]

    def ids(self) -> set[str]:
        """The sessions."""
        with self.manager() as manager:
            return {each.id for each in manager.list_sessions()}

    def git(self, *arguments: str) -> str:
        """What real git says."""
        command = ["git", "-C", str(self.sessions), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    @property
    def tip(self) -> str:
        """The branch's commit."""
        with self.archive() as archive:
            archive.make()
            snapshot = archive.snapshot()
            assert snapshot is not None
            return snapshot.commit

    def take(self, other: "Machine", tip: str | None = None) -> Joining:
        """Join what another machine has, or had at a commit; its objects come as a fetch would bring them."""
        wanted = tip or other.tip
        with self.archive() as archive:
            archive.make()
            theirs, ours = (each.sessions / ".git/objects" for each in (other, self))
            for path in sorted(theirs.rglob("*"), key=lambda each: each.suffix == ".idx"):
                if path.is_file() and path.suffix in {"", ".pack", ".idx"}:  # packs before what names them
                    target = ours / path.relative_to(theirs)
                    target.parent.mkdir(exist_ok=True)
                    with contextlib.suppress(FileExistsError):
                        os.link(path, target)
            return archive.join(wanted)
