"""The place where the user types: a buffer with history and completion, and the keys that work in it.

Owns what each key does to the text. What a finished line means is the chat's business: `on_input` gets it.
"""

from collections.abc import Callable, Sequence

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, FilterOrBool, has_completions, is_searching
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.containers import Container, HSplit, Window
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.menus import CompletionsMenu
from prompt_toolkit.layout.processors import AfterInput, ConditionalProcessor
from prompt_toolkit.widgets import SearchToolbar

from dexter.chat.screen import Back, Close, Input, Interrupt, Line
from dexter.terminal.cleaning import clean
from dexter.terminal.completion import CommandCompleter, Further
from dexter.terminal.phrases import PROMPT

_MOST_LINES = 10


class InputArea:
    """A growing input of one or more lines.

    Attributes:
        container: What to put into a layout.
        buffer: The text being typed.
    """

    def __init__(
        self, history: Sequence[str], on_input: Callable[[Input], None], further: Further = tuple
    ) -> None:
        self._on_input = on_input
        self._commands = CommandCompleter(further)
        self._search = SearchToolbar(ignore_case=True)
        self.buffer = Buffer(
            multiline=True,
            history=InMemoryHistory(list(history)),
            completer=self._commands,
            complete_while_typing=True,
            on_text_changed=lambda _: self._touched(),
        )
        self._interrupted = False
        self._past = list(history)
        self._at = len(self._past)
        self._begun = ""
        empty = Condition(lambda: not self.buffer.text)
        self._control = BufferControl(
            self.buffer,
            search_buffer_control=self._search.control,
            input_processors=[
                ConditionalProcessor(AfterInput("ask, or /help", style="class:placeholder"), empty)
            ],
        )
        window = Window(
            self._control,
            height=Dimension(min=1, max=_MOST_LINES),
            wrap_lines=True,
            dont_extend_height=True,
            get_line_prefix=self._prefix,
        )
        self.container: Container = HSplit([window, CompletionsMenu(max_height=8), self._search])

    @property
    def control(self) -> BufferControl:
        """What has the focus while the user types."""
        return self._control

    def bindings(self, active: FilterOrBool) -> KeyBindings:
        """The keys, as long as `active` holds."""
        keys = KeyBindings()
        add = keys.add
        add("enter", filter=active)(self._enter)
        # A terminal driven by a program sends a line feed for Enter; the two can't be told apart from Ctrl+J.
        add("c-j", filter=active)(self._enter)
        add("escape", "enter", filter=active)(_newline)
        add("escape", "c-j", filter=active)(_newline)
        add("tab", filter=active)(self._commands.complete)
        add("up", filter=active)(lambda _: self._up())
        add("down", filter=active)(lambda _: self._down())
        add("c-p", filter=active)(lambda _: self._up())
        add("c-n", filter=active)(lambda _: self._down())
        add("s-tab", filter=active)(_previous_completion)
        add("escape", filter=Condition(lambda: bool(has_completions())) & _as_filter(active))(_no_completion)
        add("escape", "escape", filter=_as_filter(active) & ~is_searching)(self._back)
        add("c-c", filter=active)(self._interrupt)
        add("<sigint>", filter=active)(self._interrupt)
        add("c-d", filter=_as_filter(active) & Condition(lambda: not self.buffer.text))(self._close)
        add("c-z", filter=active)(_suspend)
        return keys

    def _up(self) -> None:
        if self.buffer.complete_state is not None:
            self.buffer.complete_previous()
        elif self.buffer.document.cursor_position_row > 0:
            self.buffer.cursor_up()
        else:
            self._walk(-1)

    def _down(self) -> None:
        if self.buffer.complete_state is not None:
            self.buffer.complete_next()
        elif self.buffer.document.cursor_position_row < self.buffer.document.line_count - 1:
            self.buffer.cursor_down()
        else:
            self._walk(1)

    def _walk(self, by: int) -> None:
        """Go back or forth among the queries typed before; what was begun here comes after the latest.

        The buffer has such a list too, but fills it in a task: an arrow right behind Enter finds it empty.
        """
        at = self._at + by
        if 0 <= at <= len(self._past):
            if self._at == len(self._past):
                self._begun = self.buffer.text
            self._at = at
            self.buffer.document = Document([*self._past, self._begun][at])

    def _enter(self, _: KeyPressEvent) -> None:
        buffer = self.buffer
        if buffer.document.current_line_before_cursor.endswith("\\") and buffer.document.is_cursor_at_the_end:
            buffer.delete_before_cursor()
            buffer.newline(copy_margin=False)
            return
        text = typed_text(buffer.text)
        if not text.strip():
            buffer.reset()
            return
        buffer.text = text
        buffer.reset(append_to_history=True)
        if self._past[-1:] != [text]:
            self._past.append(text)
        self._at = len(self._past)
        self._on_input(Line(text))

    def _interrupt(self, _: KeyPressEvent) -> None:
        if self.buffer.text:
            self.buffer.reset()
            self._at = len(self._past)
            self._interrupted = False
        else:
            again, self._interrupted = self._interrupted, True
            self._on_input(Interrupt(again))

    def put(self, text: str) -> None:
        """Begin with a text, the cursor at its end."""
        self.buffer.document = Document(text)
        self._at = len(self._past)

    def _back(self, _: KeyPressEvent) -> None:
        """Clear what is typed, which the up arrow brings back; there is nothing to clear: go back."""
        text = self.buffer.text
        self.buffer.reset()
        if not text.strip():
            self._on_input(Back())
        elif text not in self._past[-1:]:
            self._past.append(text)
        self._at = len(self._past)

    def _touched(self) -> None:
        self._interrupted = False

    def _close(self, _: KeyPressEvent) -> None:
        self._on_input(Close())

    @staticmethod
    def _prefix(line: int, wrapped: int) -> StyleAndTextTuples:
        return [("class:prompt", PROMPT if line == 0 and wrapped == 0 else "  ")]


def typed_text(text: str) -> str:
    """A typed or pasted text without control characters; tabs and newlines stay."""
    return "\t".join(clean(part) for part in text.split("\t"))


def _newline(event: KeyPressEvent) -> None:
    event.current_buffer.newline(copy_margin=False)


def _previous_completion(event: KeyPressEvent) -> None:
    event.current_buffer.complete_previous()


def _no_completion(event: KeyPressEvent) -> None:
    event.current_buffer.cancel_completion()


def _suspend(event: KeyPressEvent) -> None:
    event.app.suspend_to_background()


def _as_filter(value: FilterOrBool) -> Condition:
    return Condition(lambda: bool(value() if callable(value) else value))
