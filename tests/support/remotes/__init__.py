"""Real servers of git repositories on loopback: a folder, `git daemon`, git's http-backend, an SSH server."""

from tests.support.remotes.kinds import KINDS, Served, missing, serve
from tests.support.remotes.wrong import cutting, silent

__all__ = ["KINDS", "Served", "cutting", "missing", "serve", "silent"]
