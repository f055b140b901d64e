"""Which format and which file `/export` means."""

from pathlib import Path

from dexter.exports.formats import FORMATS, format_of


def named(argument: str, session_id: str) -> tuple[str, str] | None:
    """The format and the name of the file, None if the name says no format.

    Args:
        argument: What was typed behind `/export`: a format, a file, both or nothing.
        session_id: Names the file if nothing else does.
    """
    first, _, rest = argument.partition(" ")
    if first.casefold() in FORMATS:
        form = first.casefold()
        return form, rest.strip() or f"dexter-{session_id}.{form}"
    if not argument:
        return "md", f"dexter-{session_id}.md"
    ending = Path(argument).suffix
    meant = format_of(ending) if ending else "md"
    return None if meant is None else (meant, argument)
