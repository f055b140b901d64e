"""Signatures in commits, as git writes them: put in, found, taken out; nothing is verified here."""

import base64
import binascii
import enum
import hashlib

_HEADER = b"gpgsig "
_FAMILY = b"gpgsig"
"""What all headers of signatures begin with; git leaves out every one of them of what is signed."""


class Form(enum.StrEnum):
    """How a signature is written; the values are those of git's `gpg.format`."""

    OPENPGP = "openpgp"
    SSH = "ssh"
    X509 = "x509"
    UNKNOWN = "unknown"


_BEGINS = {
    b"-----BEGIN PGP SIGNATURE-----": Form.OPENPGP,
    b"-----BEGIN PGP MESSAGE-----": Form.OPENPGP,
    b"-----BEGIN SSH SIGNATURE-----": Form.SSH,
    b"-----BEGIN SIGNED MESSAGE-----": Form.X509,
}


def split(content: bytes) -> tuple[bytes, bytes | None]:
    """Return what of a commit is signed, and the signature if there is one, as git takes them apart."""
    head, gap, message = content.partition(b"\n\n")
    if b"\n" + _FAMILY not in head:
        return content, None
    signed: list[bytes] = []
    signature: list[bytes] | None = None
    within = beside = False
    for line in head.split(b"\n"):
        if line.startswith(_HEADER) or (within and line.startswith(b" ")):
            signature = [] if signature is None else signature
            signature.append(line[1:] if line.startswith(b" ") else line[len(_HEADER) :])
            within, beside = True, False
        elif line.startswith(_FAMILY) or (beside and line.startswith(b" ")):
            within, beside = False, True
        else:
            within = beside = False
            signed.append(line)
    found = None if signature is None else b"".join(line + b"\n" for line in signature)
    return b"\n".join(signed) + gap + message, found


def strip(content: bytes) -> bytes:
    """Return a commit without its signatures: what is changed in it would not fit them any more.

    A commit that has none comes back as it is.
    """
    return split(content)[0]


def insert(content: bytes, signature: bytes) -> bytes:
    """Return a commit with a signature of it. `split` gives both back.

    Args:
        content: Of a commit that has none.
        signature: As gpg or ssh-keygen wrote it, in lines.
    """
    head, _, message = content.partition(b"\n\n")
    lines = signature.replace(b"\r", b"").rstrip(b"\n").split(b"\n")
    return head + b"\n" + _HEADER + b"\n ".join(lines) + b"\n\n" + message


def is_signed(content: bytes) -> bool:
    """Say whether a commit carries a signature, of whatever worth."""
    at = content.find(b"\n" + _HEADER)
    return at >= 0 and at < content.find(b"\n\n")


def form_of(signature: bytes) -> Form:
    """Return how a signature is written."""
    return _BEGINS.get(signature.partition(b"\n")[0].rstrip(), Form.UNKNOWN)


def ssh_fingerprint(signature: bytes) -> str | None:
    """Return the fingerprint of the key that an ssh signature says it is by, as ssh-keygen shows it."""
    lines = [line for line in signature.split(b"\n") if line and not line.startswith(b"-----")]
    try:
        blob = base64.b64decode(b"".join(lines), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not blob.startswith(b"SSHSIG") or len(blob) < 14:
        return None
    key = blob[14 : 14 + int.from_bytes(blob[10:14], "big")]
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
