"""Skills in words: for the model's prompt, for the tool that hands one over, for the user's list."""

from collections.abc import Callable
from typing import Any

from dexter.skills.shelf import Shelf
from dexter.tools.errors import BadArgument, NotComputable
from dexter.tools.fetching.text import one_line
from dexter.tools.registry import Tool

NAME = "skill"
LONGEST_LINE = 240
_BEGIN = "Skills: proven ways to do a kind of task. If one fits, call skill(name) first and follow it."


def listed(shelf: Shelf, most: int) -> str:
    """The names and descriptions for the prompt, in at most so many characters, or nothing.

    Without room for all descriptions the rest are only named, and without room for names left out.
    """
    if not shelf.skills:
        return ""
    lines = [_BEGIN]
    names: list[str] = []
    room = most - len(_BEGIN)
    # Room for all names first: a skill that is only named can be asked for still.
    spare = room - sum(len(name) + 2 for name in shelf.skills) - len("Others: ")
    for name, skill in shelf.skills.items():
        line = f"- {name}: {one_line(skill.description, LONGEST_LINE)}"
        if len(line) + 1 <= spare + len(name) + 2:
            spare -= len(line) + 1 - len(name) - 2
            lines.append(line)
        else:
            names.append(name)
    others = f"Others: {', '.join(names)}"
    if names:
        lines.append(others[: max(most - sum(len(line) + 1 for line in lines), 0)])
    text = "\n".join(lines).rstrip()
    return text if len(text) <= most else ""


def asked_for(query: str, shelf: Shelf) -> str:
    """The name of the skill that a query begins with, as in `/dcf What is it worth?`; empty for none."""
    first = query.split(maxsplit=1)[0] if query[:1] == "/" else ""
    return name if (name := first[1:].casefold()) in shelf.skills else ""


def ordered(name: str) -> str:
    """What the model is told of a query that begins with the name of a skill."""
    return (
        f"The question begins with /{name}: the user wants it answered with the skill {name}. Call "
        f'skill("{name}") before anything else and follow what it says. The question is what stands behind '
        f"/{name}; if that is nothing, it is what was talked of before."
    )


def skill_tool(shelf: Callable[[], Shelf]) -> Tool:
    """The tool that hands over a skill's text, once; for one run.

    Args:
        shelf: Looks which skills there are.
    """
    given: set[str] = set()

    def skill(name: str) -> dict[str, Any]:
        """Get the instructions of a skill that the system prompt lists, to follow them.

        Args:
            name: The name of the skill.
        """
        wanted = name.strip().lower()
        known = shelf().skills
        if wanted not in known:
            there = f"there are {', '.join(known)}" if known else "there are no skills"
            raise BadArgument("name", f"is not the name of a skill: {there}")
        if wanted in given:
            raise NotComputable(f"you have the skill {wanted} already: it is above; go on with it")
        given.add(wanted)
        found = known[wanted]
        return {"skill": found.name, "from": found.origin, "instructions": found.text}

    return Tool(NAME, "Reading a skill", skill, special=True)


def shown(shelf: Shelf) -> str:
    """The skills for their user: what they are for and where they are, and what is wrong with others."""
    lines = []
    for skill in shelf.skills.values():
        lines += [
            f"{skill.name} ({skill.origin}): {one_line(skill.description, LONGEST_LINE)}",
            f"  {skill.path}",
        ]
    lines = lines or ["There are no skills."]
    if shelf.troubles:
        lines += ["", *shelf.troubles]
    return "\n".join([*lines, "", "The model takes one where it fits; /NAME QUESTION asks with that one."])
