"""Which run of the system this is: what was not flushed in an earlier one may be lost."""

from pathlib import Path

_ID = Path("/proc/sys/kernel/random/boot_id")


def current() -> str | None:
    """Return what tells this run of the system from all others; None where it does not say."""
    try:
        return _ID.read_text("ascii", "replace").strip() or None
    except OSError:
        return None
