"""What the user and the skills have to say to the model, put together from home and environment."""

from collections.abc import Callable, Collection, Mapping

from dexter import standing
from dexter.agent.briefing import Brief, Briefing
from dexter.cli.options import Options
from dexter.skills import telling
from dexter.skills.shelf import Shelf, find_skills, places

BYTES_PER_TOKEN = 3.5
MOST_LISTED = 4_000
"""Characters that names and descriptions of skills may take in each request."""


def shelf_of(options: Options) -> Shelf:
    """The skills there are now."""
    return find_skills(places(options.paths.skills, options.environment))


def brief_of(options: Options) -> Brief:
    """What makes the briefing of a run; it reads the files anew each time, a few milliseconds."""

    def brief(names: Collection[str], tokens: int) -> Briefing:
        room = int(tokens * BYTES_PER_TOKEN)
        rules = standing.load_rules(options.paths.rules_file, room * 2 // 3)
        parts, notices = [rules.told], [rules.trouble] if rules.trouble else []
        if telling.NAME in names:
            shelf = shelf_of(options)
            parts.append(telling.listed(shelf, min(room // 3, MOST_LISTED)))
            notices += shelf.troubles
        return Briefing("\n\n".join(filter(None, parts)), tuple(notices))

    return brief


def pages(options: Options) -> Mapping[str, Callable[[], str]]:
    """The slash commands that only show something, by name."""
    return {
        "rules": lambda: standing.shown(standing.load_rules(options.paths.rules_file)),
        "skills": lambda: telling.shown(shelf_of(options)),
    }
