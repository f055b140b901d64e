"""What was asked on the command line, as one value that the ways to run dexter share."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from dexter.paths import Home


class Options(msgspec.Struct, frozen=True):
    """The options of one run, already checked against each other.

    `home` is the `.dexter` directory, which need not exist. `directory` is the working directory. `session`
    is an id or a prefix as the user typed it. `print_query` is None without `--print`; `-` stands for
    standard input. `refresh`: what the cache has of sources is asked for anew. `no_recall`: nothing of
    earlier sessions is offered to the model.
    """

    home: Path
    directory: Path
    environment: Mapping[str, str]
    session: str | None = None
    continue_: bool = False
    resume: bool = False
    print_query: str | None = None
    model: str | None = None
    no_session: bool = False
    refresh: bool = False
    no_recall: bool = False
    json: bool = False

    @property
    def paths(self) -> Home:
        """Where things lie below the data directory."""
        return Home(self.home)
