"""Keys and addresses of providers: read from the environment and `.env` files, written to `.env`.

Owns `.env`. A key's value never appears in `repr`, in an error or in a log; `Keys.mask` takes all known
values out of any text.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dexter.secrets import WELL_KNOWN

NAME = ".env"
HIDDEN = "[key hidden]"
# A shorter value would blank out ordinary words of a text.
SHORTEST_SECRET = 6

# Texts, which `re` compiles when they are first needed, and keeps: a prompt needs none of them.
_NAMED = r"(?i)(KEY|TOKEN|SECRET|PASSWORD)S?(_|$)"
_SHAPED = r"""(?x)
      \b(?:sk|pk|rk)-[A-Za-z0-9_\-]{8,}                 # OpenAI, Anthropic, OpenRouter, DeepSeek, Moonshot
    | \bxai-[A-Za-z0-9_\-]{8,}
    | \bAIza[A-Za-z0-9_\-]{20,}
    | (?<=[Bb]earer\s)[A-Za-z0-9._~+/\-]{8,}=*
    | (?<=[?&]key=)[^&\s"']+
    | (?<=://)[^/\s:@]+:[^/\s:@]+(?=@)                  # name:password in an address
    """


@dataclass(frozen=True)
class Keys:
    """What the environment and the `.env` files say, the environment first."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def get(self, *names: str) -> str | None:
        """The value, stripped, of the first of these variables that is set to more than blanks."""
        for name in names:
            value = self.values.get(name, "").strip()
            if value:
                return value
        return None

    def having(self, name: str, value: str) -> "Keys":
        """These keys with one variable set, for after `store_key`."""
        return Keys({**self.values, name: value})

    def mask(self, text: str) -> str:
        """The text with every known secret, and whatever looks like one, replaced: for errors and logs.

        It hides more than what is stored is masked for: half a key in an error is of no use to anybody.
        """
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return WELL_KNOWN.mask(re.sub(_SHAPED, HIDDEN, text)).text

    @property
    def secrets(self) -> frozenset[str]:
        """The values of all keys, long enough to be told from ordinary words."""
        return frozenset(self._secrets())

    def _secrets(self) -> set[str]:
        named = (value.strip() for name, value in self.values.items() if re.search(_NAMED, name))
        return {value for value in named if len(value) >= SHORTEST_SECRET}


def env_files(directory: Path, home: Path) -> tuple[Path, ...]:
    """The `.env` files that are read, the ones that count more first.

    They are: the one in the working directory, the one beside the data directory, the one inside it.

    Args:
        directory: The working directory, absolute.
        home: The data directory (`.dexter`), absolute.
    """
    return tuple(dict.fromkeys((directory / NAME, home.parent / NAME, home / NAME)))


def env_file_to_write(directory: Path, home: Path) -> Path:
    """The `.env` file that a key typed in the chat goes to.

    Beside the data directory if that lies in the working directory or one of its parents (a project's own
    `.dexter`), else inside it: a data directory elsewhere was chosen by hand, and what is beside it is not
    ours.
    """
    beside = home.parent
    return (beside if beside == directory or beside in directory.parents else home) / NAME


def load_keys(environment: Mapping[str, str], files: Iterable[Path] = ()) -> Keys:
    """What the environment says, and where it is silent or blank, the `.env` files, earlier files first.

    A file that is not there or can't be read counts as empty: a key may still come from elsewhere, and the
    lack of one is said when it is needed.
    """
    values = {name: value for name, value in environment.items() if value.strip()}
    for path in files:
        for name, value in _read(path).items():
            values.setdefault(name, value)
    return Keys(values)


def store_key(path: Path, name: str, value: str) -> None:
    """Set one variable in a `.env` file, in one step; its other lines stay as they are.

    After a crash the file holds the old lines or the new ones. The file ends up with mode 0600: nobody
    else on the machine can read it.

    Raises:
        ValueError: If the name is no variable's, or the value can't stand in one line. Nothing was changed.
        OSError: If the file can't be read or written. The old one stays.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(name)
    if any(not character.isprintable() for character in value):
        raise ValueError("a key stands in one line, without control characters")
    # A key is written into the file that a link points to; the link stays.
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        lines = []
    written = _with_line(lines, name, f"{name}={_quoted(value)}\n".encode())
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"".join(written))
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


def _with_line(lines: list[bytes], name: str, line: bytes) -> list[bytes]:
    ours = re.compile(rb"\s*(?:export\s+)?" + name.encode() + rb"\s*=")
    places = [index for index, old in enumerate(lines) if ours.match(old)]
    if places:
        kept = [old for index, old in enumerate(lines) if index not in places[1:]]
        kept[places[0]] = line
        return kept
    if lines and not lines[-1].endswith(b"\n"):
        lines = [*lines[:-1], lines[-1] + b"\n"]
    return [*lines, line]


def _quoted(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_./:@%+,=\-]*", value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _read(path: Path) -> dict[str, str]:
    try:
        if not path.is_file():
            return {}
    except OSError:  # not even to be looked at
        return {}
    # Not everyone has one, and it costs 3 ms: most starts find every key in the environment or none at all.
    from dotenv import dotenv_values  # noqa: PLC0415

    try:
        # Without interpolation: a key with a dollar sign is the key with the dollar sign.
        found = dotenv_values(path, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    return {name: value.strip() for name, value in found.items() if value and value.strip()}
