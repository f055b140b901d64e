"""The errors of sessions; where they stand in the tree of all errors is drawn in `dexter.errors`."""

from pathlib import Path

from dexter.errors import DexterError
from dexter.sessions.records.records import SessionMetadata


class SessionNotFound(DexterError):
    """No session has that id, or begins with that prefix.

    `suggestions` are the sessions that there are, latest first, at most five. `instead` is the id that was
    probably meant, such as the same one in lower case. `deleted` says that a session of that id can be
    restored.
    """

    def __init__(
        self,
        session_id: str,
        suggestions: tuple[SessionMetadata, ...] = (),
        instead: str | None = None,
        *,
        deleted: bool = False,
    ) -> None:
        super().__init__(session_id)
        self.session_id = session_id
        self.suggestions = suggestions
        self.instead = instead
        self.deleted = deleted


class AmbiguousSession(DexterError):
    """More than one session begins with that prefix; `candidates` are latest first."""

    def __init__(self, prefix: str, candidates: tuple[SessionMetadata, ...]) -> None:
        super().__init__(prefix)
        self.prefix = prefix
        self.candidates = candidates


class ExchangeNotFound(DexterError):
    """The session has no such exchange; nothing was changed."""

    def __init__(self, exchange_id: str) -> None:
        super().__init__(f"There is no exchange {exchange_id} in this session.")
        self.exchange_id = exchange_id


class AmbiguousExchange(DexterError):
    """More than one exchange of the session begins with that; `candidates` are their ids, oldest first."""

    def __init__(self, prefix: str, candidates: tuple[str, ...]) -> None:
        super().__init__(f"{prefix} is the beginning of {len(candidates)} exchanges of this session.")
        self.prefix = prefix
        self.candidates = candidates


class NothingToUndo(DexterError):
    """No change is left that could be taken back."""


class UndoRefused(DexterError):
    """The last change can't be taken back; nothing was changed.

    `action` is what had been done, `reason` why it stays: "gone on" (something was asked in the session
    since), "changed" (the same was done to it since), "present", "absent" or "damaged" (the session is).
    """

    def __init__(self, session_id: str, action: str, reason: str) -> None:
        super().__init__(session_id, action, reason)
        self.session_id = session_id
        self.action = action
        self.reason = reason


class SessionPresent(DexterError):
    """The session is there: it can't be created or restored. Nothing was changed."""

    def __init__(self, session_id: str) -> None:
        super().__init__(session_id)
        self.session_id = session_id


class SessionDamaged(DexterError):
    """A session is there and can't be read; nothing was changed.

    `place` is the file, commit or object that is damaged, as near as is known.
    """

    def __init__(self, session_id: str, place: str, reason: str) -> None:
        super().__init__(session_id, place, reason)
        self.session_id = session_id
        self.place = place
        self.reason = reason


class MomentNotFound(DexterError):
    """No commit, ref or date goes by that name; `reason` is unknown or ambiguous."""

    def __init__(self, when: str, reason: str = "unknown") -> None:
        super().__init__(when, reason)
        self.when = when
        self.reason = reason


class NotSaved(DexterError):
    """Nothing was written; everything that was saved before stays."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotSigned(DexterError):
    """Nothing was signed; what is stored stays, and can be signed later.

    `reason` and `advice` are parts of a sentence.
    """

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason, advice)
        self.reason = reason
        self.advice = advice


class PurgeRefused(DexterError):
    """What was asked for is not purged; nothing was changed. `reason` is a part of a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotPurged(DexterError):
    """Something could not be taken out of all history, or not wholly.

    `moved` says whether the sessions are without it already, and only what is old could not be removed;
    `noted` whether at least what shall go is written down, so that it can be finished.
    """

    def __init__(self, reason: str, *, moved: bool = False, noted: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.moved = moved
        self.noted = noted


class RemoteTrouble(DexterError):
    """A remote can't be met now; nothing was changed there, and what is here stays.

    `address` is shown as it may be; `reason` and `advice` are parts of a sentence.
    """

    def __init__(self, remote: str, address: str, reason: str, advice: str) -> None:
        super().__init__(remote, address, reason)
        self.remote = remote
        self.address = address
        self.reason = reason
        self.advice = advice


class StoreUnreadable(DexterError):
    """The repository with the sessions can't be opened or read; nothing was changed."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason


class StoreDamaged(StoreUnreadable):
    """The repository is there and not all of it can be read; new exchanges can still be saved."""


class StoreTooNew(StoreUnreadable):
    """A newer version of dexter wrote the repository; it was left as it is."""
