"""Which providers there are, how each is reached, and what is known of its models.

A table, nothing else: no network, no environment. Context windows are in tokens, as the providers
published them by November 2026. A model that is not listed can be used all the same; it gets its
provider's usual window.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

Protocol = Literal["openai", "anthropic", "google", "built-in"]

OFFLINE = "offline"
OLLAMA = "ollama"


class Provider(msgspec.Struct, frozen=True):
    """One provider of models.

    `key_variables` and `url_variables` are environment variables, the first that is set counts. `base_url`
    is where the provider lives unless a variable or a setting says otherwise. `windows` maps model names
    to context windows in tokens, the ones to offer first come first. `prefixes` are beginnings of model
    names that are this provider's. `default` answers when only the provider was named; `fast` writes
    summaries.
    """

    id: str
    name: str
    protocol: Protocol
    key_variables: tuple[str, ...] = ()
    url_variables: tuple[str, ...] = ()
    base_url: str | None = None
    default: str | None = None
    fast: str | None = None
    usual_window: int = 128_000
    windows: Mapping[str, int] = {}
    prefixes: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    key_page: str | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the models to offer, best first."""
        return tuple(self.windows)

    @property
    def needs_key(self) -> bool:
        """Whether the provider's own server refuses a request without a key."""
        return bool(self.key_page)


