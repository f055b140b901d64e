"""A whole session as text: plain in a pipe; on a terminal drawn as a tree if it has branches."""

from collections.abc import Mapping, Sequence

from dexter.cli.screen.output import columns, counted, fit, local
from dexter.cli.screen.plots import plot_lines
from dexter.cli.screen.table_source import aligned
from dexter.sessions import SessionExchange, SessionMetadata, SessionView, Step, ToolStep
from dexter.sessions.reading.lineage import drawn, is_line
from dexter.sessions.records.figures import figures_line
from dexter.sessions.records.plots import plots_of
from dexter.sessions.records.steps import in_order
from dexter.terminal.cleaning import clean, one_line

_LOOKED_AT = 4096
_NARROWEST = 20
_LONGEST = 200


def session_text(view: SessionView, steps: Mapping[str, Sequence[Step]], width: int | None = None) -> str:
    """A session with all of its exchanges.

    Args:
        view: The session.
        steps: The steps of each exchange by its id.
        width: Of the terminal that it is drawn for; None: one exchange after the other, in order of time.
    """
    lines = _head(view.metadata, view.heads)
    heads = view.heads if len(view.heads) > 1 else ()
    plain = {
        exchange.id: _exchange_lines(
            exchange, steps.get(exchange.id, ()), width, is_head=exchange.id in heads
        )
        for exchange in view.exchanges
    }
    if width is None or is_line(view.exchanges):
        before = view.exchanges[0].parent_id if view.exchanges else None
        for exchange in view.exchanges:
            first, *others = plain[exchange.id]
            if exchange.parent_id != before:
                first += f"  follows {exchange.parent_id or 'none'}"
            lines += ["", first, *others]
            before = exchange.id
    else:
        lines += ["", *_tree(view.exchanges, plain, width)]
    if not view.exchanges:
        lines += ["", "No exchanges yet."]
    return "\n".join(lines)


def _head(metadata: SessionMetadata, heads: Sequence[str]) -> list[str]:
    lines = [f"Session: {metadata.id}"]
    if metadata.title:
        lines.append(f"Title: {one_line(metadata.title)}")
    if metadata.tags:
        lines.append(f"Tags: {', '.join(map(one_line, metadata.tags))}")
    lines.append(f"Model: {one_line(metadata.model)} ({one_line(metadata.provider)})")
    lines.append(f"Created: {local(metadata.created_at)}")
    lines.append(f"Last active: {local(metadata.updated_at)}")
    lines.append(f"Exchanges: {metadata.exchange_count}")
    if len(heads) > 1:
        lines.append(f"Heads: {len(heads)} ({', '.join(heads)})")
    return lines


def _exchange_lines(
    exchange: SessionExchange, steps: Sequence[Step], width: int | None, *, is_head: bool
) -> list[str]:
    said = [
        local(exchange.timestamp),
        exchange.status,
        f"{exchange.duration / 1000:.1f} s",
        one_line(exchange.model),
    ]
    if exchange.token_usage is not None:
        said.append(counted(exchange.token_usage.total_tokens, "token"))
    if is_head:
        said.append("head")
    lines = [f"--- {exchange.id}  {'  '.join(filter(None, said))}", *_asked_lines(exchange.query)]
    for each in exchange.further:
        lines += _asked_lines(each.text)
    tools = [step for step in in_order(steps) if isinstance(step, ToolStep)]
    if tools:
        lines += ["", *(_tool_line(step) for step in tools)]
    for plot in plots_of(steps):
        lines += ["", *plot_lines(plot, width)]
    answer = clean(exchange.answer).strip("\n")
    if width is not None:
        answer = aligned(answer, width)
    if answer and exchange.figures is not None:
        answer = f"{answer}\n\n{one_line(figures_line(exchange.figures))}"
    if exchange.error:
        return [*lines, "", *([answer, ""] if answer else []), f"Error: {one_line(exchange.error)}"]
    return [*lines, "", answer] if answer else [*lines, "", f"(no answer: {exchange.status})"]


def _asked_lines(text: str) -> list[str]:
    return [f"> {line}".rstrip() for line in clean(text).split("\n")]


def _tree(exchanges: Sequence[SessionExchange], plain: Mapping[str, Sequence[str]], width: int) -> list[str]:
    lines: list[str] = []
    between = ""
    for twig in drawn(exchanges):
        lines += [twig.joint or between.rstrip()] if lines else []
        room = max(width - len(twig.rest), _NARROWEST)
        whole = "\n".join(plain[twig.exchange.id]).split("\n")
        first, *others = [part for line in whole for part in _wrapped(line, room)]
        lines += [twig.first + first, *(f"{twig.rest}{line}".rstrip() for line in others)]
        between = twig.rest
    return lines


def _wrapped(line: str, room: int) -> list[str]:
    """A line in pieces of so many columns at most, cut at blanks where that can be."""
    pieces: list[str] = []
    while columns(line) > room:
        end = next(place for place in range(room, 0, -1) if columns(line[:place]) <= room)
        blank = line.rfind(" ", 0, end + 1)
        cut = blank if line[: max(blank, 0)].strip() else end
        pieces.append(line[:cut].rstrip())
        line = line[cut:].lstrip(" ")
    return [*pieces, line]


def _tool_line(step: ToolStep) -> str:
    arguments = ", ".join(f"{key}={value}" for key, value in step.arguments.items())
    failed = "" if step.ok else " failed"
    # Far more than can be seen: what a tool gave may have any length.
    said = one_line(f"{step.name}({arguments[:_LOOKED_AT]}){failed} -> {step.result[:_LOOKED_AT]}")
    by = "  * " if step.helper is None else f"      helper {step.helper.number}: "
    return fit(f"{by}{said}", _LONGEST)
