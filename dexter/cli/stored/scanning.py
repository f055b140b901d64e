"""What `sessions scan` does and prints; returns the exit code."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dexter.cli.equipping.masking import masks_in
from dexter.cli.equipping.opening import print_json
from dexter.cli.screen.meter import Meter
from dexter.cli.screen.output import counted
from dexter.paths import Home
from dexter.terminal.cleaning import one_line

if TYPE_CHECKING:
    from dexter.sessions.health.scanning import Finding


def scan(home: Path, *, deleted: bool = False, json: bool = False) -> int:
    """Look for secrets in everything that is stored and print where they are: 1 if there are any, else 0."""
    from dexter.sessions.health.scanning import scan as look

    masks = masks_in(home, Path.cwd(), os.environ)()
    with Meter() as meter:
        found = look(Home(home), masks, deleted=deleted, progress=meter)
    if json:
        looked = {"commits": found.commits, "contents": found.contents, "unread": list(found.unread)}
        print_json({"findings": [_fields(each) for each in found.findings], "looked": looked})
        return 1 if found.findings else 0
    for each in found.findings:
        print(finding_line(each))
    looked_at = f"{counted(found.commits, 'commit')} and {counted(found.contents, 'content')} looked at"
    if found.findings:
        print(f"{counted(len(found.findings), 'secret')} found; {looked_at}.")
        print("Revoke them where they are from, then: dexter sessions purge ID@EXCHANGE, or --pattern -")
    else:
        print(f"No secrets found; {looked_at}.")
    print(end="", flush=True)
    if found.unread:
        many = counted(len(found.unread), "object")
        print(f"{many} could not be read: see dexter sessions verify.", file=sys.stderr)
    return 1 if found.findings else 0


def finding_line(found: "Finding") -> str:
    """A finding on one line: where, what, and what stands around it."""
    where = [f"Session {found.session_id}"] if found.session_id else []
    where += [f"exchange {found.exchange_id}"] if found.exchange_id else []
    where.append(found.place)
    where += [f"commit {found.commit[:10]}"] if found.commit else []
    where += [found.object[:10]] if found.object else []
    return one_line(f"{', '.join(where)}: {found.kind}: {found.excerpt}")


def _fields(found: "Finding") -> dict[str, Any]:
    return {
        "kind": found.kind,
        "sessionId": found.session_id,
        "exchangeId": found.exchange_id,
        "place": found.place,
        "commit": found.commit,
        "object": found.object,
        "excerpt": found.excerpt,
    }
