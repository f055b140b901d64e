"""What `sessions sync` and `sessions remote` do and print: each returns the exit code."""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dexter.cli.equipping import reaching
from dexter.cli.equipping.opening import print_json
from dexter.cli.equipping.remote_progress import RemoteProgress
from dexter.cli.exits import explain
from dexter.cli.machines import sync_state
from dexter.cli.machines.sync_text import fields_of, text_of
from dexter.cli.screen.meter import Meter
from dexter.errors import DexterError, UsageError
from dexter.paths import Home
from dexter.settings import MOMENTS, NEVER, load_settings, save_settings
from dexter.terminal.cleaning import one_line

if TYPE_CHECKING:
    from gitstore.git.remotes import Remote

_WHEN = {"exit": "when a chat ends", "start": "when a chat starts"}


def sync(home: Path, *, remote: str | None = None, dry_run: bool = False, json: bool = False) -> int:
    """Meet a remote, and print a line for each session that changed here, and counts."""
    from dexter.cli.stored.signing import sign_first
    from dexter.identity import user_identity
    from dexter.sessions.archive import Archive
    from dexter.sessions.machines.remotes import known_remotes
    from dexter.sessions.machines.sync import sync as meet

    place = Home(home)
    try:
        with Archive(home, identity=lambda: user_identity(place.sessions), clock=time.time) as archive:
            chosen = reaching.chosen(known_remotes(archive), remote)
            _only_private(place, chosen)
            if not dry_run:
                sign_first(archive)
            with RemoteProgress() as progress, Meter() as meter:
                access = reaching.access(progress.told)
                found = meet(archive, chosen.name, access, dry=dry_run, progress=meter)
    except DexterError as error:
        if not json:
            raise
        ending = explain(error)
        print_json({"error": ending.text.removeprefix("Error: ")})
        return ending.code
    if not dry_run:
        sync_state.succeeded(place)
    if json:
        print_json(fields_of(found))
    else:
        print(text_of(found))
    return 1 if found.holds_purged or found.left or found.kept_from is not None else 0


def choose(home: Path, when: str) -> int:
    """Set when sessions are synced in the background."""
    if when not in {*MOMENTS, NEVER}:
        raise UsageError(f'--on takes {", ".join(MOMENTS)} or {NEVER}, not "{one_line(when)}".')
    place = Home(home)
    settings = load_settings(place.settings_file)
    save_settings(place.settings_file, replace(settings, sync=None if when == NEVER else when))
    if when == NEVER:
        sync_state.succeeded(place)
        print("Sessions are not synced in the background.")
    else:
        print(f"Sessions are synced in the background {_WHEN[when]}.")
    return 0


def add(home: Path, name: str, url: str, *, private: bool = False) -> int:
    """Add a remote, after asking if it looks as if everybody could read it."""
    from dexter.sessions.archive import Archive
    from dexter.sessions.machines.remotes import add_remote

    place = Home(home)
    from dexter.identity import user_identity

    with Archive(home, identity=lambda: user_identity(place.sessions), clock=time.time) as archive:
        if (
            not private
            and reaching.is_public(url)
            and not reaching.is_private(place, url)
            and not _confirmed(url)
        ):
            print(f"Remote {one_line(name)} not added.")
            return 0
        added = add_remote(
            archive, name, url if "://" in url or not _is_folder(url) else str(Path(url).resolve())
        )
    if private or reaching.is_public(url):
        reaching.remember_private(place, added.url)
    print(f"Remote {one_line(added.name)} added: {one_line(added.shown)}")
    print("Meet it with: dexter sessions sync")
    return 0


def list_(home: Path, *, json: bool = False) -> int:
    """Print the remotes, and whether they are synced in the background."""
    from dexter.sessions.archive import Archive
    from dexter.sessions.machines.remotes import known_remotes

    place = Home(home)
    found = known_remotes(Archive(home))
    when = load_settings(place.settings_file).sync
    failure = sync_state.current(place) if when else None
    if json:
        listed = [{"name": each.name, "url": each.shown} for each in found]
        print_json({"remotes": listed, "count": len(found), "sync": when or NEVER})
    elif not found:
        print("No remotes. Add one with: dexter sessions remote add NAME URL")
    else:
        width = max(len(one_line(each.name)) for each in found)
        for each in found:
            print(f"{one_line(each.name):<{width}}  {one_line(each.shown)}")
        if when:
            print(f"\nSynced in the background {_WHEN[when]}.")
        if failure:
            print(sync_state.line(failure))
    return 0


def remove(home: Path, name: str) -> int:
    """Take a remote away; the sessions stay, here and there."""
    from dexter.sessions.archive import Archive
    from dexter.sessions.machines.remotes import remove_remote

    remove_remote(Archive(home), name)
    sync_state.succeeded(Home(home))
    print(f"Remote {one_line(name)} removed; the sessions stay, here and there.")
    return 0


def _only_private(place: Home, remote: "Remote") -> None:
    """Ask once whether a remote that looks public is not."""
    while (url := reaching.exposed(place, remote)) is not None:
        if not _confirmed(url):
            raise UsageError(f"Not met: {reaching.as_shown(url)} may be public. Nothing was sent.")
        reaching.remember_private(place, url)


def _is_folder(url: str) -> bool:
    return Path(url).exists()


def _confirmed(url: str) -> bool:
    where = reaching.as_shown(url)
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            f"{where} may be a public repository, where everybody could read your sessions. "
            "If it is private, say so once: dexter sessions remote add NAME URL --private"
        )
    print(f"{where} may be a public repository: everybody could read your sessions there.")
    print("Type 'yes' if it is private: ", end="", flush=True)
    return sys.stdin.readline().strip() == "yes"
