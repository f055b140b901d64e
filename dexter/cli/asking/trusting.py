"""Settings of a folder that let tools act: the person at the terminal is asked once whether they may."""

from collections.abc import Sequence

from dexter.chat.screen import Asking, Choice
from dexter.cli.options import Options
from dexter.settings import Settings
from dexter.trust import Trusted, acting, without_acting

_MOST_SHOWN = 20


async def usable(screen: Asking, options: Options, settings: Settings) -> Settings:
    """The settings as far as they may be used in a chat.

    Args:
        screen: Where the person is asked, if that has not been said.
        options: Of this run; with `--no-session` what they say is not remembered.
        settings: As they are in the file.
    """
    trusted = Trusted(options.environment)
    file = options.paths.settings_file
    if trusted.has(file, settings):
        return settings
    for line in _told(file.as_posix(), acting(settings)):
        screen.say(line, "notice")
    choices = [Choice(False, "No", "they ask you for everything"), Choice(True, "Yes", "until they change")]
    if not await screen.pick("Is this folder yours, and may they do that?", choices):
        screen.say("What they let happen by itself is left out of this chat.", "notice")
        return without_acting(settings)
    if not options.no_session:
        trusted.add(file, settings)
    return settings


def _told(file: str, lines: Sequence[str]) -> list[str]:
    more = len(lines) - _MOST_SHOWN
    shown = [f"  {line}" for line in lines[:_MOST_SHOWN]] + ([f"  and {more} more"] if more > 0 else [])
    return [f"The settings of this folder ({file}) let tools act without asking you:", *shown]
