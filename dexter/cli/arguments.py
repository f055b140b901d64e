"""Arguments to an action: every flag of a chat, and which of them make sense together."""

import functools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dexter import __version__
from dexter.cli.batches.batch_arguments import batch
from dexter.cli.groups import Group
from dexter.cli.options import Options
from dexter.cli.parameters import Action, Home, home_of
from dexter.cli.stored.undo_arguments import undo
from dexter.errors import DexterError, UsageError

_RESUME_HELP = "Resume that session; with @EXCHANGE behind its id, after that exchange."

root = Group(help="A financial research agent whose memory is a git repository.")


def _sessions() -> Group:
    # A chat needs none of these, each of which adds its commands.
    from dexter.cli.machines import remote_arguments  # noqa: F401
    from dexter.cli.stored import (  # noqa: F401
        altering_arguments,
        porting_arguments,
        purging_arguments,
        session_arguments,
    )

    return session_arguments.group


root.command("batch")(batch)
root.command("undo")(undo)
root.add("sessions", _sessions)
root.add("session", _sessions, hidden=True)


def parse(arguments: Sequence[str]) -> Action:
    """What is asked for, to be called; it returns the exit code.

    Raises:
        UsageError: If it makes no sense.
    """
    try:
        result = root.made("dexter")(list(arguments), prog_name="dexter", standalone_mode=False)
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
    session: Annotated[str | None, typer.Option("--session", "-s", metavar="ID", help=_RESUME_HELP)] = None,
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
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask sources such as SEC EDGAR anew instead of using the cache.")
    ] = False,
    no_recall: Annotated[
        bool, typer.Option("--no-recall", help="Offer the model nothing of what earlier sessions found.")
    ] = False,
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
        "--refresh": refresh,
        "--no-recall": no_recall,
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
    place = home_of(home)
    if list_sessions or delete_session is not None:
        from dexter.cli.stored import sessions

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
        refresh=refresh,
        no_recall=no_recall,
        json=json,
    )
    return functools.partial(_chat, options)


def _chat(options: Options) -> int:
    from dexter.cli.machines import background

    try:
        if options.print_query is not None:
            from dexter.cli.asking.printing import run_print as run
        elif not options.resume and (sys.stdin is None or not sys.stdin.isatty()):
            from dexter.cli.asking.piped import run_piped as run
        else:
            from dexter.cli.asking.chat import run_chat as run
        code = run(options)
    except DexterError as error:
        from dexter.cli.exits import tell

        return tell(error, by_flag=options.session is not None)
    background.begin(options, "exit")
    return code


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
