"""`--print`: one exchange without a chat. The answer goes to stdout, everything else to stderr."""

import asyncio
import sys
from typing import Any

from dexter.agent import Event, Finished, Outcome
from dexter.asking import Answered, ask
from dexter.cli.asking.equipment import Equipment, equip
from dexter.cli.asking.progress import Progress
from dexter.cli.asking.stopping import Stopping
from dexter.cli.options import Options
from dexter.cli.screen.lines import answer_line, error_line, json_line, remark
from dexter.cli.screen.plots import with_plots
from dexter.errors import DexterError, UsageError
from dexter.sessions import SessionManager
from dexter.sessions.records.figures import figures_line, worth_telling

EXIT_CODES = {"complete": 0, "error": 1, "interrupted": 130}


def run_print(options: Options) -> int:
    """Ask one query and print what was answered; returns the exit code, 0 only for a complete answer.

    Ctrl+C and SIGTERM end the query: what there is of an answer is saved as interrupted and printed.

    Raises:
        UsageError: If there is no query. Nothing was stored.
        ModelNotFound: If `--model` names nothing that can answer. Nothing was stored.
        SessionNotFound: If there is no session to go on with.
        NotSaved: If the exchange can't be saved; the answer was printed all the same.
    """
    query = _query(options.print_query or "")
    equipment = equip(options)
    with equipment.sessions:
        equipment.tell()
        return asyncio.run(_print(query, equipment, as_json=options.json))


def _query(text: str) -> str:
    if text == "-":
        if sys.stdin is None:
            raise UsageError("There is no standard input to read the query from.")
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    else:
        # What the shell handed over may hold bytes that are no text.
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if not text.strip():
        raise UsageError("The query is empty: give one after --print, or - to read it from standard input.")
    return text.strip("\r\n")


async def _print(query: str, equipment: Equipment, *, as_json: bool) -> int:
    last: list[Outcome] = []
    progress = Progress(sys.stderr, equipment.labels)

    def show(event: Event) -> None:
        progress.show(event)
        if isinstance(event, Finished):
            last.append(event.outcome)

    with Stopping() as stopping, progress:
        try:
            equipment.begin_session()
            answered = await ask(
                query,
                manager=equipment.manager,
                agent=equipment.agent,
                memory=equipment.memory,
                show=show,
                started=stopping.watch,
            )
        except DexterError:
            # The answer is not saved, but it is there; the error follows on stderr.
            progress.stop()
            if last:
                _deliver(last[0], None, equipment, as_json=as_json)
            raise
        finally:
            await equipment.agent.close()
    delivered = _deliver(answered.outcome, answered, equipment, as_json=as_json)
    _explain(answered, equipment, delivered=delivered, as_json=as_json)
    return stopping.exit_code or EXIT_CODES[answered.outcome.status] or (0 if delivered else 1)


def _deliver(outcome: Outcome, answered: Answered | None, equipment: Equipment, *, as_json: bool) -> bool:
    if not as_json:
        return answer_line(with_plots(outcome.answer, outcome.steps))
    return json_line(answer_fields(outcome, answered, equipment.manager))


def answer_fields(
    outcome: Outcome, answered: Answered | None, manager: SessionManager | None
) -> dict[str, Any]:
    """An answer for JSON output; without `answered` it could not be saved, without `manager` nothing is."""
    saved = answered.saved if answered else None
    usage = outcome.usage
    return {
        "sessionId": manager.session_id if manager else None,
        "exchangeId": saved.id if saved else None,
        # What could not be saved did not succeed, whatever the model said.
        "status": outcome.status if answered else "error",
        "answer": outcome.answer,
        "model": outcome.model,
        "provider": outcome.provider,
        "duration": outcome.duration,
        "tokenUsage": None if usage is None else usage.to_fields(),
        "commit": saved.commit if saved else None,
        "figures": None if outcome.figures is None else outcome.figures.to_fields(),
    }


def _explain(answered: Answered, equipment: Equipment, *, delivered: bool, as_json: bool) -> None:
    session_id = equipment.manager.session_id if equipment.manager else None
    figures = answered.outcome.figures
    if figures is not None and worth_telling(figures) and not as_json:
        remark(figures_line(figures))
    equipment.tell_after(answered)
    if answered.outcome.error:
        error_line(answered.outcome.error)
    elif answered.outcome.status == "interrupted":
        remark("Interrupted; what there is of the answer is saved." if session_id else "Interrupted.")
    elif not delivered:
        kept = f"it is saved in session {session_id}" if session_id else "it is not stored anywhere"
        error_line(f"The answer could not be written to standard output; {kept}.")
    if session_id and not as_json:
        remark(f"Session: {session_id}")
