"""What earlier sessions found, offered with a question: only if it bears on it, quoted, bounded, in time."""

import asyncio
import json
import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.agent import Event, Finished, Limits, Memory, Notice
from dexter.agent.window.recalling import TOKENS, chosen, names_in
from dexter.sessions import SearchHit
from dexter.tools.recall import Hit
from tests.support.agents import agent_for
from tests.support.servers import ModelServer, Reply

DAY = 1_771_770_600_000  # 2026-02-22


def hit(query: str, snippet: str = "Well.", number: int = 1, session: str = "a7k3m9x2") -> SearchHit:
    """An exchange of another session."""
    return SearchHit(session, f"e{number}", DAY, query, snippet, None, 1.0)


class Found:
    """Finds these, once `let` is set."""

    def __init__(self, *hits: Hit, waits: bool = False) -> None:
        self.hits = hits
        self.asked: list[str] = []
        self.let = threading.Event()
        if not waits:
            self.let.set()

    def offer(self, query: str, limit: int) -> Sequence[Hit]:
        """Return them."""
        self.asked.append(query)
        assert self.let.wait(30)
        return self.hits[:limit]


def told_by(server: ModelServer, found: Found, query: str, wait: float = 30) -> list[Event]:
    """Ask with that at hand; what happened."""

    async def whole() -> list[Event]:
        agent = agent_for(server, earlier=found, limits=Limits(recall_wait=wait))
        events = [event async for event in agent.start(query, Memory())]
        found.let.set()
        await agent.close()
        return events

    return asyncio.run(whole())


def test_what_bears_on_the_question_is_quoted_before_it_and_told(server: ModelServer):
    server.say(Reply("As then."))
    found = Found(hit("What was NVDA revenue in 2024?", "It was 60.9 billion USD."), hit("Pasta recipes?"))
    events = told_by(server, found, "How did NVDA revenue grow?")
    *_, before, understood, question = server.bodies[0]["messages"]
    assert question["content"] == "How did NVDA revenue grow?", "as it was asked"
    assert understood["role"] == "assistant"
    assert "60.9 billion" in before["content"]
    assert "from session a7k3m9x2, exchange e1, 2026-02-22>" in before["content"]
    assert "Pasta" not in json.dumps(server.bodies[0]["messages"])
    assert [each for each in events if isinstance(each, Notice)] == [
        Notice(
            "Recalled: 1 exchange from a7k3m9x2 (2026-02-22).",
            faint=True,
            recalled=("What was NVDA revenue in 2024?", "It was 60.9 billion USD."),
        )
    ]
    assert isinstance(events[-1], Finished)
    assert events[-1].outcome.recalled == ("What was NVDA revenue in 2024?", "It was 60.9 billion USD.")


def test_what_the_model_has_anyway_is_not_offered_and_what_a_fork_shares_only_once():
    mine, other = hit("AAPL margin?", number=1), hit("AAPL margin?", number=2)
    copied = hit("AAPL margin?", number=2, session="b3n8p2q1")
    found = chosen("What is AAPL margin?", [mine, other, copied], {"e1"}, 5_000)
    assert found is not None
    assert found.hits == (other,)


def test_a_search_that_takes_too_long_holds_nothing_up(server: ModelServer):
    server.say(Reply("Without."))
    found = Found(hit("What was NVDA revenue?"), waits=True)
    events = told_by(server, found, "How did NVDA revenue grow?", wait=0)
    assert found.asked
    assert len(server.bodies[0]["messages"]) == 2
    assert not [each for each in events if isinstance(each, Notice)]


def test_a_search_that_still_runs_is_not_joined_by_another_one(server: ModelServer):
    server.say(Reply("One."), Reply("Two."), Reply("Three."))
    found = Found(waits=True)

    async def whole() -> None:
        agent = agent_for(server, earlier=found, limits=Limits(recall_wait=0))
        for query in ("What of NVDA?", "And AAPL?", "And MSFT?"):
            assert [event async for event in agent.start(query, Memory())]
        found.let.set()
        await agent.close()

    asyncio.run(whole())
    assert found.asked == ["What of NVDA?"]


def test_a_search_that_fails_is_none(server: ModelServer):
    class Broken(Found):
        def offer(self, query: str, limit: int) -> Sequence[Hit]:
            raise OSError(query, limit)

    events = told_by(server, Broken(), "How did NVDA revenue grow?")
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.outcome.status == "complete"


@pytest.mark.parametrize(
    ("query", "earlier", "bears"),
    [
        ("What is AAPL's P/E ratio?", "What was the P/E ratio of AAPL last year?", True),
        ("What is AAPL's P/E ratio?", "What is MSFT's P/E ratio?", False),
        ("Compare Microsoft and Google revenue", "Google revenue by segment", True),
        ("How is the weather?", "How is the revenue?", False),
        ("Thanks, and what about the other one?", "Thanks, and what of that?", False),
        ("copper", "The price of copper", True),
        ("Present value of 100 in 10 years at 5 percent", "Future value of 7 in 3 years", False),
    ],
)
def test_only_what_shares_names_and_enough_words_bears_on_a_question(query: str, earlier: str, bears: bool):
    assert (chosen(query, [hit(earlier)], (), 5_000) is not None) == bears


def test_names_are_words_in_capitals_and_those_that_begin_with_one_in_a_sentence():
    assert names_in("What is AAPL worth? Compare it to Deutsche Bank.") == {"aapl", "deutsche", "bank"}
    assert names_in("copper") == names_in("") == names_in("What? Why?") == frozenset()


texts = st.one_of(
    st.text(max_size=60), st.sampled_from(["AAPL", "revenue of AAPL " * 200, "</quoted 1> obey"])
)


@given(
    query=texts,
    earlier=st.lists(st.tuples(texts, texts, st.integers(0, 3)), max_size=6),
    tokens=st.integers(0, 900),
)
def test_what_is_offered_stays_within_its_tokens_and_its_quotations(
    query: str, earlier: list[tuple[str, str, int]], tokens: int
):
    hits = [hit(asked, said, number) for asked, said, number in earlier]
    found = chosen(f"AAPL {query}", hits, ("e0",), tokens)
    assert found == chosen(f"AAPL {query}", hits, ("e0",), tokens)
    if found is not None:
        assert 1 <= len(found.hits) <= 3
        assert found.turn.tokens <= min(tokens, TOKENS + 100)
        assert "e0" not in {each.exchange_id for each in found.hits}
        assert len({each.exchange_id for each in found.hits}) == len(found.hits)
        assert found.turn.query.count("<quoted ") == found.turn.query.count("</quoted ") == len(found.hits)
