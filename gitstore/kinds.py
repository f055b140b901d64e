"""The kinds of git's objects, and what makes the id of one."""

import hashlib

COMMIT, TREE, BLOB, TAG = 1, 2, 3, 4
KINDS = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob", TAG: b"tag"}


def identify(kind: int, content: bytes) -> str:
    """Return the id of an object, 40 hexadecimal digits."""
    digest = hashlib.sha1(b"%s %d\0" % (KINDS[kind], len(content)), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()
