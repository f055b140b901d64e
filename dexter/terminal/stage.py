"""The application of a chat's screen, put together from its parts, top to bottom."""

from collections.abc import Callable
from dataclasses import dataclass

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import AnyFormattedText
from prompt_toolkit.input import Input as Keyboard
from prompt_toolkit.key_binding import ConditionalKeyBindings, DynamicKeyBindings, merge_key_bindings
from prompt_toolkit.layout import Layout
from prompt_toolkit.layout.containers import ConditionalContainer, Container, DynamicContainer, HSplit, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.styles import Style

from dexter.terminal.input_area import InputArea
from dexter.terminal.panels import Panel
from dexter.terminal.reflow import ReflowingApplication

_STYLE = {
    "placeholder": "dim",
    "prompt": "bold",
    "title": "bold",
    "chosen": "reverse",
    "detail": "dim",
    "completion-menu": "noreverse",
    "completion-menu.completion": "",
    "completion-menu.completion.current": "reverse",
    "completion-menu.meta.completion": "dim",
    "completion-menu.meta.completion.current": "reverse",
    "scrollbar.background": "",
    "scrollbar.button": "reverse",
}


@dataclass(frozen=True)
class Part:
    """Lines of the screen, and whether they are there now."""

    there: Callable[[], bool]
    content: Callable[[], AnyFormattedText]


def stage(
    keyboard: Keyboard,
    output: Output,
    area: InputArea,
    panel: Callable[[], Panel | None],
    *,
    above: tuple[Part, ...],
    below: tuple[Part, ...],
    wraps: bool,
    colour: bool,
) -> Application[None]:
    """The application; a panel, if there is one, takes the place and the keys of the input.

    Args:
        keyboard: Where keys come from.
        output: Where it is drawn.
        area: Where the user types.
        panel: What is asked now, if anything.
        above: What is above the input.
        below: What is below it.
        wraps: Whether the terminal wraps its lines anew when its width changes.
        colour: Whether there are colours.
    """
    typing = Condition(lambda: panel() is None)

    def middle() -> Container:
        return asked.container if (asked := panel()) else area.container

    layout = HSplit(
        [*map(_window, above), DynamicContainer(middle), *map(_window, below)],
    )
    keys = merge_key_bindings(
        [
            ConditionalKeyBindings(area.bindings(typing), typing),
            DynamicKeyBindings(lambda: asked.bindings if (asked := panel()) else None),
        ]
    )
    application = ReflowingApplication(
        wraps=wraps,
        layout=Layout(layout, focused_element=area.control),
        key_bindings=keys,
        style=Style.from_dict(_STYLE),
        include_default_pygments_style=False,
        input=keyboard,
        output=output,
        color_depth=ColorDepth.DEPTH_4_BIT if colour else ColorDepth.DEPTH_1_BIT,
        erase_when_done=True,
        min_redraw_interval=0.03,
    )
    application.ttimeoutlen = 0.1
    return application


def _window(part: Part) -> Container:
    text = Window(FormattedTextControl(part.content), dont_extend_height=True, wrap_lines=False)
    return ConditionalContainer(text, filter=Condition(part.there))
