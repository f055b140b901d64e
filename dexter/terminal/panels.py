"""What stands in place of the prompt while the chat asks something: a list to pick from, or a secret to type.

Owns how these look and which keys work in them. Each is shown by the screen and ends with a result, None if
the user left it. It tells at once that it has ended: the next key of the same keystrokes is for the prompt.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.containers import Container, HSplit, VSplit, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.processors import PasswordProcessor

from dexter.chat.screen import Choice
from dexter.terminal.cleaning import one_line
from dexter.terminal.filtering import matching
from dexter.terminal.widths import columns, fit

T = TypeVar("T")

_LEAVING = ("escape", "c-c", "<sigint>", "c-d")
_MOST_ROWS = 12


class Panel(Protocol):
    """Something in place of the prompt."""

    @property
    def container(self) -> Container:
        """What to put into the layout."""

    @property
    def control(self) -> BufferControl:
        """What has the focus."""

    @property
    def bindings(self) -> KeyBindings:
        """The keys that work in it."""

    def leave(self) -> None:
        """End it without a result."""


class PickPanel(Generic[T]):
    """A list to pick from: letters narrow it down, arrows move, Enter picks, Escape leaves."""

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice[T]],
        size: Callable[[], tuple[int, int]],
        ended: Callable[[], None],
    ) -> None:
        self._ended = ended
        self._title = one_line(title)
        self._choices = choices
        self._size = size
        self._found = list(range(len(choices)))
        self._at = next((place for place, choice in enumerate(choices) if choice.current), 0)
        self.result: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._typed = Buffer(multiline=False, on_text_changed=lambda _: self._narrow())
        self.control = BufferControl(self._typed)
        self.bindings = self._keys()
        self.container: Container = HSplit(
            [
                _line(lambda: [("class:title", fit(self._title, self._size()[0] - 1))]),
                VSplit([_line(lambda: [("", "Search: ")], width=8), Window(self.control, height=1)]),
                Window(FormattedTextControl(self._rows), dont_extend_height=True, always_hide_cursor=True),
                _line(self._foot),
            ]
        )

    def leave(self) -> None:
        """End it with nothing picked."""
        self._end(None)

    def _end(self, value: T | None) -> None:
        if not self.result.done():
            self.result.set_result(value)
            self._ended()

    def _narrow(self) -> None:
        self._found = matching(self._typed.text, [choice.searched for choice in self._choices])
        self._at = 0

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        def move(by: int) -> Callable[[KeyPressEvent], None]:
            def moved(_: KeyPressEvent) -> None:
                self._at = max(0, min(self._at + by, len(self._found) - 1))

            return moved

        def pick(_: KeyPressEvent) -> None:
            if self._found:
                self._end(self._choices[self._found[self._at]].value)

        for key, by in (("up", -1), ("c-p", -1), ("down", 1), ("c-n", 1), ("s-tab", -1), ("tab", 1)):
            keys.add(key)(move(by))
        keys.add("pageup")(move(-_MOST_ROWS))
        keys.add("pagedown")(move(_MOST_ROWS))
        keys.add("enter")(pick)
        keys.add("c-j")(pick)
        for key in _LEAVING:
            # At once: Escape begins other keys, too, and a second later is late.
            keys.add(key, eager=True)(lambda _: self.leave())
        return keys

    def _rows(self) -> StyleAndTextTuples:
        width, height = self._size()
        room = max(1, min(_MOST_ROWS, height - 5))
        first = max(0, min(self._at - room // 2, len(self._found) - room))
        shown = self._found[first : first + room]
        fragments: StyleAndTextTuples = []
        for row, place in enumerate(shown, first):
            choice = self._choices[place]
            chosen = row == self._at
            label = fit(one_line(choice.label), width - 3)
            fragments.append(("class:chosen" if chosen else "", f"{'>' if chosen else ' '} {label}"))
            detail = fit(one_line(choice.detail), max(width - 5 - columns(label), 0))
            fragments.append(("class:detail", f"  {detail}\n" if detail else "\n"))
        if not shown:
            fragments.append(("class:detail", fit("  nothing matches", width - 1)))
        elif fragments:
            style, text, *_ = fragments[-1]
            fragments[-1] = (style, text.rstrip("\n"))
        return fragments

    def _foot(self) -> StyleAndTextTuples:
        width, _ = self._size()
        count = f"{len(self._found)} of {len(self._choices)}"
        return [("class:detail", fit(f"{count} · type to search, Enter picks, Esc leaves", width - 1))]


class SecretPanel:
    """One line that is typed unseen: Enter gives it, Escape leaves."""

    def __init__(self, title: str, size: Callable[[], tuple[int, int]], ended: Callable[[], None]) -> None:
        self._ended = ended
        self.result: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._typed = Buffer(multiline=False)
        self.control = BufferControl(self._typed, input_processors=[PasswordProcessor()])
        self.bindings = self._keys()
        self.container: Container = HSplit(
            [
                _line(lambda: [("class:title", fit(one_line(title), size()[0] - 1))]),
                VSplit([_line(lambda: [("", "Key: ")], width=5), Window(self.control, height=1)]),
                _line(lambda: [("class:detail", fit("not shown; Enter stores, Esc leaves", size()[0] - 1))]),
            ]
        )

    def leave(self) -> None:
        """End it with nothing typed."""
        self._end(None)

    def _end(self, value: str | None) -> None:
        if not self.result.done():
            self.result.set_result(value)
            self._ended()

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        for key in ("enter", "c-j"):
            keys.add(key)(lambda _: self._end(self._typed.text.strip() or None))
        for key in _LEAVING:
            # At once: Escape begins other keys, too, and a second later is late.
            keys.add(key, eager=True)(lambda _: self.leave())
        return keys


def _line(text: Callable[[], StyleAndTextTuples], width: int | None = None) -> Window:
    size = Dimension.exact(width) if width is not None else None
    return Window(FormattedTextControl(text), height=1, width=size, dont_extend_height=True)
