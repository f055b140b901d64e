"""Completion of slash commands at the beginning of what is typed: as a menu while typing, and on Tab."""

from collections.abc import Callable, Iterable, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.key_binding import KeyPressEvent

from dexter.chat.commands import COMMANDS, Command
from dexter.terminal.cleaning import one_line
from dexter.terminal.widths import fit

_WIDEST = 72

Further = Callable[[], Sequence[Command]]
"""Looks for commands that a chat has beside those that all have."""


class CommandCompleter(Completer):
    """Completes the name of a slash command.

    Which further ones there are is looked up each time that a slash is typed, and remembered until the next.
    """

    def __init__(self, further: Further) -> None:
        self._further = further
        self._known: Sequence[Command] | None = None

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002
        """The commands that begin like this."""
        text = document.text_before_cursor
        for command in self.possible(document):
            yield Completion(
                f"/{command.name}", -len(text), display_meta=fit(one_line(command.help), _WIDEST)
            )

    def possible(self, document: Document) -> list[Command]:
        """The commands that what is typed can become."""
        text = document.text_before_cursor
        if not text.startswith("/") or any(char.isspace() for char in text) or document.text_after_cursor:
            return []
        if text == "/" or self._known is None:
            self._known = self._further()
        wanted = text[1:].casefold()
        return [command for command in (*COMMANDS, *self._known) if command.name.startswith(wanted)]

    def complete(self, event: KeyPressEvent) -> None:
        """Complete as far as is certain, then go through the possible ones.

        At once, and not in a task like the completion while typing: a Tab right behind a letter is not lost.
        """
        buffer = event.current_buffer
        chosen = buffer.complete_state is not None and buffer.complete_state.current_completion is not None
        possible = [] if chosen else self.possible(buffer.document)
        certain = "/" + _common([command.name for command in possible])
        if possible and len(certain) > len(buffer.text):
            buffer.document = Document(certain)
            if len(possible) > 1:
                buffer.start_completion()
        elif buffer.complete_state is not None:
            buffer.complete_next()
        elif len(possible) > 1:
            buffer.start_completion(select_first=True)


def _common(names: Sequence[str]) -> str:
    """The beginning that all names have."""
    first, last = min(names, default=""), max(names, default="")
    return first[: next((at for at, char in enumerate(first) if last[at : at + 1] != char), len(first))]
