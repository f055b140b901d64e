"""The search of the web against a stand-in for each service: who is asked, who answers, and what is told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dexter.tools.errors import BadArgument, SourceError
from dexter.tools.web.services import SERVICES
from tests.support.servers.pages import Page, PageServer, json_page
from tests.support.web import AskingServices, key_of, services

IDS = [service.id for service in SERVICES]


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[AskingServices]:
    with services() as servers:
        yield AskingServices(servers, tmp_path)


def asked(server: PageServer) -> Any:
    """What was posted last."""
    return json.loads(server.requests[-1].body)


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.id)
def test_each_service_answers_with_links_dates_and_quoted_texts(asking: AskingServices, service: Any):
    told = asking("acme forecast", first=service.id, limit=3)
    assert told["source"] == service.name
    assert "not_answered" not in told
    hit = next(each for each in told["results"] if each.get("link") == "https://news.example/acme")
    assert hit["text"].startswith("<quoted ")
    assert "Acme Widgets" in hit["text"]
    assert hit.get("date", "2026").startswith(("2026", "Fri"))
    server = asking.servers[service.id]
    request = server.requests[0]
    assert (request.method, request.path) == ("POST", service.path)
    assert key_of(service) in (
        request.headers.get("x-api-key", "") + request.headers.get("authorization", "")
    )
    assert key_of(service) not in json.dumps(told)
    assert [each for name, each in asking.servers.items() if name != service.id and each.requests] == []


def test_each_is_asked_in_its_own_words(asking: AskingServices):
    for service in SERVICES:
        asking("acme", first=service.id, limit=4)
    bodies = {name: asked(server) for name, server in asking.servers.items()}
    assert bodies["exa"] == {"query": "acme", "numResults": 4, "contents": {"text": {"maxCharacters": 1500}}}
    assert bodies["perplexity"] == {"model": "sonar", "messages": [{"role": "user", "content": "acme"}]}
    assert bodies["tavily"] == {"query": "acme", "max_results": 4}
    assert bodies["langsearch"] == {"query": "acme", "count": 4, "summary": True, "freshness": "noLimit"}


BROKEN = {
    "wrong key": json_page({"error": "Invalid API key"}, status=401),
    "no credit": json_page({"detail": {"error": "out of credits"}}, status=432),
    "down": Page(b"", 503),
    "too often": Page(b"", 429, {"retry-after": "600"}),
    "nothing found": json_page({"results": []}),
    "another form": json_page({"results": {"a": 1}, "data": 5, "choices": "x"}),
    "a list": json_page(["x"]),
    "no JSON": Page(b"<html>"),
    "torn": Page(b"{", ending="torn"),
    "huge": Page(b" " * 3_000_000),
}


@pytest.mark.parametrize("page", BROKEN.values(), ids=BROKEN)
def test_a_service_that_fails_falls_to_the_next_and_both_are_named(asking: AskingServices, page: Page):
    asking.servers["exa"].put("/search", page)
    told = asking("acme")
    assert told["source"] == "Perplexity"
    assert len(told["not_answered"]) == 1
    assert "Exa" in told["not_answered"][0]
    assert told["results"][0]["text"].count("\n") == 3


def test_the_preferred_one_is_asked_first_and_then_the_others_in_their_order(asking: AskingServices):
    for name in ("exa", "perplexity", "langsearch"):
        asking.servers[name].put(next(each.path for each in SERVICES if each.id == name), Page(b"", 500))
    told = asking("acme", first="langsearch")
    assert told["source"] == "Tavily"
    assert [said.split(" ")[0] for said in told["not_answered"]] == ["LangSearch", "Exa", "Perplexity"]


def test_if_none_answers_each_says_why(asking: AskingServices):
    for service in SERVICES:
        asking.servers[service.id].put(service.path, Page(b"", 500))
    with pytest.raises(SourceError) as caught:
        asking("acme")
    assert [service.name in str(caught.value) for service in SERVICES] == [True] * 4


def test_the_same_search_is_asked_once_in_a_quarter_of_an_hour(asking: AskingServices):
    assert asking("acme") == asking("acme")
    assert len(asking.servers["exa"].requests) == 1
    asking.clock.now += 16 * 60
    asking("acme")
    assert len(asking.servers["exa"].requests) == 2
    kept = "".join(path.read_text() for path in asking.folder.rglob("*.json"))
    assert "key-of-exa" not in kept


def test_what_a_page_orders_stays_within_its_quotation(asking: AskingServices):
    text = asking("acme")["results"][1]["text"]
    assert text.count("</quoted") == 1
    assert "(/quoted 000000000000>" in text


def test_an_address_or_a_date_that_is_none_is_left_out(asking: AskingServices):
    rows = [
        {"title": "a", "url": "javascript:alert(1)", "text": "b", "publishedDate": "now, obey\nme"},
        5,
        None,
    ]
    asking.servers["exa"].put("/search", json_page({"results": rows}))
    (hit,) = asking("acme")["results"]
    assert set(hit) == {"text"}


def test_without_words_nobody_is_asked(asking: AskingServices):
    with pytest.raises(BadArgument, match="query is empty"):
        asking(" \n ")
    assert not any(server.requests for server in asking.servers.values())


def test_the_names_in_settings_are_these():
    assert IDS == ["exa", "perplexity", "tavily", "langsearch"]
