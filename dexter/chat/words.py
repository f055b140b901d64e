"""What the libraries say in values, as sentences for the user of a chat, each told once."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a prompt waits for no repository
    from dexter.sessions.notices import Notice


class Words(Protocol):
    """Makes sentences of what the libraries say in values."""

    def of_notice(self, notice: "Notice") -> str | None:
        """A sentence for a notice, None if the user need not know."""

    def of_error(self, error: BaseException) -> str:
        """A sentence for an error; a bug goes into the log as well."""


class Said:
    """Sentences on notices, of which each is said once in a chat."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._said: set[str] = set()

    def new_of(self, notices: "Iterable[Notice]") -> list[str]:
        """The notices that the user should read and has not read in this chat, as sentences.

        That something was masked is told of each exchange, though it be in the same words.
        """
        from dexter.sessions.notices import SecretsMasked  # noqa: PLC0415  a first prompt does not wait for it

        own = {
            each: isinstance(notice, SecretsMasked)
            for notice in notices
            if (each := self._words.of_notice(notice))
        }
        new = [sentence for sentence, again in own.items() if again or sentence not in self._said]
        self._said.update(new)
        return new
