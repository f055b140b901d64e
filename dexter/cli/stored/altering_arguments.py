"""Arguments of the commands that branch, tag, compare and undo, to an action."""

import functools
from typing import Annotated

import typer

from dexter.cli.parameters import Action, Home, Json, Session, home_of
from dexter.cli.stored.session_arguments import group
from dexter.cli.stored.undo_arguments import undo

_EXCHANGE = "an exchange's id, or a unique beginning of it"


@group.command("fork")
def _fork(
    context: typer.Context,
    session: Session,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="EXCHANGE", help=f"The last one to take: {_EXCHANGE}. Default: all."),
    ] = None,
    home: Home = None,
) -> Action:
    """Begin a session with the exchanges of another one, and print its id."""
    from dexter.cli.stored import altering

    return functools.partial(altering.fork, home_of(home or context.obj), session, at)


@group.command("rewind")
def _rewind(
    context: typer.Context,
    session: Session,
    to: Annotated[
        str, typer.Option("--to", metavar="EXCHANGE", help=f"{_EXCHANGE.capitalize()}; start: before all.")
    ],
    home: Home = None,
) -> Action:
    """Let the next exchange follow an earlier one; nothing is lost."""
    from dexter.cli.stored import altering

    return functools.partial(altering.rewind, home_of(home or context.obj), session, to)


@group.command("tag")
def _tag(
    context: typer.Context,
    session: Session,
    add: Annotated[
        list[str] | None, typer.Option("--add", metavar="TAG", help="May be given several times.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="TAG", help="May be given several times.")
    ] = None,
    home: Home = None,
) -> Action:
    """Give a session tags or take some away, and print those that it has."""
    from dexter.cli.stored import altering

    return functools.partial(altering.tag, home_of(home or context.obj), session, add or (), remove or ())


@group.command("diff")
def _diff(
    context: typer.Context,
    one: Annotated[str, typer.Argument(metavar="A", help="A session's id, or a unique beginning of it.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another one's.")],
    *,
    json: Json = False,
    home: Home = None,
) -> Action:
    """Show from where on two sessions differ, such as a fork and its origin."""
    from dexter.cli.stored import altering

    return functools.partial(altering.diff, home_of(home or context.obj), one, other, json=json)


group.command("undo")(undo)
