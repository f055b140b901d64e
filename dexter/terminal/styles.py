"""How few words look: weights and the colours that can be read on light and on dark backgrounds.

Owns the escape sequences of the lines that we write by hand; markdown has rich for that. Only the terminal's
own sixteen colours are used, so that the user's palette decides what red is.
"""

import msgspec

_RESET = "\x1b[0m"
_SERIES = ("36", "33", "35", "32", "34", "31")


class Paint(msgspec.Struct, frozen=True):
    """Gives words a look: `weight` allows bold and dim, `colour` allows colours (not under NO_COLOR)."""

    weight: bool = True
    colour: bool = True

    def bold(self, text: str) -> str:
        """The text, heavier."""
        return self._weighted("1", text)

    def dim(self, text: str) -> str:
        """The text, fainter."""
        return self._weighted("2", text)

    def green(self, text: str) -> str:
        """The text in green: something went well."""
        return self._coloured("32", text)

    def red(self, text: str) -> str:
        """The text in red: something went wrong."""
        return self._coloured("31", text)

    def yellow(self, text: str) -> str:
        """The text in yellow, which is brown on many light backgrounds: mind this."""
        return self._coloured("33", text)

    def series(self, number: int, text: str) -> str:
        """The text in the colour of one of several series, from 0."""
        return self._coloured(_SERIES[number % len(_SERIES)], text)

    def _weighted(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.weight and text else text

    def _coloured(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.colour and text else text
