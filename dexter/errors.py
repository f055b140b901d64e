"""The errors of dexter, as values with fields; the sentences for people are made in `dexter.cli.exits`.

    DexterError
    ├── UsageError            options or arguments that make no sense together
    ├── NothingToContinue     there is no session yet
    ├── HomeUnusable          the data directory can't be read or written
    ├── QuestionsUnreadable   a file of questions can't be read
    ├── SettingsUnreadable    settings.json is there and can't be understood
    ├── SecretPatternUnfit    a pattern in settings.json can't be used
    ├── SessionNotFound       (dexter.sessions) no session has that id
    ├── AmbiguousSession      (dexter.sessions) more than one session begins with that prefix
    ├── SessionPresent        (dexter.sessions) it is there: nothing to create or restore
    ├── SessionDamaged        (dexter.sessions) it is there and can't be read
    ├── ExchangeNotFound      (dexter.sessions) the session has no such exchange
    ├── AmbiguousExchange     (dexter.sessions) more than one exchange begins with that
    ├── MomentNotFound        (dexter.sessions) nothing is stored as of that date, commit or ref
    ├── NothingToUndo         (dexter.sessions) no change is left that could be taken back
    ├── UndoRefused           (dexter.sessions) something was built upon the last change
    ├── NotSaved              (dexter.sessions) nothing was written; what was saved before stays
    ├── NotSigned             (dexter.sessions) no signature was made; what is stored stays
    ├── RemoteTrouble         (dexter.sessions) another machine can't be met
    ├── StoreUnreadable       (dexter.sessions) the repository can't be opened or read
    │   ├── StoreDamaged      (dexter.sessions) not all of it can be read; saving still works
    │   └── StoreTooNew       (dexter.sessions) a newer dexter wrote it
    ├── FileRefused           (dexter.exports) a file can't be written, or is there already
    ├── NotImportable         (dexter.imports) a file holds no session that can be read
    ├── NothingStored         (dexter.chat) with --no-session there is nothing to go to or to write
    └── ModelNotFound         (dexter.models) nothing that can answer goes by that name

`ValueError` and `TypeError` are a caller's bug: they are never wrapped.
"""

from pathlib import Path


class DexterError(Exception):
    """The base of all errors that dexter raises on purpose."""


class UsageError(DexterError):
    """Options or arguments that make no sense; `sentence` says what is wrong."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NothingToContinue(DexterError):
    """The latest session is to go on, and there is none."""


class HomeUnusable(DexterError):
    """The data directory can't be used; nothing was changed."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason


class QuestionsUnreadable(DexterError):
    """A file of questions can't be read or has none; nothing was asked."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason


class SettingsUnreadable(DexterError):
    """The settings file can't be understood; it is left as it is."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason


class SecretPatternUnfit(DexterError):
    """A pattern for secrets in the settings can't be used; `number` counts from 1, 0 stands for all."""

    def __init__(self, path: Path, number: int, reason: str) -> None:
        super().__init__(path, number, reason)
        self.path = path
        self.number = number
        self.reason = reason
