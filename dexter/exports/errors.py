"""The error of exports; where it stands in the tree of all errors is drawn in `dexter.errors`."""

from pathlib import Path

from dexter.errors import DexterError


class FileRefused(DexterError):
    """The file of an export can't be written, or is there already; nothing was changed."""

    def __init__(self, path: Path, reason: str, *, present: bool = False) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason
        self.present = present
