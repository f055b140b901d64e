"""`batch --results`: what the questions of a file have by now, from their sessions alone. Changes nothing."""

from pathlib import Path
from typing import Any

from dexter.cli.batches.batch_text import Result, Tally, result_of, row_line, summary
from dexter.cli.batches.questions import Question, read_questions
from dexter.cli.equipping.opening import opened
from dexter.cli.screen.lines import json_line
from dexter.sessions import SessionExchange, SessionManager
from dexter.sessions.records.batches import key_of, standings


def tell_results(
    home: Path, file: str, *, json: bool = False, limit: int | None = None, name: str | None = None
) -> int:
    """Print the result of each row in the order of the file, and what they come to.

    Args:
        home: The data directory.
        file: The questions, as for a run.
        json: One JSON object for each row, in the form of a run; `commit` is null.
        limit: Only the first so many questions of the file.
        name: What the batch is called; None stands for the file's name.

    Returns:
        0 if every question has a complete answer, else 1.

    Raises:
        QuestionsUnreadable: If the file can't be read.
        StoreUnreadable: If the sessions can't be read.
    """
    questions = read_questions(file, name)
    rows = questions.rows[:limit]
    results: list[Result] = []
    duration, delivered = 0, True
    with opened(home) as manager:
        known = standings(manager.list_sessions())
        for row in rows:
            standing = known.get(key_of(questions.name, row.text, row.mark))
            exchange = _latest(manager, standing.session_id, row) if standing else None
            session_id = standing.session_id if standing and exchange else None
            if json:
                delivered = json_line(_fields(row, session_id, exchange)) and delivered
            else:
                status = exchange.status if exchange else "not asked"
                time = exchange.duration if exchange else None
                delivered = row_line(row, status, session_id, time) and delivered
            if exchange is not None:
                results.append(result_of(exchange))
                duration += exchange.duration
    tally = Tally(questions.name, len(rows), 0, tuple(results), duration)
    return 0 if summary(tally, as_json=json) and delivered and tally.complete else 1


def _latest(manager: SessionManager, session_id: str, row: Question) -> SessionExchange | None:
    """The row's answer: people may have gone on in its session."""
    exchanges = manager.show(session_id).exchanges
    complete = [each for each in exchanges if each.status == "complete"]
    own = [each for each in complete if each.query == row.text]
    return next((found[-1] for found in (own, complete, exchanges) if found), None)


def _fields(row: Question, session_id: str | None, exchange: SessionExchange | None) -> dict[str, Any]:
    usage = exchange.token_usage if exchange else None
    figures = exchange.figures if exchange else None
    return {
        "row": row.row,
        "question": row.text,
        "sessionId": session_id,
        "exchangeId": exchange.id if exchange else None,
        "status": exchange.status if exchange else "notAsked",
        "answer": exchange.answer if exchange else None,
        "model": exchange.model if exchange else None,
        "provider": exchange.provider if exchange else None,
        "duration": exchange.duration if exchange else None,
        "tokenUsage": None if usage is None else usage.to_fields(),
        "commit": None,
        "figures": None if figures is None else figures.to_fields(),
    }
