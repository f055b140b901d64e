"""Models that speak Google's generateContent protocol."""

import httpx2
from pydantic_ai.models import Model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from dexter.agent.setting import Setting
from dexter.models.catalogue import provider_of
from dexter.models.choice import base_url

# What a server of one's own gets that asks for no key.
NO_KEY = "no-key"


def google_model(setting: Setting, model: str, client: httpx2.AsyncClient) -> Model:
    """The model of that name at Google or at a server that speaks like it."""
    provider = provider_of(setting.choice.provider)
    return GoogleModel(
        model,
        provider=GoogleProvider(
            api_key=setting.keys.get(*provider.key_variables) or NO_KEY,
            base_url=base_url(setting.choice, setting.keys) or provider.base_url,
            http_client=client,
        ),
    )
