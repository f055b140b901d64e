"""Summaries that stand beside a history: of one exchange, and of all exchanges up to one.

The latter is a compaction: what a model gets in place of many exchanges that its window has no room for. It
is a summary's line with two more fields, so that who does not know them has the summary.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from dexter.sessions.records.encoding import NotAnObject, decode_object
from dexter.sessions.records.identifiers import is_exchange_id
from dexter.sessions.records.records import SessionExchange

COUNT = "compacts"
TEXT = "compaction"


class Summary(NamedTuple):
    """What is written of a summary; with a `compaction` it is also one of the first `compacts` exchanges.

    Those are the ones on the way to `exchange_id`, that one included.
    """

    id: str
    exchange_id: str
    text: str
    compacts: int = 0
    compaction: str = ""

    def to_fields(self) -> dict[str, object]:
        """The fields of its line."""
        fields: dict[str, object] = {"id": self.id, "exchangeId": self.exchange_id, "summary": self.text}
        return fields | ({COUNT: self.compacts, TEXT: self.compaction} if self.compacts else {})


class Compaction(msgspec.Struct, frozen=True):
    """What stands for the first exchanges of a way: their number, the last of them, and the text."""

    id: str
    exchange_id: str
    exchanges: int
    text: str

    def fits(self, path: Sequence[SessionExchange]) -> bool:
        """Whether a way begins with the exchanges that it stands for."""
        count = self.exchanges
        return 0 < count <= len(path) and path[count - 1].id == self.exchange_id


def best(compactions: Iterable[Compaction], path: Sequence[SessionExchange]) -> Compaction | None:
    """The compaction that stands for most of a way; of several with as many the latest. None if none fits.

    It follows from the set of them alone: two machines that have the same lines choose the same one.
    """
    fitting = [each for each in compactions if each.fits(path)]
    return max(fitting, key=lambda each: (each.exchanges, each.id, each.text), default=None)


def compactions_in(content: bytes) -> tuple[Compaction, ...]:
    """The compactions among the lines of a file of summaries, in their order; what is none is passed over."""
    found = []
    for line in content.split(b"\n"):
        if TEXT.encode() not in line:
            continue
        try:
            fields = decode_object(line)
        except NotAnObject:
            continue
        if (each := compaction_in(fields)) is not None:
            found.append(each)
    return tuple(found)


def compaction_in(fields: dict[str, object]) -> Compaction | None:
    """The compaction in the fields of a summary's line; None if it has none, or only a part of it."""
    identifier, owner = fields.get("id"), fields.get("exchangeId")
    count, text = fields.get(COUNT), fields.get(TEXT)
    if not isinstance(identifier, str) or not isinstance(owner, str) or not is_exchange_id(owner):
        return None
    whole = isinstance(text, str) and text.strip() and "continued" not in fields
    if not isinstance(text, str) or not whole or type(count) is not int or count < 1:
        return None
    return Compaction(identifier, owner, count, text)
