from pathlib import Path

import pytest

from dexter.sessions import SessionManager
from dexter.sessions.searching.queries import parse_query, telling_terms
from dexter.sessions.searching.snippets import LENGTH, snippet
from tests.support.sessions import make_session, save


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / ".dexter"
    make_session(
        home, "What is AAPL's P/E ratio?", "And its gross margin?", session_id="aaaa0000", answer="28.5"
    )
    make_session(
        home, "Compare MSFT and GOOGL revenue", session_id="bbbb0000", answer="MSFT leads; margins differ"
    )
    return home


def found(home: Path, query: str, limit: int = 10) -> list[str]:
    with SessionManager(home) as manager:
        return [hit.query for hit in manager.search(query, limit)]


def test_words_are_found_in_queries_and_answers_whatever_their_case(home: Path):
    assert found(home, "aapl") == ["What is AAPL's P/E ratio?"]
    assert found(home, "LEADS") == ["Compare MSFT and GOOGL revenue"]


def test_the_exchange_with_more_of_the_words_comes_first_and_queries_count_more(home: Path):
    assert found(home, "gross margin") == ["And its gross margin?", "Compare MSFT and GOOGL revenue"]
    assert found(home, "margin", limit=1) == ["And its gross margin?"]


def test_words_that_say_nothing_find_nothing_beside_others(home: Path):
    assert found(home, "what did I ask about GOOGL") == ["Compare MSFT and GOOGL revenue"]


@pytest.mark.parametrize("question", ["How is MSFT's revenue?", "MSFT\u2019s revenue", "and MSFT's..."])
def test_whose_something_is_is_found_by_the_name(home: Path, question: str):
    assert found(home, question) == ["Compare MSFT and GOOGL revenue"]
    assert telling_terms("Systems's marmar")[0].words == ("systems",)


def test_besides_a_session_only_whole_exchanges_of_others_are_found_however_many_it_has(home: Path):
    make_session(home, "Its margin?", session_id="cccc0000", status="interrupted")
    with SessionManager(home) as manager:
        manager.resume("aaaa0000", record=False)
        for number in range(30):
            save(manager, f"Gross margin in year {number}?")
        hits = manager.search("gross margin", 2, besides="aaaa0000")
        assert [hit.query for hit in hits] == ["Compare MSFT and GOOGL revenue"]
        assert {hit.session_id for hit in manager.search("gross margin", 2)} == {"aaaa0000"}
        assert len(manager.search("gross margin", 40, besides="")) == 32


def test_a_word_inside_another_is_not_found(home: Path):
    assert found(home, "oogl") == []
    assert found(home, "") == []
    assert found(home, "???") == []
    assert found(home, "aapl", limit=0) == []


def test_a_title_is_searched_and_told(home: Path):
    with SessionManager(home) as manager:
        manager.rename_session("bbbb0000", "Cloud giants")
        (hit,) = manager.search("giants")
        assert (hit.session_id, hit.title) == ("bbbb0000", "Cloud giants")
        assert manager.show("bbbb0000").exchanges[0].id == hit.exchange_id
        manager.delete_session("bbbb0000")
        assert manager.search("giants") == []


def test_what_was_just_saved_is_found(home: Path):
    with SessionManager(home) as manager:
        manager.resume("aaaa0000")
        save(manager, "Is NVDA dear?")
        assert [hit.query for hit in manager.search("nvda")] == ["Is NVDA dear?"]


def test_a_snippet_is_the_part_with_the_words():
    text = "before " * 100 + "the needle lies here " + "after " * 100
    cut = snippet(text, parse_query("needle"))
    assert "the needle lies here" in cut.text
    assert cut.text.startswith("... ")
    assert cut.text.endswith(" ...")
    assert len(cut.text) <= LENGTH + 8
    assert [cut.text[start:end] for start, end in cut.marks] == ["needle"]
    assert snippet("short\n text", parse_query("x")) == ("short text", ())
