"""Arguments of what has to do with other machines: `sessions sync` and `sessions remote`."""

import functools
from typing import Annotated

import typer

from dexter.cli.groups import Group
from dexter.cli.parameters import Action, Home, Json, home_of
from dexter.cli.stored.session_arguments import group
from dexter.errors import UsageError

_Name = Annotated[str, typer.Argument(metavar="NAME", help="What the remote is called here.")]

remote = Group(no_args_is_help=True)
group.add("remote", lambda: remote)


@group.command("sync")
def _sync(
    context: typer.Context,
    *,
    remote: Annotated[
        str | None,
        typer.Option("--remote", metavar="NAME", help="Which one; default: the only one, or origin."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change here.")] = False,
    when: Annotated[
        str | None,
        typer.Option(
            "--on",
            metavar="exit|start|off",
            help="From now on by itself, in the background, when a chat ends or starts; or not (off).",
        ),
    ] = None,
    json: Json = False,
    home: Home = None,
) -> Action:
    """Bring together what this machine and a remote have. Nothing is forced, nothing is lost."""
    from dexter.cli.machines import syncing

    place = home_of(home or context.obj)
    if when is not None:
        if remote is not None or dry_run or json:
            raise UsageError("--on stands alone: it only sets when sessions are synced in the background.")
        return functools.partial(syncing.choose, place, when)
    return functools.partial(syncing.sync, place, remote=remote, dry_run=dry_run, json=json)


@remote.callback()
def _group(context: typer.Context, home: Home = None) -> None:
    """Where the sessions are met: any git repository of yours."""
    context.obj = home or (context.parent.obj if context.parent is not None else None)


@remote.command("add")
def _add(
    context: typer.Context,
    name: _Name,
    url: Annotated[str, typer.Argument(metavar="URL", help="A folder, file://, ssh, http or https.")],
    *,
    private: Annotated[bool, typer.Option("--private", help="Nobody else can read it: don't ask.")] = False,
    home: Home = None,
) -> Action:
    """Add a remote: an empty repository, or one with sessions of yours."""
    from dexter.cli.machines import syncing

    return functools.partial(syncing.add, home_of(home or context.obj), name, url, private=private)


@remote.command("list")
@remote.command("ls", hidden=True)
def _list(context: typer.Context, *, json: Json = False, home: Home = None) -> Action:
    """List the remotes."""
    from dexter.cli.machines import syncing

    return functools.partial(syncing.list_, home_of(home or context.obj), json=json)


@remote.command("remove")
@remote.command("rm", hidden=True)
def _remove(context: typer.Context, name: _Name, home: Home = None) -> Action:
    """Take a remote away; the sessions stay, here and there."""
    from dexter.cli.machines import syncing

    return functools.partial(syncing.remove, home_of(home or context.obj), name)


@group.command("merge-driver")
def _merge_driver(
    context: typer.Context,
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[%O %A %B %P]", help="As git gives them.")
    ] = None,
    *,
    install: Annotated[
        bool,
        typer.Option("--install", help="Let git merge and git pull ask dexter, in the sessions' repository."),
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Let git merge by lines again.")] = False,
    home: Home = None,
) -> Action:
    """Merge sessions as dexter does when git merges: for those who use git merge and git pull."""
    from dexter.cli.machines import merging

    given = files or []
    if install + remove + bool(given) != 1 or len(given) not in {0, 4}:
        raise UsageError("Use --install, or --remove; git itself gives four arguments: %O %A %B %P.")
    if given:
        return functools.partial(merging.merge, *given)
    return functools.partial(merging.install if install else merging.remove, home_of(home or context.obj))
