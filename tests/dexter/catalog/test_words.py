"""What is found by what: letters of any script, phrases, beginnings, and whatever else is typed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.cli.stored.searching import STARS, marked
from dexter.sessions import SessionManager, Wanted, parse_query
from dexter.sessions.searching import ranking
from dexter.sessions.searching.snippets import snippet
from tests.support.sessions import make_session


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("words") / ".dexter"
    texts = [
        "Crème brûlée and AAPL's P/E ratio", "東京タワーの高さは333メートル", "삼성전자의 매출", "ราคาหุ้นวันนี้",
        "हिन्दी भाषा", "to the moon 🚀 now", "STRASSE und Äpfel", "free cash flow of 2,500",
    ]  # fmt: skip
    make_session(home, *texts)
    return home


@pytest.mark.parametrize(
    ("query", "beginning"),
    [
        ("creme", "Crème"), ("BRÛLÉE", "Crème"), ("p/e", "Crème"), ("タワー", "東京"), ("京タ", "東京"),
        ("高さ", "東京"), ("전자", "삼성"), ("หุ้น", "ราคา"), ("हिन्दी", "हिन्दी"),
        ("हान्दू", None), ("🚀", "to the"),
        ("straße", "STRASSE"), ("apfel", "STRASSE"), ('"cash flow"', "free"), ('"flow cash"', None),
        ("flow cash", "free"), ("fre*", "free"), ("fre", None), ("cash NOT free", None), ("2,500", "free"),
        ('cash"', "free"), ("cash (", "free"), ("cash -", "free"), ("cash AND", None), ("query:cash", None),
        ("cas*", "free"), ('"free ca"*', "free"),
    ],
)  # fmt: skip
def test_it_is_found(home: Path, query: str, beginning: str | None):
    with SessionManager(home) as manager:
        hits = manager.look_up(Wanted(parse_query(query))).hits
    assert [hit.query.startswith(beginning or "") for hit in hits] == [True] * (beginning is not None)
    assert all(hit.query_marks for hit in hits)


@pytest.mark.parametrize("query", ["", "  ", "(", '"', "-", "*", '"" ""', "\x00", "…!?"])
def test_a_query_without_a_word_has_no_terms(query: str):
    assert parse_query(query) == ()


@given(st.text(max_size=40))
def test_nothing_that_is_typed_is_an_error(home: Path, text: str):
    with SessionManager(home) as manager:
        manager.look_up(Wanted(parse_query(text)))
        manager.search(text)


@given(st.text(max_size=400), st.text(max_size=20))
def test_marks_lie_in_the_snippet_and_apart(text: str, query: str):
    terms = parse_query(query)
    found = snippet(text, terms, 60)
    at = 0
    for start, end in found.marks:
        assert at <= start < end <= len(found.text)
        at = end
    assert len(found.text) <= 60 + 8
    assert "\x1b" not in marked(found.text, found.marks, STARS)


@pytest.mark.parametrize("tried", [0, 3, 200])
@pytest.mark.parametrize("since", [None, 4])
def test_of_common_words_the_latest_come_first_however_they_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tried: int, since: int | None
):
    make_session(tmp_path, *(f"cash {number}" for number in range(5)), session_id="bbbb0000")
    make_session(tmp_path, "another thing", "free cash 5", session_id="aaaa0000")
    monkeypatch.setattr(ranking, "_RANKED", 2)
    monkeypatch.setattr(ranking, "_TRIED", tried)
    with SessionManager(tmp_path) as manager:
        moments = sorted(each.timestamp for each in manager.usage())
        wanted = Wanted(parse_query("cash"), limit=3, since=None if since is None else moments[since])
        found = manager.look_up(wanted)
    assert [hit.query for hit in found.hits] == (
        ["free cash 5", "cash 4", "cash 3"] if since is None else ["free cash 5", "cash 4"]
    )
    assert found.more is (since is None)
