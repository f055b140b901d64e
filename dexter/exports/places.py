"""Where each exchange stands in its session: its number, what it follows, whether it is a head."""

import msgspec

from dexter.sessions import SessionExchange, Step, Transcript


class Place(msgspec.Struct, frozen=True):
    """An exchange with its number, counted from 1.

    `follows` is the number of the exchange that it follows, None at the beginning or if that is not there.
    `head` is whether nothing follows it, in a session that goes on from more than one exchange.
    """

    number: int
    exchange: SessionExchange
    steps: tuple[Step, ...]
    follows: int | None
    head: bool

    @property
    def turns_off(self) -> bool:
        """Whether it does not follow the exchange before."""
        return (self.follows or 0) != self.number - 1


def places(transcript: Transcript) -> list[Place]:
    """The places of all exchanges, in order."""
    numbers = {each.id: number for number, each in enumerate(transcript.exchanges, 1)}
    heads = set(transcript.heads) if len(transcript.heads) > 1 else set()
    return [
        Place(
            number,
            exchange,
            transcript.steps_of(exchange),
            numbers.get(exchange.parent_id) if exchange.parent_id is not None else None,
            exchange.id in heads,
        )
        for number, exchange in enumerate(transcript.exchanges, 1)
    ]


def told_follows(place: Place) -> str:
    """What an exchange that turns off follows, in words; a number at the end is that of an exchange."""
    if place.follows is not None:
        return f"follows exchange {place.follows}"
    return "begins anew" if place.exchange.parent_id is None else "follows an exchange that is not there"
