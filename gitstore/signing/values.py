"""How is signed, and what a signature came to, as values."""

import enum
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gitstore.objects.signatures import Form


class Signing(msgspec.Struct, frozen=True):
    """What signs and verifies, as the user's git is configured. Nothing of it is looked up here."""

    environment: Mapping[str, str]
    """Of the programs: all of it."""
    folder: Path
    """Where they run, and to what relative paths are relative: the work tree."""
    form: Form = Form.OPENPGP
    """Of what is signed here; what others signed is verified by its own."""
    key: str | None = None
    """`user.signingKey`: for gpg what names a key; for ssh a file, or `key::` and a public key that an agent
    has. None: gpg is asked for the key of who signs."""
    gpg: str = "gpg"
    ssh: str = "ssh-keygen"
    key_command: str | None = None
    """`gpg.ssh.defaultKeyCommand`: prints a key for ssh if none is named."""
    allowed: Path | None = None
    """`gpg.ssh.allowedSignersFile`: whose the keys for ssh are."""
    revoked: Path | None = None
    """`gpg.ssh.revocationFile`."""


class Verdict(enum.StrEnum):
    """What a signature is worth."""

    GOOD = "good"
    """It fits, and whose the key is is known here."""
    UNKNOWN_KEY = "unknown key"
    """It fits (ssh, or a key of gpg's that is not trusted), or the key that it is by is not here (gpg)."""
    EXPIRED = "expired"
    """It fits; signature or key have expired since, or the key was not yet, or no longer, to be used then."""
    REVOKED = "revoked"
    """The key was revoked."""
    BAD = "bad"
    """It does not fit: the commit was altered after it was signed, or the signature was."""
    UNCHECKED = "not checked"
    """The program that could tell is not there, or does not know such signatures."""


class Verified(msgspec.Struct, frozen=True):
    """What became of one signature."""

    verdict: Verdict
    form: Form
    key: str | None = None
    """The fingerprint; of gpg, where no more is known, the last 16 digits of it."""
    identity: str | None = None
    """Whose the key is, as far as that is known here."""
    fits: bool = False
    """Whether the commit is shown to be what the key has signed, whoever has that key."""
    reason: str = ""
