"""`/model`: which model answers, asked in a few steps, and remembered.

Owns the order of the questions: provider, model, key. Keys go to a `.env` file, the choice to the settings.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dexter.chat.key_asking import new_key
from dexter.chat.screen import Asking, Choice
from dexter.errors import SettingsUnreadable
from dexter.keys import Keys
from dexter.models import ollama
from dexter.models.catalogue import OLLAMA, PROVIDERS, Provider, provider_of
from dexter.models.choice import ModelChoice, missing_key, parse_choice
from dexter.settings import Settings, load_settings, save_settings

_PATIENCE = 2.0
"""Seconds that an Ollama server may take to list its models when the user asked for them."""


class ModelMenu:
    """Asks which model answers."""

    def __init__(
        self,
        screen: Asking,
        keys: Keys,
        *,
        settings_file: Path | None,
        key_file: Path,
        warm_up: Callable[[ModelChoice], None],
    ) -> None:
        """A menu.

        Args:
            screen: Where it asks.
            keys: The keys there are.
            settings_file: Where the choice is remembered; None: nowhere.
            key_file: The `.env` file for a new key.
            warm_up: Loads what the model needs; called in a thread.
        """
        self.keys = keys
        self._screen = screen
        self._settings_file = settings_file
        self._key_file = key_file
        self._warm_up = warm_up

    async def choose(self, text: str, current: ModelChoice) -> ModelChoice | None:
        """The model that the user wants, ready to be asked; None if they left.

        Args:
            text: What was typed behind `/model`; blank asks for everything.
            current: The model so far.

        Raises:
            ModelNotFound: If the text names no model.
            OSError: If a key can't be stored.
        """
        choice = await self._named(text) if text else await self._picked(current)
        if choice is None or not await self._has_key(choice):
            return None
        self._remember(choice)
        # In the background: by the time the next query is typed it is there.
        asyncio.get_running_loop().run_in_executor(None, self._warm_up, choice)
        return choice

    async def _named(self, text: str) -> ModelChoice:
        return await asyncio.to_thread(parse_choice, text, ollama.looker(self.keys, _PATIENCE))

    async def _picked(self, current: ModelChoice) -> ModelChoice | None:
        provider = await self._screen.pick(
            "Who shall answer?",
            [
                Choice(
                    provider,
                    provider.name,
                    self._state(provider),
                    provider.id,
                    provider.id == current.provider,
                )
                for provider in PROVIDERS
            ],
        )
        if provider is None:
            return None
        names = await self._models(provider)
        if not names:
            address = ollama.server_address(self.keys)
            self._screen.say(
                f"No Ollama server with models answers at {address}; start it with `ollama serve`.", "error"
            )
            return None
        if len(names) == 1:
            return ModelChoice(provider.id, names[0])
        name = await self._screen.pick(
            f"Which model of {provider.name}? Others: /model {provider.id}:NAME",
            [Choice(name, name, current=name == current.model) for name in names],
        )
        return ModelChoice(provider.id, name) if name is not None else None

    def _state(self, provider: Provider) -> str:
        if not provider.needs_key:
            return "on this machine, no key needed"
        return (
            "key found" if missing_key(ModelChoice(provider.id, ""), self.keys) is None else "asks for a key"
        )

    async def _models(self, provider: Provider) -> tuple[str, ...]:
        if provider.id == OLLAMA:
            return await asyncio.to_thread(ollama.list_models, self.keys, _PATIENCE)
        return provider.models or ((provider.default,) if provider.default else ())

    async def _has_key(self, choice: ModelChoice) -> bool:
        variable = missing_key(choice, self.keys)
        if variable is None:
            return True
        provider = provider_of(choice.provider)
        key = await new_key(
            self._screen,
            name=provider.name,
            page=provider.key_page or "",
            variable=variable,
            key_file=self._key_file,
            otherwise="No key, so the model stays as it was.",
        )
        if key is None:
            return False
        self.keys = self.keys.having(variable, key)
        return True

    def _remember(self, choice: ModelChoice) -> None:
        if self._settings_file is None:
            return
        try:
            settings = load_settings(self._settings_file)
        except SettingsUnreadable:
            self._screen.say("settings.json can't be read, so the choice holds for this chat only.", "notice")
            return
        changed: Settings = replace(
            settings, provider=choice.provider, model=choice.model, base_url=choice.base_url
        )
        try:
            save_settings(self._settings_file, changed)
        except OSError as error:
            reason = error.strerror or str(error)
            self._screen.say(
                f"The choice holds for this chat only: settings.json can't be written ({reason}).", "notice"
            )
