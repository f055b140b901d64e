"""Arguments of `undo`, which is a command of its own and one of `sessions`, to an action."""

import functools

import typer

from dexter.cli.parameters import Action, Home, home_of


def undo(context: typer.Context, home: Home = None) -> Action:
    """Take back the last change that is no exchange, such as a deletion or a new title."""
    from dexter.cli.stored import altering

    return functools.partial(altering.undo, home_of(home or context.obj))
