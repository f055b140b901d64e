"""Arguments of `sessions purge` to an action."""

import functools
from typing import Annotated

import typer

from dexter.cli.parameters import Action, Home, Json, Yes, home_of
from dexter.cli.stored.session_arguments import group
from dexter.errors import UsageError


@group.command("purge")
def _purge(
    context: typer.Context,
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID|ID@EXCHANGE]...", help="Sessions, also deleted ones, and exchanges."),
    ] = None,
    *,
    pattern: Annotated[
        str | None,
        typer.Option("--pattern", metavar="REGEX", help="Every text that this fits; -: read from stdin."),
    ] = None,
    with_forks: Annotated[
        bool, typer.Option("--with-forks", help="Also sessions that have exchanges of these.")
    ] = False,
    remote: Annotated[
        list[str] | None,
        typer.Option(
            "--remote", metavar="NAME", help="Write its history anew, too; several times if needed."
        ),
    ] = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="Go on with what a crash cut off, or with a remote left out.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Yes = False,
    json: Json = False,
    home: Home = None,
) -> Action:
    """Take sessions, exchanges or texts out of all history, for good, on every machine that syncs."""
    from dexter.cli.stored import purging

    given = bool(targets) + (pattern is not None) + finish
    if given != 1:
        raise UsageError("Say what to purge: sessions and exchanges, or --pattern, or --finish.")
    if json and not (yes or dry_run or finish):
        raise UsageError("--json does not ask: say --yes as well.")
    place = home_of(home or context.obj)
    if finish:
        return functools.partial(purging.finish, place, remote or (), json=json)
    return functools.partial(
        purging.purge,
        place,
        targets or (),
        pattern,
        remote or (),
        with_forks=with_forks,
        dry=dry_run,
        yes=yes,
        json=json,
    )
