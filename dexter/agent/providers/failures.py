"""Which failure an exception of the model library is."""

import json
from collections.abc import Iterator

import httpx2
from pydantic_ai.exceptions import (
    ContentFilterError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelRequestTimeout,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
    OutputTokenLimitExceeded,
    UnexpectedModelBehavior,
)

from dexter.agent.sentences import Failure

# From the special to the general; the first that fits counts.
_KINDS: tuple[tuple[type[BaseException], Failure], ...] = (
    (ModelRateLimitError, Failure.RATE_LIMIT),
    (ModelQuotaExceededError, Failure.NO_CREDIT),
    (ModelUnavailableError, Failure.OVERLOADED),
    (ModelServerError, Failure.BROKEN_THERE),
    (ModelContextWindowExceededError, Failure.TOO_LONG),
    (ModelAuthenticationError, Failure.WRONG_KEY),
    (ModelNotFoundError, Failure.UNKNOWN_MODEL),
    (ModelRequestRejectedError, Failure.NOT_ACCEPTED),
    (ModelTimeoutError, Failure.SILENT),
    (ModelRequestTimeout, Failure.SILENT),
    (ContentFilterError, Failure.REFUSED),
    (OutputTokenLimitExceeded, Failure.ANSWER_TOO_LONG),
    (httpx2.TimeoutException, Failure.SILENT),
    # A key with letters that no header can carry can't be the one that the provider gave.
    (UnicodeEncodeError, Failure.WRONG_KEY),
)
_PASSING = frozenset({Failure.RATE_LIMIT, Failure.OVERLOADED, Failure.BROKEN_THERE, Failure.UNREACHABLE})


def failure_of(error: BaseException) -> Failure:
    """The failure that an exception stands for; `Failure.BUG` for one that no provider causes."""
    for kind, failure in _KINDS:
        if isinstance(error, kind):
            return failure
    if isinstance(error, ModelConnectionError | httpx2.TransportError):
        begun = getattr(error, "phase", None) == "read" or isinstance(error, httpx2.RemoteProtocolError)
        return Failure.CUT_OFF if begun or getattr(error, "in_stream", False) else Failure.UNREACHABLE
    return _general(error)


def _general(error: BaseException) -> Failure:
    if isinstance(error, ModelHTTPError):
        return Failure.BROKEN_THERE if error.status_code >= 500 else Failure.NOT_ACCEPTED
    # The library asks once more for an answer that has neither text nor tool calls, then gives up so.
    if isinstance(error, UnexpectedModelBehavior) and "output retries" in str(error).lower():
        return Failure.EMPTY
    if isinstance(error, ModelAPIError) and "finish_reason" in str(error):
        return Failure.CUT_OFF
    if isinstance(error, ModelAPIError | UnexpectedModelBehavior | json.JSONDecodeError | UnicodeDecodeError):
        return Failure.UNREADABLE
    return Failure.BUG


def passing(failure: Failure) -> bool:
    """Whether the same request may well succeed in a moment."""
    return failure in _PASSING


def down(failure: Failure) -> bool:
    """Whether the provider is down, as far as a request can tell; not for a wrong key or request."""
    return failure in _PASSING or failure in {Failure.SILENT, Failure.CUT_OFF}


def cut_off(failure: Failure) -> bool:
    """Whether an answer that had begun may be gone on with by asking for its rest."""
    return failure is Failure.CUT_OFF or failure in _PASSING


def wait_asked_for(error: BaseException) -> float | None:
    """The seconds that a provider asked to wait, if it did."""
    return getattr(error, "retry_after", None)


def said_by_provider(error: BaseException) -> str:
    """The provider's own words about an error, or "" if there are none worth showing."""
    body = getattr(error, "body", None)
    for message in _messages(body):
        return message
    if isinstance(error, ModelHTTPError):
        return f"HTTP {error.status_code}"
    cause = error.__cause__
    return str(cause if cause is not None else error)


def _messages(body: object, depth: int = 3) -> Iterator[str]:
    if isinstance(body, str) and body.strip():
        yield body.strip()
    elif isinstance(body, dict) and depth:
        for key in ("message", "error", "detail"):
            yield from _messages(body.get(key), depth - 1)
    elif isinstance(body, list) and body and depth:
        yield from _messages(body[0], depth - 1)
