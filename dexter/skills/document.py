"""A SKILL.md: front matter of `key: value` lines between `---`, then the text that a model gets to read.

Of YAML it takes what skills use: plain and quoted values, and texts folded (`>`) or as they are (`|`) in
indented lines. Fields that it does not know, nested ones too, are left alone.
"""

import re
from pathlib import Path

import msgspec

from dexter.tools.fetching.text import one_line, plain

FILE = "SKILL.md"
MOST_BYTES = 60_000
"""About what a tool result may have of a model's window."""
LONGEST_NAME = 64
LONGEST_DESCRIPTION = 1_024

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FIELD = re.compile(r"([A-Za-z_][\w-]*):(?:\s+(.*))?")
_BLOCK = re.compile(r"([|>])[+-]?")
_COMMENT = re.compile(r"\s#.*")


class Unfit(Exception):
    """A file is no skill; `str()` of it is the reason, to follow "because"."""


class Skill(msgspec.Struct, frozen=True):
    """Instructions for one kind of task.

    Attributes:
        name: What it is called by.
        description: What it is for and when to use it, on one line.
        text: The instructions, in markdown.
        path: The file.
        origin: Where it comes from, in words.
    """

    name: str
    description: str
    text: str
    path: Path
    origin: str


def read_skill(path: Path, origin: str) -> Skill:
    """The skill in a file.

    Raises:
        Unfit: If it is none.
        OSError: If it can't be read.
    """
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Unfit(f"it is longer than {MOST_BYTES:,} bytes")
    try:
        text = plain(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unfit("it is not in UTF-8") from None
    front, body = _parted(text)
    fields = fields_of(front)
    name, description = fields.get("name", ""), one_line(fields.get("description", ""), LONGEST_DESCRIPTION)
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise Unfit("its name is not in lower-case letters, digits and single hyphens, 64 at most")
    if not description:
        raise Unfit("it has no description")
    if not body.strip():
        raise Unfit("it says nothing after its front matter")
    return Skill(name, description, body.strip(), path, origin)


def _parted(text: str) -> tuple[list[str], str]:
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise Unfit("it does not begin with front matter between lines of ---")
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return lines[1:number], "\n".join(lines[number + 1 :])
    raise Unfit("its front matter has no end: a line of ---")


def fields_of(lines: list[str]) -> dict[str, str]:
    """The fields of front matter; of one that stands there twice, or nests others, nothing is guessed.

    Raises:
        Unfit: If a line is neither a field nor belongs to one, or a field stands there twice.
    """
    fields: dict[str, str] = {}
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _FIELD.fullmatch(line.rstrip())
        if match is None:
            raise Unfit(f"its front matter has a line that is no field: {one_line(line, 60)}")
        if match[1] in fields:
            raise Unfit(f"its front matter says {match[1]} twice")
        inside: list[str] = []
        while at < len(lines) and (not lines[at].strip() or lines[at][0] in " \t-"):
            inside.append(lines[at].strip())
            at += 1
        fields[match[1]] = _value((match[2] or "").strip(), inside)
    return fields


def _value(first: str, inside: list[str]) -> str:
    if block := _BLOCK.fullmatch(first):
        return ("\n" if block[1] == "|" else " ").join(inside).strip()
    whole = " ".join([first, *(line for line in inside if line)]).strip()
    if whole[:1] in {"'", '"'}:
        return _unquoted(whole)
    return _COMMENT.sub("", whole).strip()


def _unquoted(value: str) -> str:
    quote = value[0]
    end = re.compile(r"'((?:[^']|'')*)'(?:\s+#.*)?" if quote == "'" else r'"((?:[^"\\]|\\.)*)"(?:\s+#.*)?')
    match = end.fullmatch(value)
    if match is None:
        raise Unfit(f"its front matter has a quoted value without an end: {one_line(value, 60)}")
    if quote == "'":
        return match[1].replace("''", "'")
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), match[1])
