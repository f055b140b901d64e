"""What a model is told in each run beside its question: the user's own rules, and which skills there are."""

from collections.abc import Callable, Collection

import msgspec


class Briefing(msgspec.Struct, frozen=True):
    """A text for the system prompt, and lines for the user on what is wrong with what it was made of."""

    text: str = ""
    notices: tuple[str, ...] = ()


Brief = Callable[[Collection[str], int], Briefing]
"""Makes the briefing of a run, given the names of the tools there are and how many tokens it may have."""


def no_brief(names: Collection[str], tokens: int) -> Briefing:  # noqa: ARG001
    """Nothing to tell."""
    return Briefing()
