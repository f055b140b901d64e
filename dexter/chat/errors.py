"""The error of chats; where it stands in the tree of all errors is drawn in `dexter.errors`."""

from dexter.errors import DexterError


class NothingStored(DexterError):
    """The chat runs with --no-session: there are no sessions to go to, and nothing to write."""

    def __init__(self) -> None:
        super().__init__("nothing of this chat is stored (--no-session)")
