"""What a model is told in each run beside its question: the user's own rules, and which skills there are."""

from collections.abc import Callable, Collection

import msgspec


class Briefing(msgspec.Struct, frozen=True):
    """A text for the system prompt, and lines for the user on what is wrong with what it was made of.

    `identity` is who the model is to be, in place of ours; empty for ours.
    """

    text: str = ""
    notices: tuple[str, ...] = ()
    identity: str = ""


Brief = Callable[[Collection[str], int, str], Briefing]
"""Makes the briefing of a run, given the names of the tools there are, its tokens at most, and the query."""


def no_brief(names: Collection[str], tokens: int, query: str) -> Briefing:  # noqa: ARG001
    """Nothing to tell."""
    return Briefing()
