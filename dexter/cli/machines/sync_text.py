"""What a sync came to, as lines for a person and as fields for a program."""

from typing import TYPE_CHECKING, Any

from dexter.cli.screen import output
from dexter.terminal.cleaning import one_line

if TYPE_CHECKING:
    from dexter.sessions.machines.outcome import SessionSync, Synced


def text_of(found: "Synced") -> str:
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
    if found.set_aside:
        lines.append(
            f"{output.counted(len(found.set_aside), 'session')} of {one_line(found.remote)} set aside: "
            "what could not be taken is not among the sessions here; what is here stays as it is."
        )
    if found.kept_from is not None:
        lines.append(
            f"Nothing is pushed to {one_line(found.remote)}: its history holds what git refuses "
            f"({one_line(found.kept_from)}). Give it a clean history, or use an empty repository as remote; "
            "what is here is safe."
        )
    count = len(found.sessions) - len(found.set_aside)
    here = output.counted(count, "session")
    there = output.counted(found.sent, "session")
    if found.dry:
        lines.append(f"{here} would change here, {there} there. Nothing was changed.")
    elif found.holds_purged:
        name = one_line(found.remote)
        lines.append(f"{here} changed here. Nothing was sent: {name} still has what was purged here.")
        lines.append(f"Purge it there, too, with: dexter sessions purge --finish --remote {name}")
    elif found.kept_from is not None:
        lines.append(f"{here} changed here ({one_line(found.remote)}, {one_line(found.address)}).")
    elif not count and not found.pushed and not found.set_aside:
        lines.append(f"Nothing to do: {one_line(found.remote)} and this machine have the same sessions.")
    else:
        lines.append(
            f"{here} changed here, {there} there ({one_line(found.remote)}, {one_line(found.address)})."
        )
    return "\n".join(lines)


def _line(session: "SessionSync") -> str:
    if session.became == "set aside":
        return f"{one_line(session.session_id)}  set aside  {one_line(session.reason)}"
    exchanges = "" if session.became == "deleted" else f"  {output.counted(session.exchanges, 'exchange')}"
    title = f"  {one_line(session.title)[:60]}" if session.title else ""
    return f"{session.session_id}  {session.became:<9}{exchanges}{title}"


def fields_of(found: "Synced") -> dict[str, Any]:
    """The same for a program."""
    return {
        "remote": found.remote,
        "address": found.address,
        "sessions": [
            {"id": each.session_id, "became": each.became, "exchangeCount": each.exchanges}
            | ({"reason": each.reason} if each.reason else {})
            for each in found.sessions
        ],
        "count": len(found.sessions),
        "setAside": len(found.set_aside),
        "refused": found.kept_from,
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
