"""What lines on a terminal become when it gets narrower: some wrap them anew, which takes more rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.layout.screen import Screen

# Set only by terminals that are known to wrap anew. With any other, rows of finished text would be erased.
_SIGNS = (
    "TMUX",
    "VTE_VERSION",
    "KITTY_WINDOW_ID",
    "WT_SESSION",
    "ITERM_SESSION_ID",
    "WEZTERM_PANE",
    "ALACRITTY_WINDOW_ID",
    "KONSOLE_VERSION",
)
_PROGRAMS = frozenset(["Apple_Terminal", "iTerm.app", "WezTerm", "vscode", "ghostty", "tmux"])


def wraps_anew(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal is known to wrap its lines anew when its width changes."""
    return environment.get("TERM_PROGRAM") in _PROGRAMS or any(environment.get(sign) for sign in _SIGNS)


def rows_added(widths: Sequence[int], cursor: int, columns: int) -> int:
    """Return by how many rows the cursor is lower once lines above and left of it are wrapped anew.

    Args:
        widths: Of the rows above the cursor's, in columns.
        cursor: The cursor's column, from 0.
        columns: How many the terminal has now, from 1.
    """
    return sum(max(width - 1, 0) // columns for width in widths) + cursor // columns


class ReflowingApplication(Application[None]):
    """An application that finds its first row again after the terminal has wrapped what was drawn."""

    def __init__(self, *, wraps: bool, **options: Any) -> None:
        """An application; `wraps` says whether the terminal wraps anew, the rest is `Application`'s."""
        super().__init__(**options)
        self._wraps = wraps

    def _on_resize(self) -> None:
        # The library moves up by the rows that it drew; what the terminal added stayed on the screen.
        drawn = self.renderer.last_rendered_screen
        if self._wraps and drawn is not None:
            at = drawn.get_cursor_position(self.layout.current_window)
            columns = max(self.output.get_size().columns, 1)
            self.output.cursor_up(rows_added([_width(drawn, row) for row in range(at.y)], at.x, columns))
        super()._on_resize()


def _width(drawn: Screen, row: int) -> int:
    cells = drawn.data_buffer[row]
    return max((column + cell.width for column, cell in cells.items() if cell.char.strip()), default=0)
