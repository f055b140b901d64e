"""What a tool says when it can't do what it was asked; each is a sentence for the model that asked.

ToolError
├── BadArgument      a value that can't be read or lies outside what the formula allows (argument, reason)
├── MissingArgument  a value that the formula needs was not given (arguments)
└── NotComputable    the values are fine by themselves, but there is no result (reason)
"""


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
