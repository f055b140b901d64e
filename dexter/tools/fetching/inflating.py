"""Bytes that a server packed with gzip, unpacked piece by piece and never beyond a bound."""

import zlib


class TooLarge(Exception):
    """There is more than was agreed."""


class Torn(Exception):
    """The bytes end too early, or are not packed as the server said."""


class Content:
    """Takes the pieces of a body in order; holds at most `largest` bytes of its content.

    Args (of the constructor):
        largest: Bytes of the content, unpacked.
        packed: Whether the pieces are gzip.
    """

    def __init__(self, largest: int, *, packed: bool) -> None:
        self._largest = largest
        self._found = bytearray()
        self._unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS) if packed else None

    def take(self, piece: bytes) -> None:
        """Take one piece.

        Raises:
            TooLarge: If it brings the content over the bound.
            Torn: If it is not packed as it should be.
        """
        if self._unpacking is None:
            self._found += piece
        else:
            # One byte more than there is room for tells that it is too much; never the whole of a bomb.
            room = self._largest - len(self._found) + 1
            try:
                self._found += self._unpacking.decompress(piece, room)
            except zlib.error as error:
                raise Torn(str(error)) from None
        if len(self._found) > self._largest:
            raise TooLarge

    def whole(self) -> bytes:
        """The content.

        Raises:
            Torn: If the packed bytes have no end.
        """
        if self._unpacking is not None and not self._unpacking.eof:
            raise Torn("it breaks off")
        return bytes(self._found)
