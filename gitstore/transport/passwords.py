"""Users and passwords of hosts, where gitstore speaks for itself: from `.netrc`, or whoever knows."""

import netrc
from collections.abc import Mapping
from pathlib import Path

from gitstore.addresses import Address
from gitstore.transport.values import Access


class Passwords:
    """Asked once for each host."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._asked: set[tuple[str, int | None]] = set()
        self.trouble = ""
        """Why `.netrc` was of no use, without anything that it holds."""

    def find(self, where: Address, user: str) -> tuple[str, str] | None:
        """Return user and password for a host; None if nobody knows any, or they were of no use."""
        if (where.host, where.port) in self._asked:
            return None
        self._asked.add((where.host, where.port))
        found = self._in_netrc(where.host, user)
        if found is None and self._access.credentials is not None:
            found = self._access.credentials(where.host)
        return found

    def _in_netrc(self, host: str, user: str) -> tuple[str, str] | None:
        path = _netrc(self._access.environment)
        if path is None or not path.is_file():
            return None
        try:
            known = netrc.netrc(path).authenticators(host)
        except (OSError, UnicodeDecodeError):
            self.trouble = f"{path} cannot be read"
            return None
        except netrc.NetrcParseError as error:
            self.trouble = f"{path} is not understood in line {error.lineno}"
            return None
        if known is None or (user and known[0] != user) or not known[2]:
            return None
        return known[0], known[2]


def _netrc(environment: Mapping[str, str]) -> Path | None:
    if named := environment.get("NETRC"):
        return Path(named)
    home = environment.get("HOME")
    return Path(home) / ".netrc" if home else None
