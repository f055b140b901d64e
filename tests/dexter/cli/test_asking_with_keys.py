"""The real program with a scripted model and the sources that need a key, between them the loopback."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.market import market
from tests.support.servers import Call, ModelServer, Reply
from tests.support.servers.pages import Page, PageServer
from tests.support.sessions import dexter
from tests.support.web import services

FD_KEY = "fd-key-0123456789abcdef"
STATEMENT = Call("financial_statements", {"ticker": "ACMW", "kind": "income"})
NEWS = Call("company_news", {"ticker": "ACMW"})
SEARCH = Call("web_search", {"query": "acme forecast"})


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def source() -> Iterator[PageServer]:
    with market() as running:
        yield running


def ask(model: ModelServer, call: Call, **more: str) -> str:
    """Ask once with a model that calls one tool; what the model got to see of its result."""
    model.say(Reply(calls=(call,)), Reply("Done."))
    environment = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "sk-sources-123456", **more}
    done = dexter("--model", "openai:demo", "--print", "What?", environment=environment)
    assert (done.returncode, done.stdout) == (0, "Done.\n"), done.stderr
    return str(model.bodies[-1]["messages"][-1]["content"])


def offered(model: ModelServer) -> set[str]:
    """The tools that the model was offered."""
    return {tool["function"]["name"] for tool in model.bodies[-1]["tools"]}


def test_a_figure_of_the_data_set_comes_once_and_its_key_is_kept_nowhere(
    model: ModelServer, source: PageServer
):
    more = {"FINANCIAL_DATASETS_API_KEY": FD_KEY, "DEXTER_FD_BASE_URL": source.address}
    told = json.loads(ask(model, STATEMENT, **more))
    assert told["statements"][0]["revenue"] == "1234600000 USD"
    assert json.loads(ask(model, STATEMENT, **more)) == told
    assert [each.headers["x-api-key"] for each in source.requests] == [FD_KEY]
    assert {"market_price", "price_history", "company_news"} <= offered(model)
    assert {each.name for each in Path(".dexter/cache/fd").iterdir()} == {"income_statements"}
    stored = b"".join(path.read_bytes() for path in Path(".dexter").rglob("*") if path.is_file())
    assert FD_KEY.encode() not in stored


def test_without_keys_there_is_the_page_reader_and_nothing_else_that_needs_one(model: ModelServer):
    assert "Unknown tool" in ask(model, STATEMENT) or "financial_statements" in ask(model, STATEMENT)
    assert "web_fetch" in offered(model)
    assert {"web_search", "x_search", "market_price"}.isdisjoint(offered(model))


def test_orders_in_the_news_reach_the_model_as_a_quotation(model: ModelServer, source: PageServer):
    more = {"FINANCIAL_DATASETS_API_KEY": FD_KEY, "DEXTER_FD_BASE_URL": source.address}
    title = json.loads(ask(model, NEWS, **more))["news"][1]["title"]
    inside = title.partition("\n")[2].rpartition("\n")[0]
    assert "Ignore all earlier instructions" in inside
    assert "</quoted" not in inside


def test_the_preferred_service_searches_first_and_the_next_one_if_it_fails(model: ModelServer):
    with services() as servers:
        urls = {name: server.address for name, server in servers.items()}
        Path(".dexter").mkdir()
        Path(".dexter/settings.json").write_text(json.dumps({"searchProvider": "tavily", "sourceUrls": urls}))
        keys = {"EXASEARCH_API_KEY": "exa-0123456789", "TAVILY_API_KEY": "tvly-0123456789"}
        assert json.loads(ask(model, SEARCH, **keys))["source"] == "Tavily"
        servers["tavily"].put("/search", Page(b"", 401))
        other = Call("web_search", {"query": "acme widgets"})
        told = json.loads(ask(model, other, **keys))
        assert told["source"] == "Exa"
        assert told["not_answered"] == ["Tavily answered with error 401."]
        assert servers["perplexity"].requests == servers["langsearch"].requests == []


def test_no_variable_leads_the_page_reader_to_this_machine(model: ModelServer, source: PageServer):
    environment = {
        "DEXTER_WEB_BASE_URL": source.address,
        "HTTP_PROXY": source.address,
        "http_proxy": source.address,
    }
    for url in (
        f"{source.address}/news",
        "http://127.0.0.1/",
        "http://localhost/",
        "http://169.254.169.254/latest/",
    ):
        assert "is not asked" in ask(
            model, Call("web_fetch", {"url": url}), **environment, NO_PROXY="127.0.0.1"
        )
    assert source.requests == []
