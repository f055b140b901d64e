"""Texts that others wrote: without what could deceive a reader or a terminal, and marked as quoted.

Owns the marks. A quoted text can't hold the mark that ends it: the mark names a digest of the text.
"""

import hashlib
import re
import unicodedata

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_PLAIN = re.compile(r"[\t\n -~]*")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_MARK = re.compile(r"<(?=\s*/?\s*quoted\b)", re.IGNORECASE)
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def plain(text: str) -> str:
    """The text with newlines and tabs, but without any other control, format or private character.

    What has no width goes, too: directions, joiners and the letters of the tag block, in which orders can
    be written that nobody sees.
    """
    if _PLAIN.fullmatch(text):
        return text
    text = _LINE_ENDS.sub("\n", text)
    # By the letters that there are, not by each place: a report has millions of places.
    bad = [each for each in set(text) if each not in "\n\t" and unicodedata.category(each) in _HIDDEN]
    return re.sub(f"[{re.escape(''.join(bad))}]+", "", text) if bad else text


def one_line(text: str, most: int = 200) -> str:
    """The text cleaned, on one line, and if it is longer than `most` characters cut with an ellipsis."""
    # Only the beginning is looked at: what comes from a server may be megabytes.
    line = " ".join(_SPACES.sub(" ", plain(text[: most * 20])).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def quoted(text: str, origin: str) -> str:
    """The text between marks that say where it comes from, for a model.

    Args:
        text: A text that `plain` made.
        origin: Its address.
    """
    inside = _MARK.sub("(", text)
    mark = hashlib.sha256(inside.encode()).hexdigest()[:12]
    return f"<quoted {mark} from {origin}>\n{inside}\n</quoted {mark}>"
