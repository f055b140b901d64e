"""Models that speak Anthropic's messages protocol."""

import httpx2
from anthropic import AsyncAnthropic
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel, AnthropicModelSettings
from pydantic_ai.providers.anthropic import AnthropicProvider

from dexter.agent.setting import Setting
from dexter.models.catalogue import provider_of
from dexter.models.choice import base_url

CACHED = AnthropicModelSettings(
    anthropic_cache_tool_definitions=True,
    anthropic_cache_instructions=True,
    # On the last block itself, which servers of one's own know as well; not as a field of the whole request.
    anthropic_cache_messages=True,
)
"""Marks what the next step of a run, or the next question, sends again: read, it costs a tenth."""

# What a server of one's own gets that asks for no key.
NO_KEY = "no-key"


def anthropic_model(setting: Setting, model: str, client: httpx2.AsyncClient, *, cached: bool) -> Model:
    """The model of that name at Anthropic or at a server that speaks like it."""
    provider = provider_of(setting.choice.provider)
    sdk = AsyncAnthropic(
        api_key=setting.keys.get(*provider.key_variables) or NO_KEY,
        base_url=base_url(setting.choice, setting.keys) or provider.base_url,
        http_client=client,
        max_retries=0,
    )
    settings = CACHED if cached else None
    return AnthropicModel(model, provider=AnthropicProvider(anthropic_client=sdk), settings=settings)
