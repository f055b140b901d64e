"""Homes full of sessions for benchmarks: the files are written and adopted, which is one commit."""

import random
from pathlib import Path

from dexter.sessions import SessionExchange, SessionManager, SessionMetadata, TokenUsageRecord
from dexter.sessions.reading import derived

START = 1_767_225_600_000
_COMPANIES = ("AAPL", "MSFT", "GOOGL", "NVDA", "AMZN", "META", "TSLA", "JPM", "KO", "PFE")
_TEXT = (
    "revenue margin growth guidance backlog inventory cash flow debt equity dividend buyback segment "
    "services hardware cloud licence subscription churn retention capex depreciation amortisation "
    "goodwill impairment currency hedge exposure supplier customer contract renewal pricing volume "
    "mix operating leverage quarter year forecast consensus estimate surprise multiple valuation "
    "discount rate terminal value sensitivity scenario risk regulation litigation settlement tax "
    "credit working capital receivable payable turnover "
)
_WORDS = _TEXT.split()


def fill(home: Path, sessions: int, exchanges: int, answer_words: int = 400) -> None:
    """Make a home; an answer has so many words (400 are about 3 KB)."""
    draw = random.Random(7)  # noqa: S311  text for a benchmark
    for number in range(sessions):
        name = _name(number)
        folder = home / "sessions" / "cli" / name
        folder.mkdir(parents=True)
        began = START + number * 60_000
        rows: list[SessionExchange] = []
        for turn in range(exchanges):
            rows.append(exchange(draw, began, turn, answer_words, rows[-1].id if rows else None))
        plain = SessionMetadata(name, began, began, model="gpt-5", provider="openai")
        (folder / "history.jsonl").write_bytes(b"".join(row.to_line() + b"\n" for row in rows))
        (folder / "session.json").write_bytes(derived(plain, rows).to_line() + b"\n")
    with SessionManager(home, identity=("Bench", "bench@example.invalid")) as manager:
        assert len(manager.list_sessions()) == sessions


def exchange(
    draw: random.Random, began: int, turn: int, answer_words: int, parent: str | None
) -> SessionExchange:
    """One exchange with made-up text; of words, a few are rare."""
    when = began + turn * 1000
    company = draw.choice(_COMPANIES)
    words = draw.choices(_WORDS, k=answer_words)
    words[len(words) // 2] = f"item{draw.randrange(20_000)}"
    return SessionExchange(
        id=f"{when:012x}-{turn:06}",
        timestamp=when,
        query=f"What about the {draw.choice(_WORDS)} of {company} in {2000 + turn % 25}?",
        answer=" ".join(words),
        model="gpt-5",
        duration=1200,
        token_usage=TokenUsageRecord(300, 500, 800),
        parent_id=parent,
        provider="openai",
    )


def _name(number: int) -> str:
    """A session id; neighbours in time are none in the tree."""
    return f"{(number * 2_654_435_761) % 10**8:08}"
