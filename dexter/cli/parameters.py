"""What commands have in common: the settings of the parser, parameters that several take, the home meant."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from dexter.errors import UsageError
from dexter.paths import nearest_home

Action = Callable[[], int]
"""What is to be done; it returns the exit code."""

SETTINGS: dict[str, Any] = {
    "rich_markup_mode": None,
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["--help", "-h"], "max_content_width": 100},
}
_HOME_HELP = "The data directory. Default: DEXTER_HOME, else the nearest .dexter here or in a parent."

Home = Annotated[str | None, typer.Option("--home", metavar="DIR", help=_HOME_HELP)]
Json = Annotated[bool, typer.Option("--json", help="Machine output.")]
Limit = Annotated[int | None, typer.Option("--limit", "-n", min=1, metavar="N", help="At most so many.")]
At = Annotated[str | None, typer.Option("--at", metavar="WHEN", help="As of a date, commit or ref.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
Session = Annotated[str, typer.Argument(metavar="ID", help="A session's id, or a unique beginning of it.")]


def home_of(given: str | None) -> Path:
    """The data directory, as an absolute path; it need not exist."""
    if given is not None and not given.strip():
        raise UsageError("--home needs a directory.")
    chosen = given or os.environ.get("DEXTER_HOME")
    if not chosen:
        return nearest_home(Path.cwd())
    place = Path.cwd() / chosen
    return place.resolve() if ".." in place.parts else place
