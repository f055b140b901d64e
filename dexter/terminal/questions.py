"""A question of a run in place of the prompt: a menu with numbers, and room for a text of one's own.

Owns how it looks and which keys work in it. Keys that mean nothing here lead back to the choice that a hasty
Enter may take: somebody who was typing a query must not have allowed something.
"""

import asyncio
from collections.abc import Callable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.containers import Container, HSplit, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.layout.dimension import Dimension

from dexter.terminal.cleaning import clean, one_line
from dexter.terminal.widths import wrap
from dexter.tools.person import Answer, Question

_LEAVING = ("escape", "c-d")
_CANCELLING = ("c-c", "<sigint>")


class QuestionPanel:
    """The choices of a question: arrows or numbers move, Enter answers, Escape does not answer."""

    def __init__(
        self,
        question: Question,
        size: Callable[[], tuple[int, int]],
        *,
        ended: Callable[[], None],
        cancel: Callable[[], None],
    ) -> None:
        """A panel.

        Args:
            question: What is asked; its body stands above already.
            size: Columns and rows of the terminal.
            ended: Told at once that there is a result.
            cancel: Cancels the run that asks.
        """
        self._question = question
        self._size = size
        self._ended = ended
        self._cancel = cancel
        self._at = question.first
        self._taken: set[int] = set()
        self._own = len(question.choices) if question.own_text else None
        self.result: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._typed = Buffer(multiline=False, on_text_changed=lambda _: self._changed())
        self.control = BufferControl(self._typed)
        self.bindings = self._keys()
        # What has the focus has to be somewhere, if only without a line of its own.
        own = Window(
            self.control,
            height=lambda: Dimension.exact(1 if self._at == self._own else 0),
            get_line_prefix=lambda *_: [("", "     ")],
        )
        self.container: Container = HSplit([_text(self._head), _text(self._rows), own, _text(self._foot)])

    def leave(self) -> None:
        """End it without an answer."""
        self._end(None)

    def _end(self, answer: Answer | None) -> None:
        if not self.result.done():
            self.result.set_result(answer)
            self._ended()

    def _changed(self) -> None:
        """Keep a text only where one is wanted; stray letters lead back to where it began."""
        if self._at != self._own and self._typed.text:
            self._typed.text = ""
            self._at = self._question.first

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        self._moving(keys)
        if self._question.several:
            keys.add(" ", filter=Condition(lambda: self._at != self._own))(lambda _: self._take())
        for key in ("enter", "c-j"):
            keys.add(key)(lambda _: self._enter())
        for key in _LEAVING:
            keys.add(key, eager=True)(lambda _: self.leave())
        for key in _CANCELLING:
            keys.add(key, eager=True)(lambda _: self._cancelled())
        return keys

    def _moving(self, keys: KeyBindings) -> None:
        last = len(self._question.choices) - (self._own is None)
        choosing = Condition(lambda: self._at != self._own)

        def to(place: int) -> Callable[[KeyPressEvent], None]:
            def moved(_: KeyPressEvent) -> None:
                self._at = place

            return moved

        def by(step: int) -> Callable[[KeyPressEvent], None]:
            def moved(_: KeyPressEvent) -> None:
                self._at = max(0, min(self._at + step, last))

            return moved

        for key, step in (("up", -1), ("c-p", -1), ("s-tab", -1), ("down", 1), ("c-n", 1), ("tab", 1)):
            keys.add(key)(by(step))
        for place in range(last + 1):
            keys.add(str(place + 1), filter=choosing)(to(place))

    def _cancelled(self) -> None:
        self.leave()
        self._cancel()

    def _take(self) -> None:
        self._taken ^= {self._at}

    def _enter(self) -> None:
        if self._at == self._own:
            text = self._typed.text.strip()
            if text:
                self._end(Answer(tuple(sorted(self._taken)), clean(text)))
        elif self._question.several:
            self._end(Answer(tuple(sorted(self._taken or {self._at}))))
        else:
            self._end(Answer((self._at,)))

    def _head(self) -> StyleAndTextTuples:
        width, _ = self._size()
        return [("class:title", "\n".join(wrap(one_line(self._question.title), width - 1)))]

    def _rows(self) -> StyleAndTextTuples:
        width, _ = self._size()
        choices = [*self._question.choices, *(["Something else:"] if self._own is not None else [])]
        fragments: StyleAndTextTuples = []
        for place, choice in enumerate(choices):
            mark = f"[{'x' if place in self._taken else ' '}] " if self._boxed(place) else ""
            sign = ">" if place == self._at else " "
            first, *more = wrap(f"{mark}{one_line(choice)}", max(width - 6, 1))
            text = "\n".join([f"{sign} {place + 1}. {first}", *(f"     {line}" for line in more)])
            fragments.append(("class:chosen" if place == self._at else "", text))
            fragments.append(("", "\n"))
        return fragments[:-1]

    def _boxed(self, place: int) -> bool:
        return self._question.several and place != self._own

    def _foot(self) -> StyleAndTextTuples:
        width, _ = self._size()
        space = "Space takes, " if self._question.several else ""
        no = "no answer" if self._question.own_text else "no"
        keys = f"a number or arrows, {space}Enter answers, Esc: {no}, Ctrl+C cancels the query"
        return [("class:detail", "\n".join(wrap(keys, max(width - 1, 1))))]


def _text(content: Callable[[], StyleAndTextTuples]) -> Window:
    return Window(FormattedTextControl(content), dont_extend_height=True, always_hide_cursor=True)
