"""What people are told when a model can't answer: one sentence, what happened and what to do next.

Knows no model library: `failures` says which failure an exception is.
"""

from collections.abc import Mapping
from enum import Enum, auto
from urllib.parse import urlsplit

from dexter.keys import Keys
from dexter.models.catalogue import OLLAMA, provider_of
from dexter.models.choice import ModelChoice, base_url, nearest_models

LONGEST_DETAIL = 200


class Failure(Enum):
    """Why a model did not answer."""

    NO_KEY = auto()
    WRONG_KEY = auto()
    BAD_ADDRESS = auto()
    RATE_LIMIT = auto()
    NO_CREDIT = auto()
    OVERLOADED = auto()
    BROKEN_THERE = auto()
    TOO_LONG = auto()
    UNKNOWN_MODEL = auto()
    NOT_ACCEPTED = auto()
    UNREACHABLE = auto()
    SILENT = auto()
    CUT_OFF = auto()
    UNREADABLE = auto()
    REFUSED = auto()
    ANSWER_TOO_LONG = auto()
    EMPTY = auto()
    BUG = auto()


OF_THE_QUESTION = frozenset(
    {Failure.TOO_LONG, Failure.NOT_ACCEPTED, Failure.REFUSED, Failure.ANSWER_TOO_LONG, Failure.EMPTY}
)
"""Failures in which the provider did answer: another question may well succeed."""

_OTHER = "or choose another model with /model or --model"
_TEXTS: Mapping[Failure, str] = {
    Failure.NO_KEY: "{name} needs a key: enter it with /model, or set {variable} in the environment or .env",
    Failure.WRONG_KEY: "{name} refused the key in {variable}{page}: replace it, {other}",
    Failure.BAD_ADDRESS: "{name} can't be reached: its address is none{said}, so correct {where}, {other}",
    Failure.RATE_LIMIT: "{name} limits how often it answers{wait}: ask again later, {other}",
    Failure.NO_CREDIT: "{name} says that the account has no credit or quota left{page}: top it up, {other}",
    Failure.OVERLOADED: "{name} is overloaded at the moment{wait}: ask again in a minute, {other}",
    Failure.BROKEN_THERE: "{name} failed on its side{said}: ask again, {other}",
    Failure.TOO_LONG: (
        "The question does not fit the window of {model} ({name}): shorten it, "
        "or choose a model with a larger window with /model or --model"
    ),
    Failure.UNKNOWN_MODEL: '{name}{own_address} has no model "{model}"{said_there}: {suggestion}',
    Failure.NOT_ACCEPTED: "{name} did not accept the request{said}: rephrase the question, {other}",
    Failure.UNREACHABLE: "{name} can't be reached{address}: {check}, {other}",
    Failure.SILENT: "{name} did not answer in time: ask again, {other}",
    Failure.CUT_OFF: "The connection to {name} broke off in the middle of the answer: ask again, {other}",
    Failure.UNREADABLE: "{name} sent something that is no answer in its protocol{said}: ask again, {other}",
    Failure.REFUSED: "{name} refused to answer because of the content: rephrase the question, {other}",
    Failure.ANSWER_TOO_LONG: "{name} broke off at the longest answer it gives: ask for less at once, {other}",
    Failure.EMPTY: "{name} answered with nothing: ask again, {other}",
    Failure.BUG: "dexter failed while it asked {name}{said}, which is a bug: the session is safe, ask again",
}


def sentence(
    failure: Failure, choice: ModelChoice, keys: Keys, *, detail: str = "", wait: float | None = None
) -> str:
    """One sentence that names the provider, without secrets.

    Args:
        failure: What happened.
        choice: The model that was asked.
        keys: Whose secrets are taken out of `detail`.
        detail: What the provider said; only its beginning is shown.
        wait: Seconds that the provider asked to wait.
    """
    said = shown(detail, keys)
    text = _TEXTS[failure].format(
        name=choice.provider_name,
        model=choice.model,
        other=_OTHER,
        said=f" ({said})" if said else "",
        wait=f" and asks to wait {round(wait) or 1} s" if wait else "",
        variable=next(iter(provider_of(choice.provider).key_variables), "its variable"),
        where=_where(choice, keys),
        page=_page(choice),
        own_address=_at(base_url(choice, keys)),
        address=_at(base_url(choice, keys) or provider_of(choice.provider).base_url),
        check=_check(choice, keys),
        # A server of one's own says the same of a path that it does not know.
        said_there=f" (it says: {said})" if said and base_url(choice, keys) else "",
        suggestion=_suggestion(choice),
    )
    return f"{text}."


def shown(text: str, keys: Keys) -> str:
    """A foreign text for use inside a sentence: one line, no secrets, cut, without a full stop at its end."""
    line = " ".join(keys.mask(text).split())
    if len(line) > LONGEST_DETAIL:
        line = f"{line[:LONGEST_DETAIL].rstrip()}..."
    return line.removesuffix(".")


def _page(choice: ModelChoice) -> str:
    page = provider_of(choice.provider).key_page
    return f" (see {page})" if page and not choice.base_url else ""


def _at(address: str | None) -> str:
    if not address:
        return ""
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f" at {parts.hostname}{port}"


def _where(choice: ModelChoice, keys: Keys) -> str:
    if choice.base_url:
        return "what follows @ in the model's name, or baseUrl in settings.json"
    variables = provider_of(choice.provider).url_variables
    return next((name for name in variables if keys.get(name)), "its address")


def _check(choice: ModelChoice, keys: Keys) -> str:
    if choice.provider == OLLAMA:
        return "start it with `ollama serve`"
    if base_url(choice, keys):
        return "check that the server runs and that the address is right"
    return "check the network connection and ask again"


def _suggestion(choice: ModelChoice) -> str:
    if choice.provider == OLLAMA:
        return f"get it with `ollama pull {choice.model}`, or choose another with /model or --model"
    nearest = nearest_models(choice)
    if nearest:
        return f"did you mean {' or '.join(nearest)}? Choose with /model or --model"
    return "choose another with /model or --model"
