"""Text of a model, a tool or a user in a file that people open: nothing in it is obeyed by what shows it."""

import re

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def plain(text: str) -> str:
    """The text with line feeds as its only line ends, and a picture for every other control character.

    Characters that turn the direction of a text around are dropped. Tabs stay.
    """
    text = _LINE_END.sub("\n", text)
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return _CONTROL.sub(_picture, _TURNING.sub("", text))


def plain_line(text: str) -> str:
    """The text as `plain` makes it, on one line, runs of white space as one space."""
    return " ".join(plain(text).split())


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"
