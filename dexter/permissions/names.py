"""Names that hold secrets or steer other programs: which files are never touched, whatever a rule says."""

import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase

_FORBIDDEN = (
    # Histories and their hooks, our own data, and the places of keys.
    *(".git", ".dexter", ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store"),
    *(".env*", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".netrc", "_netrc", ".pgpass", ".npmrc", ".pypirc"),
    *(".git-credentials", ".htpasswd", "credentials", "credentials.json", "git~1", "*.agekey"),
)


def forbidden(parts: Sequence[str]) -> str:
    """The first of the names that is never read or written, or nothing.

    Compared as the most forgiving file system would: without regard to case, width or letters unseen.

    Args:
        parts: The names of a path, from the outermost folder on.
    """
    return next((part for part in parts if _forbidden(_folded(part))), "")


def hidden(parts: Sequence[str]) -> bool:
    """Whether a path has a name that listings leave out: such files steer shells, editors and builds."""
    return any(_folded(part).startswith(".") for part in parts)


def _forbidden(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in _FORBIDDEN)


def _folded(name: str) -> str:
    seen = "".join(char for char in name if unicodedata.category(char) not in {"Cf", "Cc"})
    return unicodedata.normalize("NFKC", seen).casefold().rstrip(" .") or name
