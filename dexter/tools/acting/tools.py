"""All tools that act, each to be made for a run with what shows the user a line in it."""

import os
from collections.abc import Callable
from functools import partial

from dexter.tools.acting.asking_tool import asking_tool
from dexter.tools.acting.command_tool import command_tool
from dexter.tools.acting.consent import Tell
from dexter.tools.acting.reading_tools import list_tool, read_tool
from dexter.tools.acting.workplace import Workplace
from dexter.tools.acting.writing_tools import edit_tool, write_tool
from dexter.tools.registry import Tool

Making = Callable[[Tell], Tool]


def acting_tools(place: Workplace) -> tuple[Making, ...]:
    """What makes the tools. Only where there is a person there is one that asks questions.

    Without the calls of POSIX that keep to a folder and end a group of processes there are none.
    """
    makers: tuple[Making, ...] = ()
    if os.name == "posix":
        each = (read_tool, list_tool, write_tool, edit_tool, command_tool)
        makers = tuple(partial(make, place) for make in each)
    person = place.consent.person
    if person is not None:
        tool = asking_tool(person)
        makers = (*makers, lambda _: tool)
    return makers
