"""Which skills there are: dexter's own, the user's, those of a home; a later one replaces an earlier."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from dexter.paths import user_config
from dexter.skills.document import FILE, Skill, Unfit, read_skill

OWN = Path(__file__).parent
MOST_FOLDERS = 200
"""Folders looked at in one place; a place with more is no place of skills."""


class Place(msgspec.Struct, frozen=True):
    """A folder with a folder for each skill; `origin` is what the user is told of where it is."""

    folder: Path
    origin: str


class Shelf(msgspec.Struct, frozen=True):
    """The skills by name, sorted, and a sentence for each file that is none."""

    skills: Mapping[str, Skill] = {}
    troubles: tuple[str, ...] = ()


def places(home_skills: Path, environment: Mapping[str, str]) -> tuple[Place, ...]:
    """Where skills are looked for; those of a later place replace those of an earlier one.

    Args:
        home_skills: The folder in the home.
        environment: For `XDG_CONFIG_HOME`, else `HOME`.
    """
    config = user_config(environment)
    user = [] if config is None else [Place(config / "skills", "yours")]
    return (Place(OWN, "built in"), *user, Place(home_skills, "this home"))


def find_skills(where: Sequence[Place]) -> Shelf:
    """The skills of all places. Raises nothing: what is no skill costs itself and a sentence.

    Args:
        where: The places, in order; of equal names the last one counts.
    """
    found: dict[str, Skill] = {}
    troubles: list[str] = []
    for place in where:
        here: dict[str, Skill] = {}
        for path in _files(place.folder):
            try:
                skill = read_skill(path, place.origin)
            except Unfit as error:
                troubles.append(f"The skill {path} is left out, because {error}.")
            except OSError as error:
                troubles.append(f"The skill {path} is left out: {error.strerror or error}.")
            else:
                if skill.name in here:
                    first = here[skill.name].path
                    troubles.append(f"The skill {path} is left out: {first} has the name {skill.name}, too.")
                here.setdefault(skill.name, skill)
        found |= here
    return Shelf(dict(sorted(found.items())), tuple(troubles))


def _files(folder: Path) -> Iterator[Path]:
    try:
        inside = sorted(folder.iterdir())[:MOST_FOLDERS]
    except OSError:
        return
    for each in inside:
        path = each / FILE
        try:
            there = path.is_file()
        except OSError:
            there = False
        if there:
            yield path