PROVIDERS: tuple[Provider, ...] = (
    Provider(
        "openai",
        "OpenAI",
        "openai",
        key_variables=("OPENAI_API_KEY",),
        url_variables=("OPENAI_BASE_URL",),
        base_url="https://api.openai.com/v1",
        default="gpt-6.1-sol",
        fast="gpt-6-luna",
        usual_window=400_000,
        windows=MappingProxyType(
            {
                "gpt-6.1-sol": 1_050_000,
                "gpt-6.1-terra": 1_050_000,
                "gpt-6-luna": 1_050_000,
                "gpt-5.6-sol": 1_050_000,
                "gpt-5.4": 1_050_000,
                "gpt-5.4-mini": 400_000,
                "gpt-5": 400_000,
                "gpt-5-mini": 400_000,
                "gpt-4.1": 1_000_000,
                "gpt-4o": 128_000,
                "gpt-4o-mini": 128_000,
            }
        ),
        prefixes=("gpt-", "o1", "o3", "o4"),
        other_names=("gpt", "chatgpt"),
        key_page="https://platform.openai.com/api-keys",
    ),
    Provider(
        "anthropic",
        "Anthropic",
        "anthropic",
        key_variables=("ANTHROPIC_API_KEY",),
        url_variables=("ANTHROPIC_BASE_URL",),
        base_url="https://api.anthropic.com",
        default="claude-sonnet-5-5",
        fast="claude-haiku-5-5",
        usual_window=200_000,
        windows=MappingProxyType(
            {
                "claude-sonnet-5-5": 1_000_000,
                "claude-opus-5-5": 1_000_000,
                "claude-haiku-5-5": 1_000_000,
                "claude-opus-4-8": 1_000_000,
                "claude-sonnet-4-6": 1_000_000,
                "claude-sonnet-4-5": 200_000,
                "claude-haiku-4-5": 200_000,
                "claude-sonnet-4-20250514": 200_000,
            }
        ),
        prefixes=("claude-",),
        other_names=("claude",),
        key_page="https://console.anthropic.com/settings/keys",
    ),
    Provider(
        "google",
        "Google",
        "google",
        key_variables=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        url_variables=("GOOGLE_BASE_URL", "GEMINI_BASE_URL", "GOOGLE_GEMINI_BASE_URL"),
        base_url="https://generativelanguage.googleapis.com",
        default="gemini-3.8-flash",
        fast="gemini-3.5-flash-lite",
        usual_window=1_000_000,
        windows=MappingProxyType(
            {
                "gemini-3.8-flash": 1_000_000,
                "gemini-4-argon": 1_048_576,
                "gemini-4-carbon": 1_000_000,
                "gemini-3.1-pro-preview": 1_000_000,
                "gemini-3.5-flash-lite": 1_000_000,
                "gemini-2.5-flash": 1_048_576,
                "gemini-2.5-pro": 1_000_000,
            }
        ),
        prefixes=("gemini-",),
        other_names=("gemini",),
        key_page="https://aistudio.google.com/apikey",
    ),
    Provider(
        "xai",
        "xAI",
        "openai",
        key_variables=("XAI_API_KEY",),
        url_variables=("XAI_BASE_URL",),
        base_url="https://api.x.ai/v1",
        default="grok-4.7",
        fast="grok-4-1-fast-non-reasoning",
        usual_window=256_000,
        windows=MappingProxyType(
            {
                "grok-4.7": 500_000,
                "grok-4.3": 1_000_000,
                "grok-4-1-fast-reasoning": 2_000_000,
                "grok-4-1-fast-non-reasoning": 2_000_000,
                "grok-3": 131_072,
                "grok-3-mini": 131_072,
            }
        ),
        prefixes=("grok-",),
        other_names=("grok", "x-ai"),
        key_page="https://console.x.ai",
    ),
    Provider(
        "openrouter",
        "OpenRouter",
        "openai",
        key_variables=("OPENROUTER_API_KEY",),
        url_variables=("OPENROUTER_BASE_URL",),
        base_url="https://openrouter.ai/api/v1",
        default="openrouter/auto",
        fast="openrouter/auto",
        windows=MappingProxyType({"openrouter/auto": 128_000}),
        key_page="https://openrouter.ai/keys",
    ),
    Provider(
        "deepseek",
        "DeepSeek",
        "openai",
        key_variables=("DEEPSEEK_API_KEY",),
        url_variables=("DEEPSEEK_BASE_URL",),
        base_url="https://api.deepseek.com",
        default="deepseek-v4-pro",
        fast="deepseek-flash",
        windows=MappingProxyType(
            {
                "deepseek-v4-pro": 1_000_000,
                "deepseek-flash": 1_000_000,
                "deepseek-chat": 64_000,
                "deepseek-reasoner": 64_000,
            }
        ),
        prefixes=("deepseek-",),
        key_page="https://platform.deepseek.com/api_keys",
    ),
    Provider(
        "moonshot",
        "Moonshot",
        "openai",
        key_variables=("MOONSHOT_API_KEY", "MOONSHOTAI_API_KEY"),
        url_variables=("MOONSHOT_BASE_URL", "MOONSHOTAI_BASE_URL"),
        base_url="https://api.moonshot.ai/v1",
        default="kimi-k3.1-pro",
        fast="kimi-k2.6",
        usual_window=262_144,
        windows=MappingProxyType(
            {
                "kimi-k3.1-pro": 1_048_576,
                "kimi-k3": 1_048_576,
                "kimi-k2.6": 262_144,
                "moonshot-v1-32k": 32_768,
            }
        ),
        prefixes=("kimi-", "moonshot-"),
        other_names=("moonshotai", "kimi"),
        key_page="https://platform.moonshot.ai/console/api-keys",
    ),
    Provider(
        OLLAMA,
        "Ollama",
        "openai",
        key_variables=("OLLAMA_API_KEY",),
        url_variables=("OLLAMA_BASE_URL", "OLLAMA_HOST"),
        base_url="http://127.0.0.1:11434",
        # What a server loads a model with unless told otherwise; OLLAMA_CONTEXT_LENGTH says otherwise.
        usual_window=8_192,
    ),
    Provider(
        OFFLINE,
        "built-in",
        "built-in",
        default=OFFLINE,
        fast=OFFLINE,
        usual_window=1_000_000,
        windows=MappingProxyType({OFFLINE: 1_000_000}),
        other_names=("built-in",),
    ),
)

_BY_NAME: Mapping[str, Provider] = {
    name: provider for provider in PROVIDERS for name in (provider.id, *provider.other_names)
}


def find_provider(name: str) -> Provider | None:
    """The provider with that id or other name, in any case; None if there is none."""
    return _BY_NAME.get(name.strip().casefold())


def provider_of(name: str) -> Provider:
    """The provider with that id.

    Raises:
        KeyError: If there is none: ids come from `PROVIDERS`, so this is a caller's bug.
    """
    return _BY_NAME[name.casefold()]


def display_name(provider: str) -> str:
    """What people call the provider with that id; the id itself if it is none of ours."""
    found = find_provider(provider)
    return found.name if found else provider


def window(provider: str, model: str) -> int:
    """How many tokens a request and its answer may have together."""
    found = provider_of(provider)
    # A dated release ("claude-sonnet-4-5-20250929") has the window of the model it is a release of.
    dated = (tokens for name, tokens in found.windows.items() if model.startswith(f"{name}-20"))
    return found.windows.get(model) or next(dated, found.usual_window)
