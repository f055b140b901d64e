"""From a choice to the model library's model: which protocol is spoken, and what sends the requests.

The SDKs' own retries are off: `patience` retries, and says so on the screen while the user waits.
"""

import httpx2
from pydantic_ai.models import Model, create_async_httpx2_client

from dexter.agent.setting import Setting
from dexter.models.catalogue import provider_of


def http_client(setting: Setting) -> httpx2.AsyncClient:
    """A client for all requests of one agent, to be closed by whoever asked for it."""
    timeout = httpx2.Timeout(setting.limits.silence, connect=setting.limits.connecting)
    return create_async_httpx2_client(timeout=timeout)


def build_model(setting: Setting, model: str, client: httpx2.AsyncClient, *, cached: bool = False) -> Model:
    """The model library's model of the setting's provider; imports that provider's SDK.

    Args:
        setting: Whose provider, address and key are used.
        model: The model's name, which may be another one of the same provider.
        client: What sends the requests.
        cached: Whether further requests will begin like this one, so that it pays to let the provider keep
            what they share. Those that do so by themselves are not asked for it.
    """
    match provider_of(setting.choice.provider).protocol:
        case "openai":
            from dexter.agent.providers.speaking_openai import openai_model  # noqa: PLC0415

            return openai_model(setting, model, client)
        case "anthropic":
            from dexter.agent.providers.speaking_anthropic import anthropic_model  # noqa: PLC0415

            return anthropic_model(setting, model, client, cached=cached)
        case "google":
            from dexter.agent.providers.speaking_google import google_model  # noqa: PLC0415

            return google_model(setting, model, client)
        case "built-in":
            from dexter.agent.providers.offline import offline_model  # noqa: PLC0415

            return offline_model()
