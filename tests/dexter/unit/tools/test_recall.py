"""The tool that searches earlier sessions."""

from dexter.tools.recall import recall_tool
from tests.dexter.unit.tools.hits import Finder, Found

DAY = 86_400_000
NOW = 1_767_225_600


def test_hits_name_session_exchange_and_time() -> None:
    found = recall_tool(Finder((Found(),)))(query="NVDA")
    assert found["count"] == 1
    assert found["hits"][0] == {
        "session": "a7k3m9x2",
        "exchange": "0198-1",
        "when": "2026-01-01T00:00:00Z",
        "title": None,
        "query": "What is NVDA's gross margin?",
        "snippet": "It was 75 percent.",
    }


def test_only_exchanges_of_the_last_days_are_given_if_asked_for() -> None:
    hits = tuple(Found(exchange_id=str(age), when=NOW * 1000 - age * DAY) for age in (20, 3, 1))
    recall = recall_tool(Finder(hits), clock=lambda: NOW)
    assert [hit["exchange"] for hit in recall(query="NVDA", within_days=7)["hits"]] == ["3", "1"]
    assert recall(query="NVDA")["count"] == 3


def test_the_number_of_hits_is_bounded() -> None:
    recall = recall_tool(Finder(tuple(Found(exchange_id=str(at)) for at in range(50))))
    assert recall(query="NVDA", limit=1000)["count"] == 20
    assert recall(query="NVDA", limit=-5)["count"] == 1
