"""What people are told when a model can't answer: one sentence, what happened and what to do next.

Knows no model library: `failures` says which failure an exception is.
"""

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
    name = choice.provider_name
    other = "or choose another model with /model or --model"
    said = shown(detail, keys)
    colon = f": {said}" if said else ""
    match failure:
        case Failure.NO_KEY:
            text = f"{name} needs a key: enter it with /model, or set {_variable(choice)} in the
            environment or in .env"
        case Failure.WRONG_KEY:
            text = f"{name} refused the key in {_variable(choice)}{_at_page(choice)}: replace it, {other}"
        case Failure.RATE_LIMIT:
            text = f"{name} limits how often it answers{_for(wait)}: ask again after that, {other}"
        case Failure.NO_CREDIT:
            text = f"{name} says that the account has no credit or quota left: top it up{_at_page(choice)},
            {other}"
        case Failure.OVERLOADED:
            text = f"{name} is overloaded at the moment{_for(wait)}: ask again in a minute, {other}"
        case Failure.BROKEN_THERE:
            text = f"{name} failed on its side{_bracketed(said)}: ask again, {other}"
        case Failure.TOO_LONG:
            text = (
                f"The question does not fit the window of {choice.model} ({name}): shorten it, or choose a
                model " "with a larger window with /model or --model"
            )
        case Failure.UNKNOWN_MODEL:
            text = f'{name}{_at_address(choice, keys)} has no model "{choice.model}": {_suggestion(choice)}'
        case Failure.NOT_ACCEPTED:
            text = f"{name} did not accept the request{_bracketed(said)}: rephrase the question, {other}"
        case Failure.UNREACHABLE:
            text = f"{name} can't be reached{_at_address(choice, keys, always=True)}: {_check(choice,
            keys)}, {other}"
        case Failure.SILENT:
            text = f"{name} did not answer in time: ask again, {other}"
        case Failure.CUT_OFF:
            text = f"The connection to {name} broke off in the middle of the answer: ask again, {other}"
        case Failure.UNREADABLE:
            text = f"{name} sent something that is no answer in its protocol{_bracketed(said)}: ask again,
            {other}"
        case Failure.REFUSED:
            text = f"{name} refused to answer because of the content: rephrase the question, {other}"
        case Failure.ANSWER_TOO_LONG:
            text = f"{name} reached the longest answer it gives before it was finished: ask for less at
            once, {other}"
        case Failure.EMPTY:
            text = f"{name} answered with nothing: ask again, {other}"
        case Failure.BUG:
            text = f"dexter failed while it asked {name}{colon} (this is a bug; the session is safe, ask
            again)"
    return f"{text}."


def shown(text: str, keys: Keys) -> str:
    """A foreign text for use inside a sentence: one line, no secrets, cut, without a full stop at its end."""
    line = " ".join(keys.mask(text).split())
    if len(line) > LONGEST_DETAIL:
        line = f"{line[:LONGEST_DETAIL].rstrip()}..."
    return line.removesuffix(".")


def _variable(choice: ModelChoice) -> str:
    return next(iter(provider_of(choice.provider).key_variables), "its key variable")


def _at_page(choice: ModelChoice) -> str:
    page = provider_of(choice.provider).key_page
    return f" (see {page})" if page and not choice.base_url else ""


def _for(wait: float | None) -> str:
    return f" and asks to wait {round(wait) or 1} s" if wait else ""


def _bracketed(said: str) -> str:
    return f" ({said})" if said else ""


def _at_address(choice: ModelChoice, keys: Keys, *, always: bool = False) -> str:
    own = base_url(choice, keys)
    address = own or (provider_of(choice.provider).base_url if always else None)
    if not address:
        return ""
    parts = urlsplit(address if "://" in address else f"http://{address}")
    port = f":{parts.port}" if parts.port else ""
    return f" at {parts.hostname}{port}"


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
