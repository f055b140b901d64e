"""What a tool that acts says when it did nothing; each is a sentence for the model.

ToolError
├── OutOfBounds   a path that no rule and no person makes usable (path, reason)
├── FileTrouble   a file is not there, not as expected or can't be used (path, reason)
├── NotAllowed    a person, a rule or the lack of a person stands against it (what, why)
└── CommandTrouble  a command could not be started (reason)
"""

from dexter.tools.errors import ToolError


class OutOfBounds(ToolError):
    """The path is never read or written, whoever wants it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} is not touched: {reason}. No approval changes that; nothing was done.")
        self.path = path
        self.reason = reason


class FileTrouble(ToolError):
    """The file can't be used as it is."""

    def __init__(self, path: str, reason: str, *, missing: bool = False) -> None:
        super().__init__(f"{path} {reason}. Nothing was changed.")
        self.path = path
        self.reason = reason
        self.missing = missing


class NotAllowed(ToolError):
    """It was not allowed; nothing was done, and the run goes on."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(
            f"{what}: not allowed, because {why}. Nothing was done. Do not try to reach the same in another"
            " way; go on without it, and say in your answer what was not done."
        )
        self.what = what
        self.why = why


class CommandTrouble(ToolError):
    """The command could not be started."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The command could not be started: {reason}. Nothing was done.")
        self.reason = reason
