"""A checksum that goes on from where nothing has changed yet is the checksum of the whole."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from gitstore.disk.checksum import Checksum


def sha1(content: bytes | bytearray) -> bytes:
    return hashlib.sha1(content, usedforsecurity=False).digest()


CHANGES = st.lists(
    st.tuples(st.integers(0, 400_000), st.binary(max_size=20), st.integers(0, 90_000)), max_size=8
)


@given(st.integers(0, 300_000), CHANGES)
def test_whatever_changes_in_between(size: int, changes: list[tuple[int, bytes, int]]) -> None:
    content = bytearray(bytes(size))
    checksum = Checksum()
    for at, put_in, taken in [(0, b"", 0), *changes]:
        start = min(at, len(content))
        content[start : start + taken] = put_in
        checksum.changed(start)
        assert checksum.of(content, b"tail") == sha1(content + b"tail")
        assert checksum.of(content, b"") == sha1(content)
