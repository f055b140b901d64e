"""A disk that tells what becomes of which file, by its name: for the order of writing."""

from pathlib import Path
from typing import Any

from gitstore.disk.files import Files


class Telling(Files):
    """A disk that tells what becomes of which file, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._names: dict[int, str] = {}

    def at(self, told: str) -> int:
        """Where it was told first; a name may be cut short."""
        return next(rank for rank, each in enumerate(self.told) if each.startswith(told))

    def create(self, path: str | Path, **options: Any) -> int:
        descriptor = super().create(path, **options)
        self._names[descriptor] = Path(path).name
        return descriptor

    def open_append(self, path: str | Path, **options: Any) -> int:
        descriptor = super().open_append(path, **options)
        self._names[descriptor] = Path(path).name
        return descriptor

    def write(self, descriptor: int, content: bytes | bytearray) -> None:
        super().write(descriptor, content)
        self.told.append(f"write {self._names.get(descriptor)}")

    def flush(self, descriptor: int) -> None:
        super().flush(descriptor)
        self.told.append(f"flush {self._names.get(descriptor)}")

    def flush_directory(self, path: str | Path) -> None:
        super().flush_directory(path)
        self.told.append(f"flush folder {Path(path).name}")

    def rename(self, old: str | Path, new: str | Path, **options: Any) -> None:
        super().rename(old, new, **options)
        self.told.append(f"rename {Path(new).name}")

    def link(self, old: str | Path, new: str | Path) -> None:
        super().link(old, new)
        self.told.append(f"link {Path(new).name}")

    def unlink(self, path: str | Path, **options: Any) -> None:
        super().unlink(path, **options)
        self.told.append(f"unlink {Path(path).name}")
