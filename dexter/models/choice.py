"""Which model answers: what the user said, else what they chose last, else what is at hand.

Owns the texts that name a model: `PROVIDER:MODEL`, `PROVIDER` (its usual model), `MODEL` (if only one
provider can have it), each with `@ADDRESS` behind it for a server of one's own that speaks the provider's
protocol.
"""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from dexter.keys import Keys
from dexter.models.catalogue import (
    OFFLINE,
    OLLAMA,
    PROVIDERS,
    Provider,
    display_name,
    find_provider,
    provider_of,
)
from dexter.models.errors import ModelNotFound, NothingServed, UnknownModel, UnknownProvider
from dexter.models.ollama import server_address
from dexter.settings import Settings

Origin = Literal["asked", "settings", "key", "ollama", "offline"]


class ModelChoice(msgspec.Struct, frozen=True):
    """A model of a provider; `base_url` is set only for a server of the user's own."""

    provider: str
    model: str
    base_url: str | None = None

    def __str__(self) -> str:
        text = f"{self.provider}:{self.model}"
        return f"{text}@{self.base_url}" if self.base_url else text

    @property
    def provider_name(self) -> str:
        """What people call the provider."""
        return display_name(self.provider)

    @property
    def offline(self) -> bool:
        """Whether this is the built-in model, which needs no key and no network."""
        return self.provider == OFFLINE


OFFLINE_CHOICE = ModelChoice(OFFLINE, OFFLINE)


class Chosen(msgspec.Struct, frozen=True):
    """The model to use, where that comes from, and a sentence if something had to be passed over."""

    choice: ModelChoice
    origin: Origin
    notice: str | None = None


def choose_model(
    wanted: str | None, settings: Settings, keys: Keys, ollama_models: Callable[[], Sequence[str]]
) -> Chosen:
    """The model for a run: `wanted`, else the settings', the first key's, a running Ollama's, or offline.

    Args:
        wanted: The text of `--model`, or None.
        settings: What was chosen last.
        keys: The environment and `.env`.
        ollama_models: Lists the models of a running Ollama; called only if all before it say nothing.

    Raises:
        ModelNotFound: If `wanted` names nothing that can answer.
    """
    if wanted is not None:
        return Chosen(parse_choice(wanted, ollama_models), "asked")
    notice = None
    if settings.provider:
        try:
            return Chosen(_remembered(settings, ollama_models), "settings")
        except ModelNotFound as error:
            notice = f"{error.sentence.split(' Did you mean')[0]} (settings.json); another model is used."
    for provider in PROVIDERS:
        if provider.needs_key and provider.default and keys.get(*provider.key_variables):
            return Chosen(ModelChoice(provider.id, provider.default), "key", notice)
    found = ollama_models()
    if found:
        return Chosen(ModelChoice(OLLAMA, found[0]), "ollama", notice)
    return Chosen(OFFLINE_CHOICE, "offline", notice)


def parse_choice(text: str, ollama_models: Callable[[], Sequence[str]] = tuple) -> ModelChoice:
    """The model that a text names.

    A model that the catalogue does not list is taken as it stands: providers bring new ones every week, and
    theirs is the last word. Only the built-in provider's models are known for good.

    Raises:
        UnknownProvider: If the part before the colon is none.
        UnknownModel: If there is no colon and the text is neither a provider nor some provider's model.
    """
    name, address = _split_address(text.strip())
    before, colon, model = name.partition(":")
    provider = find_provider(before)
    if provider is None:
        provider = _owner_of(name)
        if provider is None and colon:
            raise UnknownProvider(before, _nearest(before, _provider_names()) or _provider_names())
        if provider is None:
            raise UnknownModel(name, _nearest(name, _all_texts()) or _provider_names())
        model = name
    model = model.strip()
    if not model:
        return _usual(provider, address, ollama_models)
    if provider.id == OFFLINE and model != OFFLINE:
        raise UnknownModel(model, (f"{OFFLINE}:{OFFLINE}",), provider.name)
    return ModelChoice(provider.id, model, address)


