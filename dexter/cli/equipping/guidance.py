"""What the user and the skills have to say to the model, put together from home and environment."""

from collections.abc import Callable, Collection, Mapping

from dexter.agent.briefing import Brief, Briefing
from dexter.chat.commands import COMMANDS, Command
from dexter.cli.options import Options
from dexter.rules import load_rules
from dexter.rules import shown as rules_shown
from dexter.secrets import Masks
from dexter.skills import telling
from dexter.skills.shelf import Shelf, find_skills, places
from dexter.soul import load_soul
from dexter.soul import shown as soul_shown

BYTES_PER_TOKEN = 3.5
MOST_LISTED = 4_000
"""Characters that names and descriptions of skills may take in each request."""


def shelf_of(options: Options) -> Shelf:
    """The skills there are now."""
    return find_skills(places(options.paths.skills, options.environment))


def skill_commands(options: Options) -> tuple[Command, ...]:
    """The skills there are now, as slash commands; one with the name of a command of ours is none."""
    ours = {command.name for command in COMMANDS}
    skills = shelf_of(options).skills.values()
    return tuple(Command(each.name, "QUESTION", each.description) for each in skills if each.name not in ours)


def brief_of(options: Options, masks: Masks) -> Brief:
    """What makes the briefing of a run; it reads the files anew each time, a few milliseconds.

    Args:
        options: Of this run.
        masks: What is secret in files of the user.
    """

    def brief(names: Collection[str], tokens: int, query: str) -> Briefing:
        whole = int(tokens * BYTES_PER_TOKEN)
        soul = load_soul(options.paths.soul_file, whole // 3, masks)
        room = whole - len(soul.told.encode())
        rules = load_rules(options.paths.rules_file, room * 2 // 3, masks)
        parts, notices = [rules.told], [each for each in (soul.trouble, rules.trouble) if each]
        shelf = shelf_of(options)
        asked = telling.asked_for(query, shelf)
        if telling.NAME in names:
            parts.append(telling.listed(shelf, min(room // 3, MOST_LISTED)))
            parts.append(telling.ordered(asked) if asked else "")
            notices += shelf.troubles
        elif asked:
            notices.append(f"The skill {asked} is not used: the model's window is too small for skills.")
        return Briefing("\n\n".join(filter(None, parts)), tuple(notices), soul.told)

    return brief


def pages(options: Options, masks: Masks) -> Mapping[str, Callable[[], str]]:
    """The slash commands that only show something, by name."""

    def rules() -> str:
        told = rules_shown(load_rules(options.paths.rules_file, masks=masks))
        return f"{told}\n\n{soul_shown(load_soul(options.paths.soul_file, masks=masks))}"

    return {"rules": rules, "skills": lambda: telling.shown(shelf_of(options))}
