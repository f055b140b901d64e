"""Models that speak OpenAI's chat completions protocol, which is most of them.

OpenAI's own models are asked by it too: it is the one protocol that every server of one's own understands,
so a base URL can be changed without anything else changing.
"""

from functools import cached_property
from typing import Any

import httpx2
from openai import AsyncOpenAI, Omit
from openai.resources.chat import AsyncChat
from openai.resources.chat.completions import AsyncCompletions
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
    sdk = _QuickOpenAI(api_key=key, base_url=address, http_client=client, max_retries=0)
    # A stream that ends without saying why was cut, however cleanly: half an answer must not look whole.
    # Some servers of one's own take one message of the system and no more.
    profile = OpenAIModelProfile(
        openai_chat_streaming_requires_finish_reason=True, openai_chat_supports_multiple_system_messages=False
    )
    return OpenAIChatModel(model, provider=_dialect(provider.id, sdk, own=bool(own)), profile=profile)


class _Completions(AsyncCompletions):
    """The SDK's completions, which send messages and tools as they are.

    They come from the model library in their final form. The SDK would walk through all of them with the
    types of its parameters in hand, which takes half a second at 200 tool calls, and change nothing.
    """

    async def create(self, **fields: Any) -> Any:
        """As the SDK's."""
        ready = {name: fields.pop(name) for name in ("messages", "tools") if name in fields}
        body = {name: value for name, value in ready.items() if not isinstance(value, Omit)}
        extra = {**(fields.pop("extra_body", None) or {}), **body}
        return await super().create(messages=[], extra_body=extra, **fields)


class _Chat(AsyncChat):
    @cached_property
    def completions(self) -> _Completions:
        return _Completions(self._client)


class _QuickOpenAI(AsyncOpenAI):
    @cached_property
    def chat(self) -> _Chat:
        return _Chat(self)


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
