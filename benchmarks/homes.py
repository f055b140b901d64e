"""Homes to measure in: made once and shared by the benchmarks of one run, and folders that are their own."""

import os
import shutil
import tempfile
from pathlib import Path

from benchmarks.filling import Writer, fill, names

RARE = 20_000
"""Rare words that answers have; see `Writer`."""


class Homes:
    """A folder with homes in it, which several processes may use one after the other."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, made if need be."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def filled(self, sessions: int, exchanges: int = 1) -> Path:
        """The home with so many sessions of so many exchanges of 3 KB each; others may have added to it."""
        home = self._folder / f"{sessions}x{exchanges}"
        if not home.exists():
            part = home.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            fill(part / "sessions", names(sessions), Writer(rare=RARE), exchanges=exchanges)
            # git's index knows when the files changed, not where they are: the folder can be renamed.
            part.rename(home)
        return home

    def folder(self, name: str) -> Path:
        """A new folder of one's own."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folder))


def project() -> dict[str, str]:
    """The environment in which a process finds this package."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
