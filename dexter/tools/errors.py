"""What a tool says when it can't do what it was asked; each is a sentence for the model that asked.

ToolError
├── BadArgument      a value that can't be read or lies outside what the formula allows (argument, reason)
├── MissingArgument  a value that the formula needs was not given (arguments)
├── NotComputable    the values are fine by themselves, but there is no result (reason)
└── SourceError      a place that was asked gave nothing (source)
    ├── NotThere     it has nothing of that name (what, hint)
    ├── Refused      it answered with an error (status, said)
    ├── Busy         it wants to be left alone for longer than is waited (seconds)
    ├── Unreachable  there is no connection, or no answer in time (reason)
    ├── Unfit        its answer can't be used: not what was expected, too large, or from elsewhere (reason)
    ├── NotSetUp     it can't be asked before the user has set something (reason)
    └── NotAsked     it is a place that tools do not ask, whoever wants it (reason)
"""

from math import ceil


class ToolError(Exception):
    """A tool gave no result; `str()` of it is one sentence for the model. Nothing was changed."""


class BadArgument(ToolError):
    """A value can't be read, or lies outside what the formula allows."""

    def __init__(self, argument: str, reason: str) -> None:
        super().__init__(f"{argument} {reason}.")
        self.argument = argument
        self.reason = reason


class MissingArgument(ToolError):
    """The formula needs values that were not given."""

    def __init__(self, what: str, arguments: tuple[str, ...]) -> None:
        super().__init__(f"{what} needs {', '.join(arguments)}.")
        self.what = what
        self.arguments = arguments


class NotComputable(ToolError):
    """There is no result for these values."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}.")
        self.reason = reason


class SourceError(ToolError):
    """A place that was asked gave nothing; `source` is its name."""

    def __init__(self, source: str, sentence: str) -> None:
        super().__init__(sentence)
        self.source = source


class NotThere(SourceError):
    """The source has nothing of that name; `hint` is a sentence on what may be tried, or empty."""

    def __init__(self, source: str, what: str, hint: str = "") -> None:
        super().__init__(source, f"{source} has no {what}.{f' {hint}' if hint else ''}")
        self.what = what
        self.hint = hint


class Refused(SourceError):
    """The source answered with an error; `said` is what it gave as a reason, on one line, or empty."""

    def __init__(self, source: str, status: int, said: str) -> None:
        reason = f" ({said})" if said else ""
        super().__init__(source, f"{source} answered with error {status}{reason}.")
        self.status = status
        self.said = said


class Busy(SourceError):
    """The source limits how often it answers, and the wait is longer than a tool waits."""

    def __init__(self, source: str, seconds: float) -> None:
        wait = f"{ceil(seconds)} seconds" if seconds < 120 else f"{ceil(seconds / 60)} minutes"
        super().__init__(
            source, f"{source} limits how often it answers: it can be asked again in {wait}, not before."
        )
        self.seconds = seconds


class Unreachable(SourceError):
    """There is no connection to the source, or no answer in time."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, f"{source} can't be reached: {reason}.")
        self.reason = reason


class Unfit(SourceError):
    """The answer of the source can't be used."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, f"The answer of {source} can't be used: {reason}.")
        self.reason = reason


class NotSetUp(SourceError):
    """The source can't be asked before the user has set something."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, f"{source} can't be asked: {reason}.")
        self.reason = reason


class NotAsked(SourceError):
    """The source is a place that tools do not ask: nothing was sent to it."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, f"{source} is not asked: {reason}.")
        self.reason = reason
