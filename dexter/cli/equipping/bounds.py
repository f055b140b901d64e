"""How far a run may go and who goes on if its model is down, as the settings say."""

import time
from typing import NamedTuple

from dexter.agent.limits import Limits
from dexter.models.choice import ModelChoice, parse_choice
from dexter.models.errors import ModelNotFound
from dexter.sessions import TokenUsageRecord
from dexter.settings import Settings


def limits_of(settings: Settings) -> Limits:
    """The limits of a run; those that the settings do not name are as usual."""
    named = settings.limits
    usual = Limits()
    return Limits(
        steps=int(named.get("steps", usual.steps)),
        calls=int(named["toolCalls"]) if "toolCalls" in named else None,
        tokens=int(named["tokens"]) if "tokens" in named else None,
        seconds=named.get("seconds"),
        dollars=named.get("dollars"),
    )


def second_model(settings: Settings) -> tuple[ModelChoice | None, str | None]:
    """The model to go on with if the first is down; or a sentence why there is none although one is named."""
    if settings.fallback_model is None:
        return None, None
    try:
        return parse_choice(settings.fallback_model), None
    except ModelNotFound:
        name = settings.fallback_model
        return None, f'"fallbackModel" in the settings is not used: there is no model {name}.'


class _Tokens(NamedTuple):
    """Tokens of a run that is under way, as what is priced."""

    timestamp: int
    provider: str | None
    model: str
    status: str
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int
    cache_write_tokens: int


def price(choice: ModelChoice, usage: TokenUsageRecord) -> float | None:
    """What so many tokens cost by the list, in US dollars; None if the model is not listed."""
    from dexter.cli.equipping.prices import list_price

    now = round(time.time() * 1000)
    tokens = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens)
    found = list_price(_Tokens(now, choice.provider, choice.model, "complete", *tokens))
    return None if found is None else float(found)
