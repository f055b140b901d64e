"""Which format a file or a folder has, found out from what is in it; and the reading of it."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from dexter.imports import claude_code, codex, gptme, llm_logs, own_exports, plain_layout
from dexter.imports.errors import NotImportable
from dexter.imports.values import Reading
from dexter.sessions.records.encoding import NotAnObject, decode_object

_READERS: Mapping[str, Callable[[Path], Reading]] = {
    own_exports.NAME: own_exports.read,
    plain_layout.NAME: plain_layout.read,
    claude_code.NAME: claude_code.read,
    codex.NAME: codex.read,
    gptme.NAME: gptme.read,
    llm_logs.NAME: llm_logs.read,
}
FORMATS = tuple(_READERS)
_LINES: tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...] = (
    (own_exports.NAME, own_exports.fits),
    (codex.NAME, codex.fits),
    (claude_code.NAME, claude_code.fits),
    (gptme.NAME, gptme.fits),
)
_ENDINGS = (".jsonl", ".json", ".db")
_LOOKED_AT = 1 << 20
_BESIDE = frozenset(["subagents", "tool-results", "workflows", "branches", "views", ".git"])
"""Folders that lie beside sessions and hold none."""


class Source(msgspec.Struct, frozen=True):
    """A file or folder with sessions, and whose format it has."""

    path: Path
    form: str


def find_sources(path: Path, form: str | None = None) -> list[Source]:
    """What there is to read at a path: a file, a folder of one session, or all that is below a folder.

    Args:
        path: A file or folder.
        form: One of `FORMATS` if it is known already. Below a folder, files of others are passed over.

    Raises:
        NotImportable: If it is not there, or has no format that is known.
    """
    if not path.is_dir():
        found = form or _form_of(path)
        if found is None:
            raise NotImportable(path, "its format is not known; if you know it, name it with --from")
        return [Source(path, found)]
    if (path / plain_layout.INDEX).is_file() and form in {None, plain_layout.NAME}:
        return [Source(path, plain_layout.NAME)]
    if (path / gptme.FILE).is_file() and form in {None, gptme.NAME}:
        return [Source(path, gptme.NAME)]
    sources = [Source(file, found) for file in _below(path) if (found := _form_of(file)) is not None]
    sources = [each for each in sources if form in {None, each.form} and each.form != plain_layout.NAME]
    if not sources:
        raise NotImportable(path, "no session of a known format is in it")
    return sources


def read_source(source: Source) -> Reading:
    """The sessions of a source.

    Raises:
        NotImportable: If it can't be read, or is not of that format.
    """
    return _READERS[source.form](source.path)


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):  # links to folders are not followed: no way in a circle
        folders[:] = sorted(name for name in folders if name not in _BESIDE)
        yield from (Path(place) / name for name in sorted(files) if name.endswith(_ENDINGS))


def _form_of(path: Path) -> str | None:
    """The format of a file, None if it has none that is known.

    Raises:
        NotImportable: If it can't be read.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(_LOOKED_AT)
    except OSError as error:
        raise NotImportable(path, error.strerror or str(error)) from error
    if beginning.startswith(llm_logs.BEGINNING):
        return llm_logs.NAME
    for line in beginning.split(b"\n")[:200]:
        try:
            fields = decode_object(line)
        except NotAnObject:
            continue
        found = next((name for name, fits in _LINES if fits(fields)), None)
        if found is not None:
            return found
    return _form_of_object(path, beginning)


def _form_of_object(path: Path, beginning: bytes) -> str | None:
    """The format of a file that is one object over many lines, as far as its beginning tells."""
    if not beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    if path.name == plain_layout.INDEX and b'"sessions"' in beginning:
        return plain_layout.NAME
    told = f'"{own_exports.FORMAT}"'.encode()
    return own_exports.NAME if told in beginning[:4096] else None
