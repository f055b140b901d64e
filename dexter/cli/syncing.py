"""What `sessions sync` and `sessions remote` do and print: each returns the exit code."""

import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dexter.cli import output
from dexter.cli.exits import explain
from dexter.cli.meter import Meter
from dexter.cli.opening import print_json
from dexter.errors import DexterError, UsageError
from dexter.paths import Home
from dexter.settings import load_settings, save_settings
from dexter.terminal.cleaning import one_line

if TYPE_CHECKING:
    from dexter.sessions.syncing import SessionSync, Synced
    from gitstore.remotes import Remote
    from gitstore.transport import Access

_PRIVATE = "privateRemotes"
"""In the settings: the addresses that the user said are private."""
_BECAME = {
    "new": "new",
    "updated": "updated",
    "merged": "merged",
    "two heads": "two heads",
    "deleted": "deleted",
    "purged": "purged",
}


def sync(home: Path, *, remote: str | None = None, dry_run: bool = False, json: bool = False) -> int:
    """Meet a remote, and print a line for each session that changed here, and counts."""
    from dexter.cli.signing import sign_first
    from dexter.identity import user_identity
    from dexter.sessions.archive import Archive
    from dexter.sessions.syncing import known_remotes
    from dexter.sessions.syncing import sync as meet

    place = Home(home)
    try:
        with Archive(home, identity=lambda: user_identity(place.sessions), clock=time.time) as archive:
            chosen = _chosen(known_remotes(archive), remote)
            _only_private(place, chosen)
            if not dry_run:
                sign_first(archive)
            with Meter() as meter:
                found = meet(archive, chosen.name, access(), dry=dry_run, progress=meter)
    except DexterError as error:
        if not json:
            raise
        ending = explain(error)
        print_json({"error": ending.text.removeprefix("Error: ")})
        return ending.code
    if json:
        print_json(_fields(found))
    else:
        print(_text(found))
    return 1 if found.holds_purged or found.left else 0


def add(home: Path, name: str, url: str, *, private: bool = False) -> int:
    """Add a remote, after asking if it looks as if everybody could read it."""
    from dexter.sessions.archive import Archive
    from dexter.sessions.syncing import add_remote

    place = Home(home)
    from dexter.identity import user_identity

    with Archive(home, identity=lambda: user_identity(place.sessions), clock=time.time) as archive:
        if not private and _looks_public(url) and not _is_private(place, url) and not _confirmed(url):
            print(f"Remote {one_line(name)} not added.")
            return 0
        added = add_remote(
            archive, name, url if "://" in url or not _is_folder(url) else str(Path(url).resolve())
        )
    if private or _looks_public(url):
        _remember_private(place, added.url)
    print(f"Remote {one_line(added.name)} added: {one_line(added.shown)}")
    print("Meet it with: dexter sessions sync")
    return 0


def list_(home: Path, *, json: bool = False) -> int:
    """Print the remotes."""
    from dexter.sessions.archive import Archive
    from dexter.sessions.syncing import known_remotes

    found = known_remotes(Archive(home))
    if json:
        print_json(
            {"remotes": [{"name": each.name, "url": each.shown} for each in found], "count": len(found)}
        )
    elif not found:
        print("No remotes. Add one with: dexter sessions remote add NAME URL")
    else:
        width = max(len(one_line(each.name)) for each in found)
        for each in found:
            print(f"{one_line(each.name):<{width}}  {one_line(each.shown)}")
    return 0


def remove(home: Path, name: str) -> int:
    """Take a remote away; the sessions stay, here and there."""
    from dexter.sessions.archive import Archive
    from dexter.sessions.syncing import remove_remote

    remove_remote(Archive(home), name)
    print(f"Remote {one_line(name)} removed; the sessions stay, here and there.")
    return 0


def _chosen(known: "Sequence[Remote]", name: str | None) -> "Remote":
    """The remote that is meant: that of the name, the only one, or the one called origin."""
    named = [each for each in known if each.name == (name or "origin")]
    if named or (name is None and len(known) == 1):
        return (named or list(known))[0]
    if not known:
        raise UsageError("There is no remote yet. Add one with: dexter sessions remote add NAME URL")
    listed = ", ".join(one_line(each.name) for each in known)
    if name is not None:
        raise UsageError(f'There is no remote "{one_line(name)}"; there are: {listed}.')
    raise UsageError(f"There are several remotes ({listed}); say which one with --remote.")


