"""The places that tools ask, put together from environment, settings and home.

Nothing is opened or written before one is asked. Where a place needs a key that is not set, there is none.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dexter import __version__
from dexter.cli.options import Options
from dexter.identity import user_email
from dexter.keys import Keys
from dexter.paths import Home, is_directory
from dexter.settings import Settings
from dexter.tools.fetching.cache import Cache
from dexter.tools.fetching.client import Client, Patience
from dexter.tools.fetching.pace import Pace
from dexter.tools.fetching.source import Source
from dexter.tools.filings.edgar import SEC, Edgar, user_agent

if TYPE_CHECKING:
    from dexter.tools.market.dataset import Dataset
    from dexter.tools.web.pages import WebPages
    from dexter.tools.web.searching import WebSearch
    from dexter.tools.web.x import XApi

PROGRAM = f"dexter/{__version__}"
SEARCH_PATIENCE = Patience(connecting=5, silence=12, whole=14, retries=1, longest_wait=3)
"""Four services may have to be asked within the time that one tool has."""


def edgar_of(options: Options, keys: Keys, settings: Settings) -> Edgar:
    """What asks the SEC."""

    def headers() -> Mapping[str, str]:
        contact = keys.get("DEXTER_SEC_CONTACT") or settings.sec_contact
        return user_agent(PROGRAM, contact or user_email(Path.cwd(), options.environment))

    return Edgar(_client(SEC, headers, options, keys, settings))


def dataset_of(options: Options, keys: Keys, settings: Settings) -> "Dataset | None":
    """What asks Financial Datasets."""
    from dexter.tools.market.dataset import FINANCIAL_DATASETS, KEY, Dataset, key_header

    key = keys.get(KEY)
    if key is None:
        return None
    return Dataset(_client(FINANCIAL_DATASETS, lambda: key_header(key), options, keys, settings))


def search_of(options: Options, keys: Keys, settings: Settings) -> "WebSearch | None":
    """What searches the web: the services that there is a key for, the preferred one first."""
    from dexter.tools.web.searching import WebSearch
    from dexter.tools.web.services import Service, ordered

    def client(service: Service, key: str) -> Client:
        headers = service.header(key)
        return _client(service.source, lambda: headers, options, keys, settings, patience=SEARCH_PATIENCE)

    found = [
        (service, client(service, key))
        for service in ordered(settings.search_provider)
        if (key := keys.get(*service.keys))
    ]
    return WebSearch(found) if found else None


def pages_of(options: Options, keys: Keys) -> "WebPages":
    """What reads pages of the web."""
    from dexter.tools.web.pages import WebPages

    return WebPages(PROGRAM, cache=_cache(options, keys), mask=keys.mask)


def x_of(options: Options, keys: Keys, settings: Settings) -> "XApi | None":
    """What asks X."""
    from dexter.tools.web.x import KEY, X, XApi

    key = keys.get(KEY)
    if key is None:
        return None
    return XApi(_client(X, lambda: {"authorization": f"Bearer {key}"}, options, keys, settings))


def _client(
    source: Source,
    headers: Callable[[], Mapping[str, str]],
    options: Options,
    keys: Keys,
    settings: Settings,
    *,
    patience: Patience | None = None,
) -> Client:
    return Client(
        _addressed(source, keys, settings),
        cache=_cache(options, keys),
        pace=Pace(source.name, source.per_second, _pace_file(options.paths, source, options)),
        headers=headers,
        mask=keys.mask,
        patience=patience,
    )


def _cache(options: Options, keys: Keys) -> Cache:
    return Cache(
        options.paths.cache,
        clock=time.time,
        mask=keys.mask,
        keeps=not options.no_session,
        newer_than=time.time() if options.refresh else None,
    )


def _addressed(source: Source, keys: Keys, settings: Settings) -> Source:
    """The source, at another address if one is set: DEXTER_SEC_BASE_URL, or `sourceUrls` in the settings."""
    address = keys.get(f"DEXTER_{source.id.upper()}_BASE_URL") or settings.source_urls.get(source.id)
    return Source(source.id, source.name, source.hosts, source.per_second, address)


def _pace_file(home: Home, source: Source, options: Options) -> Path | None:
    # Who stores nothing leaves no folder behind; where there is one, the pace is shared all the same.
    if options.no_session and not is_directory(home.root):
        return None
    return home.cache / f"{source.id}.pace"
