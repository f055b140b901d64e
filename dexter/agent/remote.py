"""Which MCP servers an agent may use, and who allows their calls. A value; connects nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dexter.keys import Keys
from dexter.servers import Server
from dexter.tools.acting.consent import Consent


@dataclass(frozen=True)
class Servers:
    """The servers, and what their tools need.

    Attributes:
        servers: In the order of the settings.
        consent: Who allows a call.
        keys: What their settings may name.
        directory: Where those that are programs are started.
        mask: Takes known secrets out of what they say.
    """

    servers: tuple[Server, ...]
    consent: Consent
    keys: Keys
    directory: Path
    mask: Callable[[str], str]
