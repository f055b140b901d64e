"""The error of imports; where it stands in the tree of all errors is drawn in `dexter.errors`."""

from pathlib import Path

from dexter.errors import DexterError


class NotImportable(DexterError):
    """A file holds no session that can be read; nothing of it was taken in."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason
