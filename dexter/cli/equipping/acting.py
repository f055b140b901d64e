"""What tools act in and who allows it, put together from options, keys and settings."""

from collections.abc import Callable

from dexter.cli.options import Options
from dexter.errors import SettingsUnreadable
from dexter.keys import Keys
from dexter.permissions.rules import Rule
from dexter.settings import Settings, allow_always, load_settings
from dexter.tools.acting.consent import Consent
from dexter.tools.acting.folder import Folder
from dexter.tools.acting.running import without_keys
from dexter.tools.acting.workplace import Workplace
from dexter.tools.person import Person
from dexter.trust import Trusted


def consent_of(
    options: Options,
    settings: Settings,
    *,
    person: Person | None = None,
    session: Callable[[], str | None] = lambda: None,
) -> Consent:
    """Who allows what tools do: the rules of the settings, and the person.

    Args:
        options: Of this run; with `--no-session` no rule is kept.
        settings: Of the home.
        person: Who sits at the terminal, if anybody.
        session: The session that a grant holds for.
    """
    remember = None if options.no_session else lambda rule: _remembered(options, rule)
    return Consent(settings.permissions.rules, person=person, session=session, remember=remember)


def workplace_of(options: Options, keys: Keys, consent: Consent) -> Workplace:
    """The working directory, without the home, and what commands see of the environment."""
    return Workplace(
        Folder(options.directory, without=(options.home,)),
        consent,
        without_keys(options.environment, tuple(keys.secrets)),
        keys.mask,
    )


def _remembered(options: Options, rule: Rule) -> str | None:
    """Put a rule into the settings; returns a sentence if it could not be kept."""
    path, trusted = options.paths.settings_file, Trusted(options.environment)
    try:
        known = trusted.has(path, load_settings(path))
        allow_always(path, rule)
        if known:  # what a person adds here is no reason to ask again
            trusted.add(path, load_settings(path))
    except SettingsUnreadable as error:
        return f"The rule holds for this chat only, because {error.reason} in {error.path}."
    except OSError as error:
        return f"The rule holds for this chat only: it can't be written ({error.strerror or error})."
    return None
