"""A real browser without a window, where there is one."""

import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def browser() -> str | None:
    """The program, None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def dump(page: Path, profile: Path, *, fragment: str = "") -> str:
    """The elements of a page after its script has run, as HTML."""
    program = browser()
    assert program is not None
    command = [program, *_FLAGS, f"--user-data-dir={profile}", "--dump-dom", f"{page.as_uri()}{fragment}"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=90)
    return done.stdout.decode("utf-8", "replace")
