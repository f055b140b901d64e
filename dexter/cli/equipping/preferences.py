"""The settings of a home as a run uses them: whatever is wrong with them, a question can be asked."""

from dexter.cli.equipping.bounds import second_model
from dexter.cli.options import Options
from dexter.errors import SettingsUnreadable
from dexter.settings import UNREAD, Settings, load_settings


def preferences(options: Options) -> tuple[Settings, list[str]]:
    """The settings, and sentences on what is not used of them; the file stays for the user to mend."""
    try:
        settings = load_settings(options.paths.settings_file)
    except SettingsUnreadable as error:
        return UNREAD, [f"{error.path} is not used, because {error.reason}."]
    trouble = second_model(settings)[1]
    return settings, [trouble] if trouble else []
