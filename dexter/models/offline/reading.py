"""From a question to a plan."""

from collections.abc import Sequence

from dexter.models.offline.plans import Call, Earlier, Plan

LONGEST_SEARCH = 300


def plan(query: str, earlier: Sequence[Earlier] = ()) -> Plan:
    """Return what to do about `query`: tools to call, or a whole answer.

    Args:
        query: The user's words, any text of any length.
        earlier: The exchanges before it, oldest first.
    """
    return Plan(
        reading="No language model is set up; looking into earlier sessions.",
        calls=(Call("recall", {"query": " ".join(query.split())[:LONGEST_SEARCH]}),),
        opening="No language model is set up.",
    )
