"""`/search`: the service is picked, its key asked for and stored, the choice remembered."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from dexter.chat.model_menu import ModelMenu
from dexter.chat.screen import Choice, Tone
from dexter.chat.search_menu import SearchMenu
from dexter.keys import Keys, load_keys

T = TypeVar("T")


@dataclass
class Asked:
    """A screen that picks what begins with `picks`, and types `key`."""

    picks: str | None = None
    key: str | None = None
    width: int = 80
    told: list[str] = field(default_factory=list)

    def say(self, text: str, tone: Tone = "plain") -> None:
        self.told.append(f"{tone}: {text}")

    async def pick(self, title: str, choices: Sequence[Choice[T]]) -> T | None:
        assert title == "Who shall search the web first?"
        self.told += [f"{each.label}: {each.detail}{' (now)' if each.current else ''}" for each in choices]
        return next((each.value for each in choices if each.label == self.picks), None)

    async def ask_secret(self, title: str) -> str | None:
        self.told.append(title)
        return self.key


def choose(
    screen: Asked, folder: Path, text: str = "", keys: Keys | None = None, preferred: str | None = None
) -> tuple[SearchMenu, bool]:
    """The menu after the user chose, and whether anything changed."""
    home = folder / ".dexter"
    models = ModelMenu(
        screen,
        keys or Keys(),
        settings_file=home / "settings.json",
        key_file=folder / ".env",
        warm_up=lambda _: None,
    )
    menu = SearchMenu(
        screen,
        models,
        preferred=preferred,
        settings_file=home / "settings.json",
        key_file=folder / ".env",
    )
    return menu, asyncio.run(menu.choose(text))


def test_a_service_is_picked_its_key_stored_and_the_choice_remembered(tmp_path: Path):
    screen = Asked("Tavily", "tvly-0123456789")
    menu, changed = choose(screen, tmp_path, keys=Keys({"EXA_API_KEY": "exa-0123456789"}), preferred="exa")
    assert changed
    assert menu.preferred == "tavily"
    assert screen.told[:4] == [
        "Exa: key found (now)",
        "Perplexity: asks for a key",
        "Tavily: asks for a key",
        "LangSearch: asks for a key",
    ]
    assert screen.told[4] == "Tavily needs a key (made at app.tavily.com)"
    assert screen.told[-1] == "plain: Web search: Tavily, then Exa if it does not answer."
    assert load_keys({}, [tmp_path / ".env"]).get("TAVILY_API_KEY") == "tvly-0123456789"
    assert menu._models.keys.get("TAVILY_API_KEY") == "tvly-0123456789"
    assert json.loads((tmp_path / ".dexter/settings.json").read_bytes()) == {"searchProvider": "tavily"}
    assert "tvly-0123456789" not in "".join(screen.told)


def test_a_service_is_named_and_with_a_key_nothing_is_asked(tmp_path: Path):
    screen = Asked()
    menu, changed = choose(screen, tmp_path, "Perplexity", Keys({"PERPLEXITY_API_KEY": "p-0123456789"}))
    assert changed
    assert menu.preferred == "perplexity"
    assert screen.told == ["plain: Web search: Perplexity."]


@pytest.mark.parametrize(
    ("screen", "text", "said"),
    [
        (Asked(None), "", "LangSearch: asks for a key"),
        (Asked("Exa", None), "", "plain: No key, so searching stays as it was."),
        (
            Asked("Exa", "k\u00e9y"),
            "",
            "error: That is no key: it holds characters that no key has. Nothing was stored.",
        ),
        (
            Asked(),
            "bing",
            "error: There is no such search service; there are exa, perplexity, tavily, langsearch.",
        ),
    ],
)
def test_who_leaves_or_names_nothing_changes_nothing(tmp_path: Path, screen: Asked, text: str, said: str):
    menu, changed = choose(screen, tmp_path, text)
    assert not changed
    assert menu.preferred is None
    assert screen.told[-1] == said
    assert not {".env", ".dexter"} & {each.name for each in tmp_path.iterdir()}


def test_settings_that_can_not_be_read_stay_and_the_choice_holds_for_the_chat(tmp_path: Path):
    (tmp_path / ".dexter").mkdir()
    (tmp_path / ".dexter/settings.json").write_bytes(b"{")
    screen = Asked()
    menu, changed = choose(screen, tmp_path, "exa", Keys({"EXA_API_KEY": "exa-0123456789"}))
    assert changed
    assert menu.preferred == "exa"
    assert screen.told[0].startswith("notice: settings.json can't be read")
    assert (tmp_path / ".dexter/settings.json").read_bytes() == b"{"
