"""Arguments of what takes sessions out and in: `sessions export` and `sessions import`."""

import functools
from typing import Annotated

import typer

from dexter.cli.parameters import Action, Home, Json, Session, home_of
from dexter.cli.stored.session_arguments import group


@group.command("export")
def _export(
    context: typer.Context,
    session: Session,
    *,
    form: Annotated[
        str | None,
        typer.Option("--format", "-f", metavar="FORMAT", help="md, json, jsonl or html. Default: md."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="A new file; its ending may say the format."),
    ] = None,
    home: Home = None,
) -> Action:
    """Write a whole session: markdown, JSON that import reads back, or a page for the browser."""
    from dexter.cli.stored import exporting

    return functools.partial(exporting.export, home_of(home or context.obj), session, form, output)


@group.command("import")
def _import(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files or folders.")],
    *,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="FORMAT", help="Whose format it is, if that is not found out."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    json: Json = False,
    home: Home = None,
) -> Action:
    """Take in sessions: our exports, Claude Code, Codex, gptme, llm. Doing it twice changes nothing."""
    from dexter.cli.stored import importing

    place = home_of(home or context.obj)
    return functools.partial(importing.import_, place, files, source, json=json, dry_run=dry_run)
