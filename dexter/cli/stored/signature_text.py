"""Who signed what of the history since when, for `sessions verify`: lines, and fields for JSON."""

from typing import TYPE_CHECKING, Any

from dexter.cli.screen.output import counted, local
from dexter.sessions.records.moments import rfc3339
from dexter.terminal.cleaning import one_line

if TYPE_CHECKING:
    from dexter.sessions.signing import Signer, Survey

_DAY = "%Y-%m-%d"


def signature_lines(found: "Survey") -> list[str]:
    """A line for each who signed, and what nobody has; none where nothing is signed."""
    if not found.signers:
        return []
    lines = [one_line(_line(signer, found.commits)) for signer in found.signers]
    left = f"{counted(found.unsigned, 'commit')} not covered by any signature."
    return [*lines, left if found.unsigned else "Every commit is covered by a signature."]


def signature_fields(found: "Survey") -> dict[str, Any]:
    """All of it for JSON output."""
    return {
        "commits": found.commits,
        "unsigned": found.unsigned,
        "signers": [
            {
                "identity": signer.identity,
                "format": signer.form.value,
                "key": signer.key,
                "verdict": signer.verdict.value,
                "reason": signer.reason or None,
                "signatures": signer.signatures,
                "first": rfc3339(int(signer.first * 1000)),
                "last": rfc3339(int(signer.last * 1000)),
                "commitsCovered": signer.covers,
                "commitsAfter": signer.after,
            }
            for signer in found.signers
        ],
    }


def _line(signer: "Signer", of: int) -> str:
    who = signer.identity or "somebody unknown"
    key = f"{signer.form.value} {signer.key}" if signer.key else signer.form.value
    since, until = (local(int(moment * 1000), _DAY) for moment in (signer.first, signer.last))
    when = f"on {since}" if since == until else f"from {since} to {until}"
    why = f" ({signer.reason})" if signer.reason else ""
    covered = f", covering {signer.covers} of {counted(of, 'commit')}" if signer.covers else ""
    return (
        f"Signed by {who} ({key}): {signer.verdict.value}{why}; "
        f"{counted(signer.signatures, 'signature')} {when}{covered}."
    )
