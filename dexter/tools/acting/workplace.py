"""Where tools act: the working directory, who allows it, and what commands get to see of the environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dexter.tools.acting.consent import Consent
from dexter.tools.acting.folder import Folder


@dataclass(frozen=True)
class Workplace:
    """All that the tools share.

    Attributes:
        folder: The files that there are.
        consent: Who is asked.
        environment: What commands get, without keys.
        mask: Takes known secrets out of what a model gets to read.
    """

    folder: Folder
    consent: Consent
    environment: Mapping[str, str]
    mask: Callable[[str], str]
