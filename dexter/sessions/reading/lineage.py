"""Which exchange follows which: the way up to one of them, the tree of all, and how each is named shortly."""

import itertools
from collections.abc import Iterator, Sequence

import msgspec

from dexter.sessions.errors import AmbiguousExchange, ExchangeNotFound
from dexter.sessions.records.records import REWOUND, SessionExchange

SHORTEST = 8
"""Characters of an id that are always shown."""
TO, AFTER, CHANGED_AT = REWOUND
"""Fields of the metadata: the exchange to go on from, and the latest one there was when that was said.

Without the first one the session goes on from before its first exchange.
"""


def path_to(exchanges: Sequence[SessionExchange], exchange_id: str | None) -> tuple[SessionExchange, ...]:
    """The exchanges from the first one to this one, each followed by the next; none for None.

    Raises:
        ExchangeNotFound: If it is none of them.
    """
    by_id = {exchange.id: exchange for exchange in exchanges}
    if exchange_id is not None and exchange_id not in by_id:
        raise ExchangeNotFound(exchange_id)
    path: list[SessionExchange] = []
    at = exchange_id
    while at is not None and at in by_id:
        # Taken out, so that lines written by hand can't lead round in a circle.
        path.append(by_id.pop(at))
        at = path[-1].parent_id
    return tuple(reversed(path))


def meant(exchanges: Sequence[SessionExchange], text: str) -> SessionExchange:
    """The exchange that is meant by an id or a unique beginning of it.

    Raises:
        ExchangeNotFound: If there is none.
        AmbiguousExchange: If there is more than one.
    """
    found = [each for each in exchanges if text and each.id.startswith(text)]
    found = [each for each in found if each.id == text] or found
    if not found:
        raise ExchangeNotFound(text)
    if len(found) > 1:
        raise AmbiguousExchange(text, tuple(each.id for each in found))
    return found[0]


def beginnings(exchanges: Sequence[SessionExchange]) -> dict[str, str]:
    """For each id the shortest beginning, of 8 characters or more, that no other one has."""
    ids = sorted(exchange.id for exchange in exchanges)
    found = {}
    for before, identifier, after in zip(["", *ids], ids, [*ids[1:], ""], strict=False):
        shared = max(_shared(identifier, before), _shared(identifier, after))
        found[identifier] = identifier[: max(shared + 1, SHORTEST)]
    return found


def is_line(exchanges: Sequence[SessionExchange]) -> bool:
    """Whether each exchange follows the one before it."""
    return all(later.parent_id == before.id for before, later in itertools.pairwise(exchanges))


class Twig(msgspec.Struct, frozen=True):
    """An exchange in the drawing of a tree, and what stands left of it.

    `joint` is a line of its own above it, where it leaves the trunk. `first` stands left of its first line,
    `rest` left of its other lines and of what separates it from the next one.
    """

    exchange: SessionExchange
    joint: str
    first: str
    rest: str


def drawn(exchanges: Sequence[SessionExchange]) -> list[Twig]:
    """The tree of exchanges, drawn from the top: what leads to the latest one is the trunk and comes last.

    Args:
        exchanges: Sorted by id.
    """
    followers, latest = _followers(exchanges)
    twigs: list[Twig] = []
    waiting = [(each, "", "") for each in sorted(followers[None], key=lambda each: latest[each.id])]
    waiting.reverse()
    while waiting:
        exchange, joint, left = waiting.pop()
        following = sorted(followers[exchange.id], key=lambda each: latest[each.id])
        twigs.append(Twig(exchange, joint, f"{left}* ", f"{left}{'| ' if following else '  '}"))
        waiting += [(each, "", left) for each in following[-1:]]
        waiting += [(each, f"{left}|\\", f"{left}| ") for each in reversed(following[:-1])]
    return twigs


def _followers(
    exchanges: Sequence[SessionExchange],
) -> tuple[dict[str | None, list[SessionExchange]], dict[str, str]]:
    """What follows each exchange (and None), and the latest id of all that comes after each."""
    followers: dict[str | None, list[SessionExchange]] = {None: []}
    latest: dict[str, str] = {}
    parents: dict[str, str | None] = {}
    for exchange in exchanges:
        # One that comes later or is not there, as a line written by hand may say, is no parent here.
        parent = exchange.parent_id if exchange.parent_id in parents else None
        parents[exchange.id] = parent
        followers[parent].append(exchange)
        followers[exchange.id] = []
        latest[exchange.id] = exchange.id
    for exchange in reversed(exchanges):
        parent = parents[exchange.id]
        if parent is not None:
            latest[parent] = max(latest[parent], latest[exchange.id])
    return followers, latest


def _shared(one: str, other: str) -> int:
    return next(_differing(one, other), min(len(one), len(other)))


def _differing(one: str, other: str) -> Iterator[int]:
    return (place for place, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
