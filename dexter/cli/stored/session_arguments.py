"""Arguments of `dexter sessions ...` to an action: what there is to see of them, what is done to them."""

import functools
from typing import Annotated

import typer

from dexter.cli.groups import Group
from dexter.cli.parameters import Action, At, Home, Json, Limit, Session, Yes, home_of
from dexter.cli.stored import sessions
from dexter.errors import UsageError

group = Group(help="List, show, search, branch, delete, restore, export, import sessions.")


@group.callback(invoke_without_command=True)
def _group(context: typer.Context, home: Home = None) -> Action:
    context.obj = home or context.obj
    if context.invoked_subcommand is None:
        return functools.partial(sessions.list_, home_of(context.obj))
    return functools.partial(int, 0)


@group.command("list")
@group.command("ls", hidden=True)
def _list(
    context: typer.Context,
    *,
    json: Json = False,
    limit: Limit = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Those that can be restored.")] = False,
    at: At = None,
    home: Home = None,
) -> Action:
    """List the sessions, latest activity first."""
    if deleted and at is not None:
        raise UsageError("--deleted does not go with --at.")
    place = home_of(home or context.obj)
    return functools.partial(sessions.list_, place, json=json, limit=limit, deleted=deleted, at=at)


@group.command("show")
def _show(
    context: typer.Context,
    session: Session,
    *,
    exchange: Annotated[
        str | None,
        typer.Option("--exchange", "-e", metavar="EXCHANGE", help="Only that one; a unique beginning does."),
    ] = None,
    json: Json = False,
    at: At = None,
    home: Home = None,
) -> Action:
    """Show a whole session: every query, the tools it took, its answer."""
    place = home_of(home or context.obj)
    return functools.partial(sessions.show, place, session, json=json, at=at, exchange=exchange)


@group.command("search")
def _search(
    context: typer.Context,
    query: Annotated[
        list[str],
        typer.Argument(metavar="QUERY...", help='Words, "phrases" in quotes, beginnings such as rev*.'),
    ],
    *,
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="Only what was asked from then on.")
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", "-s", metavar="ID", help="Only in that session.")
    ] = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Also in sessions that were deleted.")] = False,
    results: Annotated[bool, typer.Option("--results", help="Also in what tools returned.")] = False,
    limit: Limit = None,
    json: Json = False,
    home: Home = None,
) -> Action:
    """Find exchanges that have all the words: in queries, answers, titles and tags; best first."""
    from dexter.cli.stored import searching

    return functools.partial(
        searching.search,
        home_of(home or context.obj),
        " ".join(query),
        since,
        session,
        limit or searching.LIMIT,
        deleted=deleted,
        results=results,
        json=json,
    )


@group.command("log")
def _log(
    context: typer.Context,
    session: Annotated[str | None, typer.Argument(metavar="[ID]", help="Only of that session.")] = None,
    *,
    json: Json = False,
    limit: Limit = None,
    home: Home = None,
) -> Action:
    """Show what happened, newest first: one commit a line."""
    return functools.partial(sessions.log, home_of(home or context.obj), session, json=json, limit=limit)


@group.command("rename")
def _rename(
    context: typer.Context,
    session: Session,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="An empty one takes the title away.")],
    home: Home = None,
) -> Action:
    """Give a session a title."""
    return functools.partial(sessions.rename, home_of(home or context.obj), session, title)


@group.command("delete")
@group.command("rm", hidden=True)
def _delete(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, or unique beginnings of them.")],
    *,
    yes: Yes = False,
    home: Home = None,
) -> Action:
    """Delete sessions, after asking. They can be restored."""
    return functools.partial(sessions.delete, home_of(home or context.obj), ids, yes=yes)


@group.command("restore")
def _restore(context: typer.Context, session: Session, home: Home = None) -> Action:
    """Bring a deleted session back as it was."""
    return functools.partial(sessions.restore, home_of(home or context.obj), session)


@group.command("stats")
def _stats(context: typer.Context, *, json: Json = False, home: Home = None) -> Action:
    """Count sessions, exchanges, tokens, what they cost by list price, and bytes on disk."""
    return functools.partial(sessions.stats, home_of(home or context.obj), json=json)


@group.command("pack")
def _pack(context: typer.Context, home: Home = None) -> Action:
    """Pack the history as small as it gets, at once; it is done in parts by itself, too."""
    return functools.partial(sessions.pack, home_of(home or context.obj))


@group.command("path")
def _path(
    context: typer.Context,
    session: Annotated[str | None, typer.Argument(metavar="[ID]", help="Of that session.")] = None,
    home: Home = None,
) -> Action:
    """Print the directory of the repository, or of a session in it."""
    return functools.partial(sessions.path, home_of(home or context.obj), session)


@group.command("verify")
def _verify(context: typer.Context, *, json: Json = False, home: Home = None) -> Action:
    """Look at everything that is stored and say what is wrong; changes nothing."""
    from dexter.cli.stored import health

    return functools.partial(health.verify, home_of(home or context.obj), json=json)


@group.command("sign")
def _sign(
    context: typer.Context,
    *,
    again: Annotated[
        bool,
        typer.Option("--again", help="Also what is signed, and also if history was rewritten since it was."),
    ] = False,
    json: Json = False,
    home: Home = None,
) -> Action:
    """Sign all that is stored, with the key that git is configured to use (ssh or gpg)."""
    from dexter.cli.stored import signing

    return functools.partial(signing.sign, home_of(home or context.obj), again=again, json=json)


@group.command("scan")
def _scan(
    context: typer.Context,
    *,
    deleted: Annotated[bool, typer.Option("--deleted", help="Only in sessions that were deleted.")] = False,
    json: Json = False,
    home: Home = None,
) -> Action:
    """Look for keys and passwords in everything that is stored, all history included; changes nothing."""
    from dexter.cli.stored import scanning

    return functools.partial(scanning.scan, home_of(home or context.obj), deleted=deleted, json=json)


@group.command("repair")
def _repair(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    json: Json = False,
    home: Home = None,
) -> Action:
    """Make good what verify finds. Nothing is destroyed: what has no place is set aside and named."""
    from dexter.cli.stored import health

    return functools.partial(health.repair, home_of(home or context.obj), json=json, dry_run=dry_run)
