"""What is printed above the lines that move, a frame at a time: finished lines, and text that streams.

Owns when the terminal is written to. Everything printed belongs to the terminal from then on.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.output import Output

REDRAWS_PER_SECOND = 10
_SLOWEST = 0.3
_FEW = 60
"""Text that streams is drawn with each tick as long as it is so many characters at most; if it comes faster,
a frame takes up more of it, so that the terminal gets less than three times the text and nothing flickers.
"""

_BEGIN_FRAME, _END_FRAME = "\x1b[?2026h", "\x1b[?2026l"
"""Ask the terminal to show what stands between them at once; one that does not know them ignores them."""


class Frames:
    """Prints above what an application draws."""

    def __init__(self, output: Output, application: Application[Any]) -> None:
        self._output = output
        self._application = application
        self._held = ""  # lines that the next frame prints
        self._new = 0  # characters that streamed since the last one
        self._framed = 0.0
        self.blank_above = False
        """Whether what was printed last ends with a blank line."""

    def stream(self, text: str, characters: int) -> None:
        """Keep lines for the next frame, of a text of which so many characters came."""
        self._held += text
        self._new += characters
        if time.monotonic() - self._framed >= _SLOWEST:
            self.draw()

    async def tick(self, moving: Callable[[], bool]) -> None:
        """Draw again and again what moves, as long as something does, until this is cancelled."""
        while True:
            await asyncio.sleep(1 / REDRAWS_PER_SECOND)
            late = time.monotonic() - self._framed >= _SLOWEST
            if moving() and (self._new <= _FEW or late):
                self.draw()

    def draw(self) -> None:
        """Draw what streamed since the last frame."""
        if self._held:
            self.print("")
        else:
            self._new, self._framed = 0, time.monotonic()
            self._application.invalidate()

    def print(self, text: str) -> None:
        """Print finished lines above what moves, as one frame."""
        text, self._held = self._held + text, ""
        self._new, self._framed = 0, time.monotonic()
        output, application = self._output, self._application
        self.blank_above = text.endswith("\n\n") or (self.blank_above and not text)
        if not application.is_running:
            output.write_raw(text.replace("\n", "\r\n"))
            output.flush()
            return
        output.write_raw(_BEGIN_FRAME)
        application.renderer.erase(leave_alternate_screen=False)
        output.write_raw(text.replace("\n", "\r\n"))
        application.renderer.render(application, application.layout)
        output.write_raw(_END_FRAME)
        output.flush()
