"""An export becomes a file: whole or not at all, and never in place of another."""

import os
from contextlib import suppress
from pathlib import Path

from dexter.exports.errors import FileRefused


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet, in one step: after a crash it is there whole, or not at all.

    A crash may leave a file beside it whose name begins with a dot.

    Raises:
        FileRefused: If it is there already, or can't be written. Nothing was changed.
    """
    staged = path.with_name(f".{path.name[:100]}.{os.urandom(4).hex()}")
    try:
        try:
            with staged.open("x", encoding="utf-8", errors="replace", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            _publish(staged, path)
        finally:
            staged.unlink(missing_ok=True)
    except FileExistsError:
        raise FileRefused(path, "it is there already", present=True) from None
    except (OSError, ValueError) as error:
        raise FileRefused(path, getattr(error, "strerror", None) or str(error)) from error


def _publish(staged: Path, path: Path) -> None:
    """Give the file its name if nothing has that name; a link is the one way that never replaces."""
    with suppress(NotImplementedError):
        try:
            os.link(staged, path)
        except FileExistsError:
            raise
        except OSError:  # a disk without links, such as FAT
            pass
        else:
            return
    if os.path.lexists(path):
        raise FileExistsError
    staged.rename(path)
