"""Models that speak Anthropic's messages protocol."""

import httpx2
from anthropic import AsyncAnthropic
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

from dexter.agent.setting import Setting
from dexter.models.catalogue import provider_of
from dexter.models.choice import base_url

# What a server of one's own gets that asks for no key.
NO_KEY = "no-key"


def anthropic_model(setting: Setting, model: str, client: httpx2.AsyncClient) -> Model:
    """The model of that name at Anthropic or at a server that speaks like it."""
    provider = provider_of(setting.choice.provider)
    sdk = AsyncAnthropic(
        api_key=setting.keys.get(*provider.key_variables) or NO_KEY,
        base_url=base_url(setting.choice, setting.keys) or provider.base_url,
        http_client=client,
        max_retries=0,
    )
    return AnthropicModel(model, provider=AnthropicProvider(anthropic_client=sdk))
