"""Records without secrets: what stands between a chat and everything that writes.

Every text gets here before it is a part of a change: exchanges and their steps in `saving` and
`importing`, summaries in `current`, titles in `store` and `housekeeping`, tags in `tags`; drafts are masked
in `scratchpad`. A fork, and what is undone, is what is stored already.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from dexter.secrets import Findings, Masks, masked_value
from dexter.sessions.records.records import SessionExchange, SessionMetadata
from dexter.sessions.records.steps import Step, ToolStep


def masked_metadata(metadata: SessionMetadata, masks: Masks, findings: Findings) -> SessionMetadata:
    """Metadata without secrets in what a person or another program wrote; what was found is added."""
    names = (
        "model",
        "provider",
        "first_query",
        "last_query",
        "title",
        "tags",
        "forked_from",
        "batch",
        "unknown",
    )
    texts = {name: getattr(metadata, name) for name in names}
    masked = masked_value(texts, masks, findings)
    if masked is texts:
        return metadata
    return msgspec.structs.replace(metadata, **{**masked, "tags": tuple(masked["tags"])})


def masked_exchange(exchange: SessionExchange, masks: Masks, findings: Findings) -> SessionExchange:
    """An exchange without secrets in its texts; what was found is added to `findings`."""
    texts = {
        name: getattr(exchange, name) for name in ("query", "answer", "summary", "error", "model", "provider")
    }
    figures = exchange.figures
    texts["unknown"] = exchange.unknown
    texts["further"] = [{"text": each.text, "unknown": each.unknown} for each in exchange.further]
    texts["figures"] = (
        None
        if figures is None
        else {"own": list(figures.own), "recalled": list(figures.recalled), "unknown": figures.unknown}
    )
    masked = masked_value(texts, masks, findings)
    if masked is texts:
        return exchange
    if figures is not None:
        # A piece of what was masked in the answer could be one of them.
        own, recalled = (
            tuple(figure for figure in masked["figures"][name] if figure in masked["answer"])
            for name in ("own", "recalled")
        )
        unknown = masked["figures"]["unknown"]
        figures = msgspec.structs.replace(figures, own=own, recalled=recalled, unknown=unknown)
    further = tuple(
        msgspec.structs.replace(each, **said)
        for each, said in zip(exchange.further, masked["further"], strict=True)
    )
    return msgspec.structs.replace(exchange, **{**masked, "figures": figures, "further": further})


def masked_steps(steps: Sequence[Step], masks: Masks, findings: Findings) -> tuple[Step, ...]:
    """Steps without secrets in what was thought, said, asked of tools and returned by them."""
    return tuple(_step(step, masks, findings) for step in steps)


def _step(step: Step, masks: Masks, findings: Findings) -> Step:
    texts: dict[str, Any]
    if isinstance(step, ToolStep):
        texts = {
            "name": step.name,
            "arguments": step.arguments,
            "result": step.result,
            "call_id": step.call_id,
        }
    else:
        texts = {"text": step.text}
    if step.helper is not None:
        # An id that is masked in a call has to be in what belongs to it.
        texts["helper"] = {"call_id": step.helper.call_id}
    masked = masked_value(texts, masks, findings)
    if masked is texts:
        return step
    if step.helper is not None:
        masked["helper"] = msgspec.structs.replace(step.helper, **masked["helper"])
    return msgspec.structs.replace(step, **masked)
