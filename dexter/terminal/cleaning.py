"""Text from a model, a tool, a file or a remote, made safe to show.

Owns which characters a terminal would obey rather than show, and what stands in their place. Cheap to import:
every command that prints uses it. Nothing here knows of widths or colours.

What happens to which character:

- a complete escape sequence (colour, cursor movement, title, link) is dropped, the text around it stays;
- any other control character is shown as its picture (U+2400 and following), so that nothing is hidden;
- line ends of all kinds become one newline, a tab becomes spaces: how far it jumps depends on the column;
- bidirectional overrides and characters of no width, which make a line read as something else, are dropped;
  joiners stay where scripts and emoji need them, which is not beside ASCII;
- combining marks stay, a few to a character; at the start of a line they get a circle to stand on;
- half a surrogate pair, which no output encoding can write, becomes U+FFFD.
"""

import re

_TAB = "    "

_MOST_MARKS = 4
"""Combining marks kept on one character; more of them paint over the lines around it."""

# Texts, which `re` compiles when they are first needed, and keeps: plain text needs none of them.
_SEQUENCE = (
    # CSI: colours, cursor, modes
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"
    # OSC, DCS and the like: titles, links, clipboard
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x00-\x08\x0a-\x1f\x7f-\x9f]{0,4096}(?:\x07|\x1b\\|\x9c)"
    # character sets, and the short ones such as reset
    r"|\x1b[ -/]{1,3}[0-~]|\x1b[0-Z\\^-~]"
)
_LINE_END = "\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]"
_ODD = (
    "[\x00-\x09\x0b-\x1f\x7f-\x9f"
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufffe\uffff\U000e0000-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PRINTABLE_ODD = f"[\u034f\u180b-\u180f\U000e0000-\U000e0fff{_MARK[1:-1]}]"
_HEAP_OF_MARKS = f"({_MARK}{{{_MOST_MARKS}}}){_MARK}+"
_LEADING_MARK = f"(?m)^(?={_MARK})"


def clean(text: str, keep_newlines: bool = True) -> str:
    r"""The text without anything that a terminal would obey.

    Cleaning twice changes nothing more. Clean whole pieces: of an escape sequence cut in two, pictures show.

    Args:
        text: Anything, half surrogates included.
        keep_newlines: Otherwise a line end becomes one space, for text that must stay on one line.

    Returns:
        Text with no control character but the newline, that every Unicode encoding can write.
    """
    if _is_plain(text):
        return text if keep_newlines else text.replace("\n", " ")
    return _cleaned(text, keep_newlines=keep_newlines)


def _is_plain(text: str) -> bool:
    """Whether there is nothing to clean but perhaps line ends: the usual text, found out 20 times as fast."""
    if not text.replace("\n", "").isprintable():
        return False
    return text.isascii() or re.search(_PRINTABLE_ODD, text) is None


def _cleaned(text: str, *, keep_newlines: bool) -> str:
    text = re.sub(_SEQUENCE, "", text)
    text = re.sub(_LINE_END, "\n" if keep_newlines else " ", text)
    text = re.sub(_ODD, _instead, text)
    return re.sub(_LEADING_MARK, "\u25cc", re.sub(_HEAP_OF_MARKS, r"\1", text))


def one_line(text: str) -> str:
    """The text cleaned and brought onto one line, runs of white space as one space, none at the ends."""
    if text.isascii() and text.isprintable():  # then a blank is all the white space there can be
        return " ".join(text.split()) if "  " in text else text.strip()
    return " ".join(clean(text, keep_newlines=False).split())


def _instead(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if char == "\t":
        return _TAB
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if code < 0xA0 or 0xD800 <= code <= 0xDFFF or code in {0xFFFE, 0xFFFF}:
        return "\ufffd"
    if char in _JOINERS and _between_letters(match):
        return char
    return ""


def _between_letters(match: re.Match[str]) -> bool:
    text, place = match.string, match.start()
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    return all(near and not near.isascii() and not re.match(_ODD, near) for near in (before, after))
