"""What the parts of a repair share: the disk, the quarantine, and the list of what was done."""

from collections.abc import Callable
from pathlib import Path

from gitstore.disk.files import Files
from gitstore.problems import Action, Progress
from gitstore.repairing.quarantine import Quarantine
from gitstore.values import Identity


class Workshop:
    """One repair of one repository."""

    def __init__(
        self,
        git: Path,
        *,
        files: Files,
        clock: Callable[[], float],
        identity: Callable[[], Identity],
        progress: Progress,
    ) -> None:
        self.git = git
        self.files = files
        self.clock = clock
        self.identity = identity
        self.progress = progress
        self.quarantine = Quarantine(files, git, clock())
        self.actions: list[Action] = []

    def did(self, what: str, place: str, detail: str) -> None:
        """Note what was done."""
        self.actions.append(Action(what, place, detail))

    def set_aside(self, name: str, why: str) -> None:
        """Move a file of the repository to the quarantine. Raises OSError."""
        self.quarantine.move(name, why)
        self.did("set aside", f".git/{name}", why)

    def replace(self, name: str, content: bytes, why: str) -> None:
        """Write a file of the repository anew; what it held is kept. Raises OSError."""
        path = self.git / name
        self.quarantine.copy(name, why)
        stage = self.git / "gitstore" / "stage"
        self.files.make_directories(stage)
        self.files.make_directories(path.parent)
        self.files.replace(path, content, stage=stage / "repaired")
        self.did("rebuilt", f".git/{name}", why)
