"""The services that search the web: address, keys, what each is asked and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dexter.tools.fetching.source import Source

LONGEST_TEXT = 1500


@dataclass(frozen=True)
class Hit:
    """Something that was found: all of it as the service gave it, to be cleaned by who shows it."""

    url: str
    title: str
    text: str
    date: str = ""


@dataclass(frozen=True)
class Service:
    """A service; `keys` are the variables for its key, `ask` makes what is posted, `read` the hits."""

    source: Source
    keys: tuple[str, ...]
    key_page: str
    path: str
    header: Callable[[str], Mapping[str, str]]
    ask: Callable[[str, int], Mapping[str, Any]]
    read: Callable[[Any], list[Hit]]

    @property
    def id(self) -> str:
        """Its name in settings."""
        return self.source.id

    @property
    def name(self) -> str:
        """What people call it."""
        return self.source.name


def _bearer(key: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {key}"}


def _hits(found: Any, title: str, text: tuple[str, ...], date: str) -> list[Hit]:
    rows = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return [
        Hit(
            _said(row.get("url")),
            _said(row.get(title)),
            next((said for name in text if (said := _said(row.get(name)))), ""),
            _said(row.get(date)),
        )
        for row in rows
    ]


def _said(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(each for each in value if isinstance(each, str))
    return value if isinstance(value, str) else ""


def _at(value: Any, *names: str | int) -> Any:
    for name in names:
        if isinstance(name, int):
            value = value[name] if isinstance(value, list) and len(value) > name else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def _perplexity(answer: Any) -> list[Hit]:
    """Its own answer first, then what that is made of."""
    said = _said(_at(answer, "choices", 0, "message", "content"))
    own = [Hit("", "Answer of Perplexity's model, made of the pages below", said)] if said else []
    pages = _hits(_at(answer, "search_results"), "title", ("snippet",), "date")
    cited = _at(answer, "citations")
    if not pages and isinstance(cited, list):
        pages = [Hit(each, "", "") for each in cited if isinstance(each, str)]
    return own + pages


SERVICES = (
    Service(
        Source("exa", "Exa", ("api.exa.ai",), per_second=5),
        ("EXASEARCH_API_KEY", "EXA_API_KEY"),
        "dashboard.exa.ai",
        "/search",
        lambda key: {"x-api-key": key},
        lambda query, limit: {
            "query": query,
            "numResults": limit,
            "contents": {"text": {"maxCharacters": LONGEST_TEXT}},
        },
        lambda answer: _hits(
            _at(answer, "results"), "title", ("text", "highlights", "summary"), "publishedDate"
        ),
    ),
    Service(
        Source("perplexity", "Perplexity", ("api.perplexity.ai",), per_second=1),
        ("PERPLEXITY_API_KEY",),
        "perplexity.ai/settings/api",
        "/chat/completions",
        _bearer,
        lambda query, _limit: {"model": "sonar", "messages": [{"role": "user", "content": query}]},
        _perplexity,
    ),
    Service(
        Source("tavily", "Tavily", ("api.tavily.com",), per_second=5),
        ("TAVILY_API_KEY",),
        "app.tavily.com",
        "/search",
        _bearer,
        lambda query, limit: {"query": query, "max_results": limit},
        lambda answer: _hits(_at(answer, "results"), "title", ("content",), "published_date"),
    ),
    Service(
        Source("langsearch", "LangSearch", ("api.langsearch.com",), per_second=1),
        ("LANGSEARCH_API_KEY",),
        "langsearch.com",
        "/v1/web-search",
        _bearer,
        lambda query, limit: {"query": query, "count": limit, "summary": True, "freshness": "noLimit"},
        lambda answer: _hits(
            _at(answer, "data", "webPages", "value"), "name", ("summary", "snippet"), "datePublished"
        ),
    ),
)
"""All of them, the ones that are asked first before the others."""


def ordered(preferred: str | None) -> tuple[Service, ...]:
    """All services, the preferred one first."""
    return tuple(sorted(SERVICES, key=lambda service: service.id != preferred))
