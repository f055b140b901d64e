"""What is masked in what a run stores: the keys that it loaded, and the user's own patterns."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dexter.errors import SettingsUnreadable
from dexter.paths import Home
from dexter.secrets import Masks

if TYPE_CHECKING:  # what only reads needs neither
    from dexter.keys import Keys
    from dexter.settings import Settings


def masks_of(keys: "Keys", settings: "Settings") -> Masks:
    """Masks for all keys that were loaded, for well-known forms and for own patterns."""
    return Masks.of(
        {**dict(_texts(settings.unknown)), **dict(_texts(settings.mcp_fields)), **keys.values},
        settings.secret_patterns,
    )


def masks_in(home: Path, directory: Path, environment: Mapping[str, str]) -> Callable[[], Masks]:
    """The same for a command, which loads keys and settings only when something is to be written.

    Raises (when it is called):
        SecretPatternUnfit: If a pattern can't be used.
    """

    def load() -> Masks:
        from dexter.keys import env_files, load_keys
        from dexter.settings import Settings, load_settings

        try:
            settings = load_settings(Home(home).settings_file)
        except SettingsUnreadable:
            settings = Settings()
        return masks_of(load_keys(environment, env_files(directory, home)), settings)

    return load


def _texts(fields: Any) -> Iterator[tuple[str, str]]:
    """Names and texts in the settings, however deep."""
    if isinstance(fields, Mapping):
        for name, value in fields.items():
            if isinstance(value, str):
                yield name, value
            else:
                yield from _texts(value)
    elif isinstance(fields, list):
        for value in fields:
            yield from _texts(value)