def nearest_models(choice: ModelChoice, among: Iterable[str] = ()) -> tuple[str, ...]:
    """Models of the same provider with a name like the chosen one's, as texts for `--model`."""
    names = tuple(among) or provider_of(choice.provider).models
    others = [name for name in names if name != choice.model]
    return tuple(f"{choice.provider}:{name}" for name in _nearest(choice.model, others))


def base_url(choice: ModelChoice, keys: Keys) -> str | None:
    """Where requests for this model go, or None for the provider's own server."""
    if choice.base_url:
        return choice.base_url
    return keys.get(*provider_of(choice.provider).url_variables)


def bad_address(choice: ModelChoice, keys: Keys) -> str | None:
    """The address that requests would go to if it is none that can be asked, else None."""
    address = (
        server_address(keys) if choice.provider == OLLAMA and not choice.base_url else base_url(choice, keys)
    )
    if address is None:
        return None
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    return None if usable else address


def missing_key(choice: ModelChoice, keys: Keys) -> str | None:
    """The variable that has to hold a key before this model can be asked, or None if it can be asked now.

    A server of the user's own may well need no key; only the provider's own does for certain.
    """
    provider = provider_of(choice.provider)
    if not provider.needs_key or keys.get(*provider.key_variables) or base_url(choice, keys):
        return None
    return provider.key_variables[0]


def fast_model(choice: ModelChoice) -> ModelChoice:
    """The provider's quick model for summaries; the same model where that may not exist."""
    fast = provider_of(choice.provider).fast
    if fast is None or choice.base_url or choice.model not in provider_of(choice.provider).windows:
        return choice
    return ModelChoice(choice.provider, fast)


def _remembered(settings: Settings, ollama_models: Callable[[], Sequence[str]]) -> ModelChoice:
    provider = find_provider(settings.provider or "")
    if provider is None:
        name = settings.provider or ""
        raise UnknownProvider(name, _nearest(name, _provider_names()))
    if not settings.model:
        return _usual(provider, settings.base_url, ollama_models)
    if provider.id == OFFLINE:
        return OFFLINE_CHOICE
    return ModelChoice(provider.id, settings.model, settings.base_url)


def _usual(
    provider: Provider, address: str | None, ollama_models: Callable[[], Sequence[str]]
) -> ModelChoice:
    if provider.default:
        return ModelChoice(provider.id, provider.default, address)
    found = ollama_models()
    if not found:
        raise NothingServed(provider.name, ())
    return ModelChoice(provider.id, found[0], address)


def _split_address(text: str) -> tuple[str, str | None]:
    for scheme in ("@http://", "@https://"):
        name, at, rest = text.partition(scheme)
        if at:
            return name, scheme[1:] + rest.rstrip("/")
    return text, None


def _owner_of(name: str) -> Provider | None:
    lowered = name.casefold()
    for provider in PROVIDERS:
        if lowered in provider.windows or any(lowered.startswith(prefix) for prefix in provider.prefixes):
            return provider
    return None


def _provider_names() -> tuple[str, ...]:
    return tuple(provider.id for provider in PROVIDERS)


def _all_texts() -> tuple[str, ...]:
    models = (f"{provider.id}:{model}" for provider in PROVIDERS for model in provider.models)
    return (*_provider_names(), *models)


def _nearest(name: str, candidates: Sequence[str]) -> tuple[str, ...]:
    # Against the part after the provider too: "gpt5" is near "openai:gpt-5" only by its second half.
    by_tail = {candidate.rpartition(":")[2]: candidate for candidate in reversed(candidates)}
    close = get_close_matches(name.casefold(), [*by_tail, *candidates], n=3, cutoff=0.5)
    return tuple(dict.fromkeys(by_tail.get(found, found) for found in close))
