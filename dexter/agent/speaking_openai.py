"""Models that speak OpenAI's chat completions protocol, which is most of them.

OpenAI's own models are asked by it too: it is the one protocol that every server of one's own understands,
so a base URL can be changed without anything else changing.
"""

import httpx2
from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers import Provider
from pydantic_ai.providers.deepseek import DeepSeekProvider
from pydantic_ai.providers.moonshotai import MoonshotAIProvider
from pydantic_ai.providers.ollama import OllamaProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.providers.openrouter import OpenRouterProvider

from dexter.agent.setting import Setting
from dexter.models.catalogue import OLLAMA, provider_of
from dexter.models.choice import base_url
from dexter.models.ollama import server_address

# What a server gets that asks for no key; without it the SDK would look for OpenAI's own and send that.
NO_KEY = "no-key"


def openai_model(setting: Setting, model: str, client: httpx2.AsyncClient) -> Model:
    """The model of that name at the setting's provider or at the user's own server."""
    provider = provider_of(setting.choice.provider)
    own = base_url(setting.choice, setting.keys)
    address = _ollama_address(setting) if provider.id == OLLAMA else own or provider.base_url
    key = setting.keys.get(*provider.key_variables) or NO_KEY
    sdk = AsyncOpenAI(api_key=key, base_url=address, http_client=client, max_retries=0)
    # A stream that ends without saying why was cut, however cleanly: half an answer must not look whole.
    whole = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    return OpenAIChatModel(model, provider=_dialect(provider.id, sdk, own=bool(own)), profile=whole)


def _ollama_address(setting: Setting) -> str:
    own = setting.choice.base_url
    address = own.rstrip("/").removesuffix("/v1") if own else server_address(setting.keys)
    return f"{address}/v1"


def _dialect(provider: str, sdk: AsyncOpenAI, *, own: bool) -> Provider[AsyncOpenAI]:
    """The library's class for a provider, which knows its dialect; a general one for all others."""
    match provider:
        case "openai" if not own:
            return OpenAIProvider(openai_client=sdk)
        case "deepseek":
            return DeepSeekProvider(openai_client=sdk)
        case "moonshot":
            return MoonshotAIProvider(openai_client=sdk)
        case "openrouter":
            return OpenRouterProvider(openai_client=sdk)
        case "ollama":
            return OllamaProvider(openai_client=sdk)
        case _:
            return OpenAICompatibleProvider(provider, openai_client=sdk)
