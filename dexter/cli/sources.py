"""The places that tools ask, put together from environment, settings and home."""

import time
from collections.abc import Mapping
from pathlib import Path

from dexter import __version__
from dexter.cli.options import Options
from dexter.identity import user_email
from dexter.keys import Keys
from dexter.paths import Home, is_directory
from dexter.settings import Settings
from dexter.tools.fetching.cache import Cache
from dexter.tools.fetching.client import Client
from dexter.tools.fetching.pace import Pace
from dexter.tools.fetching.source import Source
from dexter.tools.filings.edgar import SEC, Edgar, user_agent


def edgar_of(options: Options, keys: Keys, settings: Settings) -> Edgar:
    """What asks the SEC. Nothing is opened or written before it is asked."""

    def headers() -> Mapping[str, str]:
        contact = keys.get("DEXTER_SEC_CONTACT") or settings.sec_contact
        return user_agent(f"dexter/{__version__}", contact or user_email(Path.cwd(), options.environment))

    source = _addressed(SEC, keys, settings)
    home = options.paths
    began = time.time()
    cache = Cache(
        home.cache,
        clock=time.time,
        mask=keys.mask,
        keeps=not options.no_session,
        newer_than=began if options.refresh else None,
    )
    return Edgar(
        Client(
            source,
            cache=cache,
            pace=Pace(source.name, source.per_second, _pace_file(home, source, options)),
            headers=headers,
            mask=keys.mask,
        )
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
