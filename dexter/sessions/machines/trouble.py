"""What is wrong with a remote, and what can be done: from the errors of the repository to one of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

import gitstore
from dexter.sessions.errors import RemoteTrouble

_ALLOW = "if it is a folder with files, use a bare repository: git init --bare"


@contextmanager
def told(name: str, address: str) -> Iterator[None]:
    """Say of a remote what is wrong with it, and what can be done."""
    try:
        yield
    except (gitstore.RemoteError, gitstore.TooMuch) as error:
        reason, advice = words(error)
        raise RemoteTrouble(name, address, reason, advice) from error


def words(error: gitstore.RemoteError | gitstore.TooMuch) -> tuple[str, str]:  # noqa: PLR0911  a table
    """What is wrong with a remote, and what to do."""
    detail = str(getattr(error, "reason", ""))
    match error:
        case gitstore.RemoteNotFound():
            return "there is no remote of that name", "see: dexter sessions remote list"
        case gitstore.RemoteUnreachable():
            return f"it can't be reached ({detail})", "check the address and the network, and try again"
        case gitstore.RemoteRefused():
            return f"it lets nobody in ({detail})", "check user, password and keys"
        case gitstore.RemoteSilent(seconds=seconds):
            return f"nothing came from it for {seconds:g} seconds", "try again later"
        case gitstore.TooMuch() | gitstore.RemoteTooLarge():
            return (
                f"it sends too much ({error})",
                "look at what it holds before you take it; there is no setting",
            )
        case gitstore.RemoteRejected():
            return f"it does not let its branch be moved ({detail})", _ALLOW
        case gitstore.RemoteNotAStore():
            return f"it holds something else ({detail})", "give it an empty repository of its own"
        case gitstore.RemoteTooNew():
            return "a newer dexter wrote it", "update dexter"
        case _:
            return f"what it sends is no good ({detail or error})", "look at it with git fsck"
