"""What a session is made of, as frozen values: its metadata and its exchanges; `steps` has their steps.

In files the keys are camelCase and times are epoch milliseconds. Values are validated when they are loaded,
and fields that this version does not know are kept in `unknown` and written again as they were.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import msgspec

from dexter.sessions.records.encoding import NotAnObject, decode_object, encode_object, storable
from dexter.sessions.records.identifiers import is_exchange_id, is_session_id

PREVIEW_LENGTH = 100
REWOUND = ("rewoundTo", "rewoundAfter", "rewoundChangedAt")
"""Fields of the metadata: the exchange to go on from, the latest one there was when that was said, and when.

Without the first one the session goes on from before its first exchange. The last one grows with each change,
also if the clock went back, so that of two machines' pointers the later one counts, as a whole.
"""

Status = Literal["complete", "error", "interrupted"]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]  # up to the end of the year 9999
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class InvalidRecord(ValueError):
    """Something that is not the record it should be; the message says which field is wrong."""


class Record(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A JSON object of which some fields are known; the subclass's last field is `unknown`.

    What comes from JSON has no cycles: the collector, which would go through 10,000 of them, need not know.
    """

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """The record in the fields of a JSON object.

        Raises:
            InvalidRecord: If a field is missing or of the wrong kind.
        """
        names = _known(cls)
        known = {key: value for key, value in fields.items() if key in names}
        unknown = {key: value for key, value in fields.items() if key not in names}
        try:
            return msgspec.convert({**known, "unknown": unknown}, cls)
        except msgspec.ValidationError as error:
            raise InvalidRecord(str(error)) from None

    def to_fields(self) -> dict[str, Any]:
        """The fields of the JSON object, in the order of their declaration, unknown ones last."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        unknown: dict[str, Any] = fields.pop("unknown")
        return {**fields, **unknown}

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """The record in one line of JSON.

        Raises:
            InvalidRecord: If it is not JSON, or not such a record.
        """
        try:
            return cls.from_fields(decode_object(line))
        except NotAnObject as error:
            raise InvalidRecord(str(error)) from None

    def to_line(self) -> bytes:
        """The record as one line of JSON, without the line feed."""
        return encode_object(self.to_fields())


def _known(cls: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(cls.__struct_encode_fields__) - {"unknown"}


class TokenUsageRecord(Record, frozen=True):
    """The tokens that an exchange took.

    Those that the provider read from its cache of prompts, and wrote to it, are among the input's.
    """

    input_tokens: Count
    output_tokens: Count
    total_tokens: Count
    cache_read_tokens: Count = 0
    cache_write_tokens: Count = 0
    unknown: dict[str, Any] = {}

    def to_fields(self) -> dict[str, Any]:
        """As `Record.to_fields`; what no cache had a part in is left out."""
        fields = super().to_fields()
        for name in ("cacheReadTokens", "cacheWriteTokens"):
            if not fields[name]:
                del fields[name]
        return fields

    def __add__(self, other: "TokenUsageRecord") -> "TokenUsageRecord":
        """Both taken together; what is not known of them is left out."""
        counts = self.__struct_fields__[:-1]
        return TokenUsageRecord(*(getattr(self, name) + getattr(other, name) for name in counts))


class FiguresRecord(Record, frozen=True):
    """Where the figures of an answer come from.

    `traced` is how many of them a tool of the session gave or the user named, `asked` how many of those only
    the user named. `recalled` are those that only earlier sessions have, and `own` all others, the model's
    own, both as they stand in the answer.
    """

    traced: Count = 0
    asked: Count = 0
    own: tuple[str, ...] = ()
    recalled: tuple[str, ...] = ()
    unknown: dict[str, Any] = {}

    def to_fields(self) -> dict[str, Any]:
        """As `Record.to_fields`; without what is recalled if nothing is."""
        fields = super().to_fields()
        if not self.recalled:
            del fields["recalled"]
        return fields


class FurtherRecord(Record, frozen=True):
    """What the user said while the query ran; `step` is the model call that was the first to get it."""

    step: Count
    text: str
    unknown: dict[str, Any] = {}


class SessionExchange(Record, frozen=True):
    """A query with its answer: one line of `history.jsonl`.

    `timestamp` is when the exchange ended, `duration` how long it took (both in milliseconds). `answer` is
    partial unless `status` is complete. `parent_id` is the exchange that this one follows, None for the
    first. `error` is the sentence that told why there is no whole answer, only with status error. `figures`
    is None if nobody looked where the answer's figures come from, or if it has none. `further` is what the
    user said while it ran, in order.
    """

    id: str
    timestamp: Milliseconds
    query: str
    answer: str
    summary: str | None = None
    model: str = ""
    status: Status = "complete"
    duration: Count = 0
    token_usage: TokenUsageRecord | None = None
    parent_id: str | None = None
    provider: str | None = None
    error: str | None = None
    figures: FiguresRecord | None = None
    further: tuple[FurtherRecord, ...] = ()
    unknown: dict[str, Any] = {}

    @property
    def asked(self) -> str:
        """All that the user said: the query, and behind it what came while it ran, a blank line between."""
        return "\n\n".join((self.query, *(each.text for each in self.further)))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """As `Record.from_fields`; the fields that every exchange has must be there."""
        missing = [name for name in ("model", "status", "duration") if name not in fields]
        if missing:
            raise InvalidRecord(f"Object missing required field `{missing[0]}`")
        fields = {**fields, **_within(fields, "tokenUsage", TokenUsageRecord)}
        fields = {**fields, **_within(fields, "figures", FiguresRecord)}
        if isinstance(said := fields.get("further"), list):
            each = [_within({"further": one}, "further", FurtherRecord).get("further", one) for one in said]
            fields = {**fields, "further": each}
        exchange = super().from_fields(fields)
        if not is_exchange_id(exchange.id):
            raise InvalidRecord("`id` is not fit to be an id")
        return exchange

    def to_fields(self) -> dict[str, Any]:
        """As `Record.to_fields`, without an error, figures and further words if there are none."""
        fields = super().to_fields()
        if self.error is None:
            del fields["error"]
        if self.figures is None:
            del fields["figures"]
        else:
            fields["figures"] = self.figures.to_fields()
        if self.further:
            fields["further"] = [each.to_fields() for each in self.further]
        else:
            del fields["further"]
        if self.token_usage is not None:
            fields["tokenUsage"] = self.token_usage.to_fields()
        return fields


def _within(fields: Mapping[str, Any], name: str, kind: type[Record]) -> dict[str, Any]:
    """The record in a field of another one, what is not known of it set apart; nothing if there is none."""
    found = fields.get(name)
    if not isinstance(found, Mapping):
        return {}
    names = _known(kind)
    known = {key: value for key, value in found.items() if key in names}
    return {name: {**known, "unknown": {key: found[key] for key in found if key not in names}}}


class SessionMetadata(Record, frozen=True):
    """What is known of a session without reading its history: `session.json`.

    `exchange_count` counts complete exchanges only. `updated_at`, `exchange_count`, `first_query`,
    `last_query` and `last_exchange_id` follow from the history; the queries are previews of at most 100
    characters. `title_changed_at` grows with each new title, also if the clock went back. `batch` is the row
    of a file of questions that the session is for; see `dexter.sessions.records.batches`.
    """

    id: str
    created_at: Milliseconds
    updated_at: Milliseconds
    exchange_count: Count = 0
    model: str = ""
    provider: str = ""
    first_query: str | None = None
    last_query: str | None = None
    title: str | None = None
    title_changed_at: Milliseconds | None = None
    tags: tuple[str, ...] = ()
    forked_from: Any = None
    last_resumed_at: Milliseconds | None = None
    resume_count: Count = 0
    last_exchange_id: str | None = None
    heads: tuple[str, ...] = ()
    batch: Any = None
    unknown: dict[str, Any] = {}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """As `Record.from_fields`; the id must be a session's."""
        metadata = super().from_fields(fields)
        if not is_session_id(metadata.id):
            raise InvalidRecord("`id` is not a session id")
        return metadata

    @property
    def preview(self) -> str:
        """What a list shows of the session: its title if it has one, else its first query."""
        return self.title or self.first_query or ""


class SessionIndex(msgspec.Struct, frozen=True, rename="camel"):
    """All sessions by id, as the tree holds them; it is derived and lies in no file."""

    version: int = 1
    sessions: dict[str, SessionMetadata] = {}


def preview(query: str) -> str:
    """A query on one line, cut to 100 characters, of which the last three are `...` if something was cut."""
    line = " ".join(storable(query[: 4 * PREVIEW_LENGTH]).split())
    if len(line) <= PREVIEW_LENGTH and len(query) <= 4 * PREVIEW_LENGTH:
        return line
    return line[: PREVIEW_LENGTH - 3].rstrip() + "..."