def access() -> "Access":
    """How remotes are reached: with git if it is installed, which knows the user's keys and helpers."""
    from gitstore.transport import Access

    git = shutil.which("git")
    terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()
    return Access(
        git=Path(git) if git else None,
        environment=dict(os.environ),
        terminal=terminal,
        progress=_progress if terminal else None,
    )


def _progress(text: str) -> None:
    print(f"\r\x1b[K{one_line(text)[:78]}", end="", file=sys.stderr, flush=True)


def _only_private(place: Home, remote: "Remote") -> None:
    """Ask once whether a remote that looks public is not."""
    if not _looks_public(remote.url) or _is_private(place, remote.url):
        return
    if not _confirmed(remote.url):
        raise UsageError(f"Not met: {one_line(remote.shown)} may be public. Nothing was sent.")
    _remember_private(place, remote.url)


def _looks_public(url: str) -> bool:
    from gitstore.addresses import looks_public

    return looks_public(url)


def _is_folder(url: str) -> bool:
    return Path(url).exists()


def _confirmed(url: str) -> bool:
    from gitstore.addresses import shown

    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            f"{one_line(shown(url))} may be a public repository, where everybody could read your sessions. "
            "If it is private, say so once: dexter sessions remote add NAME URL --private"
        )
    print(f"{one_line(shown(url))} may be a public repository: everybody could read your sessions there.")
    print("Type 'yes' if it is private: ", end="", flush=True)
    return sys.stdin.readline().strip() == "yes"


def _is_private(place: Home, url: str) -> bool:
    known = load_settings(place.settings_file).unknown.get(_PRIVATE)
    return isinstance(known, list) and url in known


def _remember_private(place: Home, url: str) -> None:
    settings = load_settings(place.settings_file)
    known = settings.unknown.get(_PRIVATE)
    urls = [*(known if isinstance(known, list) else []), url]
    unknown = {**settings.unknown, _PRIVATE: list(dict.fromkeys(urls))}
    save_settings(place.settings_file, replace(settings, unknown=unknown))


def _text(found: "Synced") -> str:
    """A line for each session that changed here, and what it came to in all."""
    lines = [_line(each) for each in found.sessions]
    lines += [
        f"{each}  had been deleted, and is kept because of what came to it since" for each in found.stayed
    ]
    lines += [f"kept beside another one of its name: {one_line(each)}" for each in found.aside]
    if found.rewound:
        lines.append(
            f"{one_line(found.remote)} had been put back to something older; it has everything again."
        )
    if found.purges:
        many = output.counted(found.purges, "purge")
        would = "would be done here" if found.dry else "done here, too"
        lines.append(f"{many} of another machine {would}.")
    lines += [f"Still there of what was purged: {one_line(each)}" for each in found.left]
    if lines:
        lines.append("")
    here = output.counted(len(found.sessions), "session")
    there = output.counted(found.sent, "session")
    if found.dry:
        lines.append(f"{here} would change here, {there} there. Nothing was changed.")
    elif found.holds_purged:
        name = one_line(found.remote)
        lines.append(f"{here} changed here. Nothing was sent: {name} still has what was purged here.")
        lines.append(f"Purge it there, too, with: dexter sessions purge --finish --remote {name}")
    elif not found.sessions and not found.pushed:
        lines.append(f"Nothing to do: {one_line(found.remote)} and this machine have the same sessions.")
    else:
        lines.append(
            f"{here} changed here, {there} there ({one_line(found.remote)}, {one_line(found.address)})."
        )
    return "\n".join(lines)


def _line(session: "SessionSync") -> str:
    exchanges = "" if session.became == "deleted" else f"  {output.counted(session.exchanges, 'exchange')}"
    title = f"  {one_line(session.title)[:60]}" if session.title else ""
    return f"{session.session_id}  {_BECAME[session.became]:<9}{exchanges}{title}"


def _fields(found: "Synced") -> dict[str, Any]:
    return {
        "remote": found.remote,
        "address": found.address,
        "sessions": [
            {"id": each.session_id, "became": each.became, "exchangeCount": each.exchanges}
            for each in found.sessions
        ],
        "count": len(found.sessions),
        "sent": found.sent,
        "pushed": found.pushed,
        "stayed": list(found.stayed),
        "aside": list(found.aside),
        "rewound": found.rewound,
        "purges": found.purges,
        "holdsPurged": found.holds_purged,
        "left": list(found.left),
        "dryRun": found.dry,
    }
