"""`/search`: which service searches the web first, asked in two steps, and remembered.

Keys go to a `.env` file, the choice to the settings; the services without a key are never asked.
"""

from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from dexter.chat.key_asking import new_key
from dexter.chat.model_menu import ModelMenu
from dexter.chat.screen import Asking, Choice
from dexter.errors import SettingsUnreadable
from dexter.keys import Keys
from dexter.settings import load_settings, save_settings

if TYPE_CHECKING:
    from dexter.tools.web.services import Service


class SearchMenu:
    """Asks which service is preferred; `preferred` is its name in settings, None for the first with a key."""

    def __init__(
        self,
        screen: Asking,
        models: ModelMenu,
        *,
        preferred: str | None,
        settings_file: Path | None,
        key_file: Path,
    ) -> None:
        """A menu.

        Args:
            screen: Where it asks.
            models: What holds the keys of this chat.
            preferred: What the settings say.
            settings_file: Where the choice is remembered; None: nowhere.
            key_file: The `.env` file for a new key.
        """
        self.preferred = preferred
        self._screen = screen
        self._models = models
        self._settings_file = settings_file
        self._key_file = key_file

    async def choose(self, text: str) -> bool:
        """Let the user choose, and say what holds then; returns whether anything changed.

        Args:
            text: What was typed behind `/search`: a service, or blank to pick one.

        Raises:
            OSError: If a key can't be stored.
        """
        from dexter.tools.web.services import SERVICES  # noqa: PLC0415  a prompt waits for no tool

        if text:
            service = _named(text, SERVICES)
            if service is None:
                names = ", ".join(each.id for each in SERVICES)
                self._screen.say(f"There is no such search service; there are {names}.", "error")
                return False
        else:
            service = await self._screen.pick(
                "Who shall search the web first?",
                [
                    Choice(each, each.name, self._state(each), each.id, each.id == self.preferred)
                    for each in SERVICES
                ],
            )
        if service is None or not await self._has_key(service):
            return False
        self.preferred = service.id
        self._remember(service)
        self._screen.say(_order(service, SERVICES, self._models.keys))
        return True

    def _state(self, service: "Service") -> str:
        return "key found" if self._models.keys.get(*service.keys) else "asks for a key"

    async def _has_key(self, service: "Service") -> bool:
        if self._models.keys.get(*service.keys):
            return True
        variable = service.keys[0]
        key = await new_key(
            self._screen,
            name=service.name,
            page=service.key_page,
            variable=variable,
            key_file=self._key_file,
            otherwise="No key, so searching stays as it was.",
        )
        if key is None:
            return False
        self._models.keys = self._models.keys.having(variable, key)
        return True

    def _remember(self, service: "Service") -> None:
        if self._settings_file is None:
            return
        try:
            settings = load_settings(self._settings_file)
            save_settings(self._settings_file, replace(settings, search_provider=service.id))
        except SettingsUnreadable:
            self._screen.say("settings.json can't be read, so the choice holds for this chat only.", "notice")
        except OSError as error:
            reason = error.strerror or str(error)
            self._screen.say(
                f"The choice holds for this chat only: settings.json can't be written ({reason}).", "notice"
            )


def _named(text: str, services: "tuple[Service, ...]") -> "Service | None":
    near = get_close_matches(text.casefold(), [each.id for each in services], n=1, cutoff=0.8)
    return next((each for each in services if [each.id] == near), None)


def _order(first: "Service", services: "tuple[Service, ...]", keys: Keys) -> str:
    others = [each.name for each in services if each is not first and keys.get(*each.keys)]
    then = f", then {', '.join(others)} if it does not answer" if others else ""
    return f"Web search: {first.name}{then}."
