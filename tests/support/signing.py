"""Keys for tests, real ones, and what real programs say of signatures."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gitstore.signing import Form, Signing

needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")
needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")

GPG_ID = "Test Person <test.person@example.invalid>"


def ssh_key(folder: Path, name: str = "key", passphrase: str = "") -> Path:
    """A new key for ssh; its public half lies beside it."""
    path = folder / name
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def fingerprint(key: Path) -> str:
    """The fingerprint of a key for ssh, as ssh-keygen shows it."""
    done = subprocess.run(["ssh-keygen", "-lf", str(key)], check=True, capture_output=True, text=True)
    return done.stdout.split()[1]


def allowed(folder: Path, *lines: tuple[str, Path]) -> Path:
    """A file that says whose keys are; what comes before the key may hold options."""
    path = folder / "allowed"
    path.write_text("".join(f"{who} {key.with_suffix('.pub').read_text()}" for who, key in lines))
    return path


def by_ssh(store: Path, key: Path, names: Path | None = None) -> Signing:
    """How is signed with a key for ssh."""
    return Signing(dict(os.environ), store, Form.SSH, str(key), allowed=names)


@contextmanager
def gpg_home() -> Iterator[Path]:
    """A home of gpg's; its path is short, because sockets of the agent lie in it."""
    path = Path(tempfile.mkdtemp(prefix="gpg-"))
    try:
        yield path
    finally:
        kill = ["gpgconf", "--homedir", str(path), "--kill", "all"]
        subprocess.run(kill, capture_output=True, check=False)
        shutil.rmtree(path, ignore_errors=True)


def gpg_key(home: Path, who: str = GPG_ID, *, passphrase: str = "", expires: str = "never") -> str:
    """A new key for gpg; its fingerprint."""
    gpg(home, "--passphrase", passphrase, "--quick-gen-key", who, "ed25519", "sign", expires)
    listed = gpg(home, "--with-colons", "--list-secret-keys", f"={who}")
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))


def gpg(home: Path, *arguments: str) -> str:
    """What gpg prints."""
    command = ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def by_gpg(store: Path, home: Path, key: str | None = None) -> Signing:
    """How is signed with a key for gpg."""
    return Signing({**os.environ, "GNUPGHOME": str(home)}, store, Form.OPENPGP, key)


def configure(store: Path, **settings: str) -> None:
    """Set git's settings of a repository; `gpg_format` stands for `gpg.format`, `__` for what is below."""
    for name, value in settings.items():
        key = name.replace("_", ".")
        subprocess.run(["git", "-C", str(store), "config", key, value], check=True)
