"""Arguments to an action: every flag and command, and which of them make sense together."""

import functools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from dexter import __version__
from dexter.cli import sessions
from dexter.cli.exits import tell
from dexter.cli.options import Options
from dexter.errors import UsageError
from dexter.paths import nearest_home
from dexter.sessions import SessionNotFound

Action = Callable[[], int]

_SETTINGS: dict[str, Any] = {
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

root = typer.Typer(**_SETTINGS, help="A financial research agent whose memory is a git repository.")
group = typer.Typer(**_SETTINGS, help="List, show, rename, delete, restore, export and import sessions.")
root.add_typer(group, name="sessions")
root.add_typer(group, name="session", hidden=True)


def parse(arguments: Sequence[str]) -> Action:
    """What is asked for, to be called; it returns the exit code.

    Raises:
        UsageError: If it makes no sense.
    """
    try:
        result = root(list(arguments), prog_name="dexter", standalone_mode=False)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        where = f"{context.command_path} --help" if context is not None else "dexter --help"
        sentence = error.format_message().rstrip()
        raise UsageError(f"{sentence}{'' if sentence.endswith(('.', '?')) else '.'} See: {where}") from None
    return result if callable(result) else functools.partial(int, result or 0)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dexter {__version__}")
        raise typer.Exit


@root.callback(invoke_without_command=True)
def _root(  # noqa: PLR0917  typer reads them by name
    context: typer.Context,
    session: Annotated[
        str | None, typer.Option("--session", "-s", metavar="ID", help="Resume that session.")
    ] = None,
    continue_: Annotated[
        bool, typer.Option("--continue", "-c", help="Resume the session with the latest activity.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", "-r", help="Pick a session to resume.")] = False,
    print_query: Annotated[
        str | None,
        typer.Option(
            "--print",
            "-p",
            metavar="QUERY",
            help="Answer one query and exit; - reads it from standard input.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="PROVIDER:MODEL", help="The model for this run."),
    ] = None,
    home: Home = None,
    no_session: Annotated[bool, typer.Option("--no-session", help="Store nothing of this run.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Machine output, with --print or --list-sessions.")
    ] = False,
    list_sessions: Annotated[bool, typer.Option("--list-sessions", help="List the sessions.")] = False,
    delete_session: Annotated[
        str | None, typer.Option("--delete-session", metavar="ID", help="Delete a session, after asking.")
    ] = None,
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> Action:
    """Ask, and have every exchange kept as a commit. Without a command: an interactive chat."""
    context.obj = home
    chat = {
        "--session": session is not None,
        "--continue": continue_,
        "--resume": resume,
        "--print": print_query is not None,
        "--model": model is not None,
        "--no-session": no_session,
    }
    named = [name for name, given in chat.items() if given]
    actions = {"--list-sessions": list_sessions, "--delete-session": delete_session is not None}
    for name in (name for name, given in actions.items() if given):
        _alone(name, [*named, *(other for other, given in actions.items() if given and other != name)])
    if context.invoked_subcommand is not None:
        extra = [*named, *(["--json"] if json else []), *(name for name, given in actions.items() if given)]
        _alone(f"dexter {context.invoked_subcommand}", extra)
        return functools.partial(int, 0)
    if json and print_query is None and not list_sessions:
        raise UsageError("--json goes with --print or --list-sessions.")
    place = _home(home)
    if list_sessions:
        return functools.partial(sessions.list_, place, json=json)
    if delete_session is not None:
        return functools.partial(sessions.delete, place, [delete_session])
    _together(named)
    options = Options(
        home=place,
        directory=Path.cwd(),
        environment=dict(os.environ),
        session=session,
        continue_=continue_,
        resume=resume,
        print_query=print_query,
        model=model,
        no_session=no_session,
        json=json,
    )
    return functools.partial(_chat, options)


def _chat(options: Options) -> int:
    try:
        if options.print_query is not None:
            from dexter.cli.printing import run_print

            return run_print(options)
        if not options.resume and (sys.stdin is None or not sys.stdin.isatty()):
            from dexter.cli.piped import run_piped

            return run_piped(options)
        from dexter.cli.chat import run_chat

        return run_chat(options)
    except SessionNotFound as error:
        return tell(error, by_flag=options.session is not None)


@group.callback(invoke_without_command=True)
def _group(context: typer.Context, home: Home = None) -> Action:
    context.obj = home or context.obj
    if context.invoked_subcommand is None:
        return functools.partial(sessions.list_, _home(context.obj))
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
    place = _home(home or context.obj)
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
    place = _home(home or context.obj)
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
    from dexter.cli import searching

    return functools.partial(
        searching.search,
        _home(home or context.obj),
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
    return functools.partial(sessions.log, _home(home or context.obj), session, json=json, limit=limit)


@group.command("rename")
def _rename(
    context: typer.Context,
    session: Session,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="An empty one takes the title away.")],
    home: Home = None,
) -> Action:
    """Give a session a title."""
    return functools.partial(sessions.rename, _home(home or context.obj), session, title)


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
    return functools.partial(sessions.delete, _home(home or context.obj), ids, yes=yes)


@group.command("restore")
def _restore(context: typer.Context, session: Session, home: Home = None) -> Action:
    """Bring a deleted session back as it was."""
    return functools.partial(sessions.restore, _home(home or context.obj), session)


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
    from dexter.cli import exporting

    return functools.partial(exporting.export, _home(home or context.obj), session, form, output)


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
    from dexter.cli import importing

    place = _home(home or context.obj)
    return functools.partial(importing.import_, place, files, source, json=json, dry_run=dry_run)


@group.command("stats")
def _stats(context: typer.Context, *, json: Json = False, home: Home = None) -> Action:
    """Count sessions, exchanges, tokens, what they cost by list price, and bytes on disk."""
    return functools.partial(sessions.stats, _home(home or context.obj), json=json)


@group.command("pack")
def _pack(context: typer.Context, home: Home = None) -> Action:
    """Pack the history as small as it gets, at once; it is done in parts by itself, too."""
    return functools.partial(sessions.pack, _home(home or context.obj))


@group.command("path")
def _path(
    context: typer.Context,
    session: Annotated[str | None, typer.Argument(metavar="[ID]", help="Of that session.")] = None,
    home: Home = None,
) -> Action:
    """Print the directory of the repository, or of a session in it."""
    return functools.partial(sessions.path, _home(home or context.obj), session)


@group.command("verify")
def _verify(context: typer.Context, *, json: Json = False, home: Home = None) -> Action:
    """Look at everything that is stored and say what is wrong; changes nothing."""
    from dexter.cli import health

    return functools.partial(health.verify, _home(home or context.obj), json=json)


@group.command("repair")
def _repair(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    json: Json = False,
    home: Home = None,
) -> Action:
    """Make good what verify finds. Nothing is destroyed: what has no place is set aside and named."""
    from dexter.cli import health

    return functools.partial(health.repair, _home(home or context.obj), json=json, dry_run=dry_run)


def _home(given: str | None) -> Path:
    """The data directory, as an absolute path; it need not exist."""
    if given is not None and not given.strip():
        raise UsageError("--home needs a directory.")
    chosen = given or os.environ.get("DEXTER_HOME")
    if not chosen:
        return nearest_home(Path.cwd())
    place = Path.cwd() / chosen
    return place.resolve() if ".." in place.parts else place


def _alone(name: str, others: Sequence[str]) -> None:
    if others:
        raise UsageError(f"{name} does not go with {' or '.join(others)}.")


def _together(named: Sequence[str]) -> None:
    """Check the ways to begin a chat against each other."""
    which = [name for name in named if name in {"--session", "--continue", "--resume"}]
    if len(which) > 1:
        raise UsageError(f"{which[0]} does not go with {which[1]}: only one session can be resumed.")
    if "--print" in named and "--resume" in named:
        raise UsageError("--print does not go with --resume: name the session with --session.")
