"""SHA-1 of a long content of which little changes from one time to the next."""

import hashlib

_STEP = 64 << 10
"""Bytes after which the state so far is kept."""


class Checksum:
    """Goes on from the last state before what changed, instead of from the beginning."""

    def __init__(self) -> None:
        self._states = [hashlib.sha1(usedforsecurity=False)]
        """After so many steps each: none, one, two, ..."""

    def changed(self, at: int) -> None:
        """Forget what depends on the content from an offset on."""
        del self._states[at // _STEP + 1 :]

    def of(self, content: bytearray, more: bytes) -> bytes:
        """Return the 20 bytes of the checksum.

        Args:
            content: As it was the last time, but from where `changed` said on.
            more: What follows it.
        """
        with memoryview(content) as view:
            done = (len(self._states) - 1) * _STEP
            state = self._states[-1].copy()
            for end in range(done + _STEP, len(content) + 1, _STEP):
                state.update(view[done:end])
                self._states.append(state.copy())
                done = end
            state.update(view[done:])
        state.update(more)
        return state.digest()
