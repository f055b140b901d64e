"""The tools that write files below the working directory; a person sees the difference before it is made."""

import asyncio
from collections.abc import Callable
from typing import Any

from dexter.permissions.deciding import FileAction
from dexter.permissions.names import hidden
from dexter.permissions.rules import EDIT, WRITE, Rule
from dexter.tools.acting.consent import Proposal, Tell
from dexter.tools.acting.errors import FileTrouble
from dexter.tools.acting.reading_tools import MOST_BYTES, text_of
from dexter.tools.acting.showing import changes, counted, visible
from dexter.tools.acting.workplace import Workplace
from dexter.tools.errors import BadArgument
from dexter.tools.registry import Tool

MOST_WRITTEN = 1_000_000
_STEERS = "hidden files steer shells, editors and builds"


def write_tool(place: Workplace, tell: Tell) -> Tool:
    """The tool that writes a whole file."""

    async def write_file(path: str, content: str) -> dict[str, Any]:
        """Write a text file below the working directory; the user sees it first and may say no.

        Use it only if the user asked for a file. A file that is there is replaced: to change a part of it,
        use edit_file.

        Args:
            path: Relative to the working directory, such as reports/q3.md; folders are made as needed.
            content: The whole text of the file.
        """
        return await _write(place, tell, WRITE, path, lambda _: content)

    return Tool(WRITE, "Writing a file", write_file, own_time=True, alone=True)


def edit_tool(place: Workplace, tell: Tell) -> Tool:
    """The tool that changes a part of a file."""

    async def edit_file(path: str, old: str, new: str, everywhere: bool = False) -> dict[str, Any]:
        """Replace a part of a text file below the working directory; the user sees the change and may say no.

        Args:
            path: Relative to the working directory.
            old: The text to replace, exactly as it stands in the file, with enough around it to be the only
                one.
            new: What stands there afterwards.
            everywhere: Replace all places where the old text stands.
        """

        def edited(before: str | None) -> str:
            if before is None:
                raise FileTrouble(path, "is not there")
            count = before.count(old) if old else 0
            if count == 0:
                raise BadArgument("old", "does not stand in the file: read the file again")
            if count > 1 and not everywhere:
                raise BadArgument("old", f"stands in the file {count} times: give more of what is around it")
            return before.replace(old, new)

        return await _write(place, tell, EDIT, path, edited)

    return Tool(EDIT, "Changing a file", edit_file, special=True, own_time=True, alone=True)


async def _write(
    place: Workplace, tell: Tell, tool: str, path: str, made: Callable[[str | None], str]
) -> dict[str, Any]:
    """Ask, then write what `made` makes of the text that is there."""
    folder = place.folder
    parts = folder.parts(path)
    name = "/".join(parts)
    held = await asyncio.to_thread(folder.found, parts, MOST_BYTES)
    before = None if held is None else text_of(held, name)
    after = made(before)
    try:
        content = after.encode()
    except UnicodeEncodeError:
        raise BadArgument("content", "holds characters that are no text") from None
    if len(content) > MOST_WRITTEN:
        raise BadArgument("content", f"has more than {MOST_WRITTEN:,} bytes")
    if content == held:
        return {"path": name, "written": False, "because": "the file holds exactly this already"}
    lines = await asyncio.to_thread(changes, before, after)
    how = "Write" if before is None else "Change"
    new = ", a new file," if before is None else ""
    proposal = Proposal(f"{how} {visible(name)}{new} {counted(lines)} lines", lines, _rule(parts))
    floor = _STEERS if hidden(parts) else ""
    await place.consent.need(FileAction(tool, parts), proposal, tell, floor=floor)
    await asyncio.to_thread(folder.write, parts, content, instead_of=held)
    return {"path": name, "written": True, "bytes": len(content), "lines": counted(lines)}


def _rule(parts: tuple[str, ...]) -> Rule | None:
    """What would allow more of the same: all of the folder, or the one file in the working directory."""
    if any(char in part for part in parts for char in "*?()"):
        return None
    return Rule(WRITE, "/".join([*parts[:-1], "**"]) if len(parts) > 1 else parts[0])
