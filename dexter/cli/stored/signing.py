"""What `sessions sign` does and prints, and signing before sessions are sent."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dexter.cli.equipping.opening import print_json
from dexter.cli.exits import explain
from dexter.cli.screen import output
from dexter.errors import DexterError
from dexter.paths import Home
from dexter.settings import load_settings

if TYPE_CHECKING:
    from dexter.sessions.archive import Archive


def sign(home: Path, *, again: bool = False, json: bool = False) -> int:
    """Sign all that is stored, as the user's git is configured."""
    from dexter.identity import user_identity
    from dexter.sessions.archive import Archive
    from dexter.sessions.signing import sign as sign_all

    place = Home(home)
    with Archive(home, identity=lambda: user_identity(place.sessions), clock=time.time) as archive:
        done = sign_all(archive, dict(os.environ), ask=_has_terminal(), again=again)
    if json:
        print_json({"commit": done.commit if done else None, "commits": done.commits if done else 0})
    elif done is None:
        print("There is nothing to sign.")
    else:
        print(f"Signed: {output.counted(done.commits, 'commit')} (by commit {done.commit[:10]}).")
    return 0


def sign_if_wanted(archive: "Archive", *, ask: bool) -> str | None:
    """Sign what is new, if settings or git's `commit.gpgSign` want that; a sentence if it can't be done.

    For before sessions are sent, and for when nobody waits any more: whatever happens here, what is stored
    stays and goes on.

    Args:
        archive: Of the home.
        ask: Whether the user may be asked for a passphrase, or to touch a key.
    """
    from dexter.sessions.signing import is_wanted
    from dexter.sessions.signing import sign as sign_all

    environment = dict(os.environ)
    try:
        if is_wanted(archive.home, environment, load_settings(archive.home.settings_file).sign):
            sign_all(archive, environment, ask=ask, merges=False)
    except DexterError as error:
        return explain(error).text.removeprefix("Error: ")
    return None


def sign_first(archive: "Archive") -> None:
    """Sign what is new before it is sent, if that is wanted; a line on stderr says if it can't be done."""
    if (trouble := sign_if_wanted(archive, ask=_has_terminal())) is not None:
        print(trouble, file=sys.stderr)


def _has_terminal() -> bool:
    return all(each is not None and each.isatty() for each in (sys.stdin, sys.stderr))
