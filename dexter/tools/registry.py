"""All tools that a model may call, as plain typed functions.

Owns which tools there are and what a terminal calls them. Knows no model library: whoever runs a model makes
the schema of a tool from its function's signature and Google-style docstring.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dexter.tools.recall import Recall, recall_tool


@dataclass(frozen=True)
class Tool:
    """A function for models: `name` is what they call, `label` what a terminal line says while it runs."""

    name: str
    label: str
    function: Callable[..., dict[str, Any]]

    @property
    def description(self) -> str:
        """The first paragraph of the function's docstring."""
        return (self.function.__doc__ or "").strip().split("\n\n", maxsplit=1)[0]


def all_tools(recall: Recall | None = None, clock: Callable[[], float] = time.time) -> tuple[Tool, ...]:
    """Return every tool, in the order in which a model should see them.

    Args:
        recall: What searches the saved sessions; without it there is no `recall` tool.
        clock: Epoch seconds, for searches in the last so many days.
    """
    tools: list[Tool] = []
    if recall is not None:
        tools.append(Tool("recall", "Searching earlier sessions", recall_tool(recall, clock)))
    return tuple(tools)
