"""The kinds of servers, each started for one folder of bare repositories."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.remotes.web import USER, web

KINDS = ("folder", "file", "daemon", "http", "ssh")
_SSHD = shutil.which("sshd") or "/usr/sbin/sshd"


@dataclass(frozen=True)
class Served:
    """A folder that is served."""

    root: Path
    prefix: str
    """Before the name of a repository."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What clients need besides their own."""
    port: int | None = None

    def url(self, name: str = "far.git") -> str:
        return f"{self.prefix}/{name}"

    def wrong_password(self, name: str = "far.git") -> str:
        return self.url(name).replace(f"{USER[0]}:{USER[1]}@", f"{USER[0]}:wr0ng-s3cret@")


def missing(kind: str) -> str | None:
    """Why a kind cannot be served here, None if it can."""
    core = Path(
        subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
    )
    if kind == "http" and not (core / "git-http-backend").exists():
        return "git-http-backend is not installed"
    if kind == "daemon" and not (core / "git-daemon").exists():
        return "git-daemon is not installed"
    if kind == "ssh" and not (Path(_SSHD).exists() and shutil.which("ssh")):
        return "sshd is not installed"
    return None


@contextlib.contextmanager
def serve(kind: str, root: Path) -> Iterator[Served]:
    """Serve a folder of repositories."""
    root.mkdir(parents=True, exist_ok=True)
    if kind == "folder":
        yield Served(root, str(root))
    elif kind == "file":
        yield Served(root, f"file://{root}")
    elif kind == "http":
        with web(root) as port:
            yield Served(root, f"http://{USER[0]}:{USER[1]}@127.0.0.1:{port}", port=port)
    elif kind == "daemon":
        with _daemon(root) as port:
            yield Served(root, f"git://127.0.0.1:{port}", port=port)
    else:
        with _sshd(root) as served:
            yield served


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as plug:
        return int(plug.getsockname()[1])


@contextlib.contextmanager
def _running(command: list[str], port: int, log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert child.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.02)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, 15)
        child.wait()


@contextlib.contextmanager
def _daemon(root: Path) -> Iterator[int]:
    port = free_port()
    command = [
        "git", "daemon", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}", "--export-all",
        "--enable=receive-pack", f"--base-path={root}", str(root),
    ]  # fmt: skip
    with _running(command, port, root / "daemon.log"):
        yield port


@contextlib.contextmanager
def _sshd(root: Path) -> Iterator[Served]:
    """An SSH server with keys of its own, for who runs the tests."""
    keys = root / "ssh"
    keys.mkdir(mode=0o700)
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name)], check=True)
    (keys / "authorized").write_bytes((keys / "client.pub").read_bytes())
    port = free_port()
    (keys / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {keys / 'host'}\nPidFile none\nStrictModes no\n"
        f"AuthorizedKeysFile {keys / 'authorized'}\nPermitRootLogin prohibit-password\nUsePAM no\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nMaxStartups 100\n"
    )
    if os.geteuid() == 0:  # the privilege separation directory of the distribution
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    command = (
        f"ssh -F none -i {keys / 'client'} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no"
        f" -o UserKnownHostsFile={keys / 'known'} -o LogLevel=ERROR"
    )
    with _running([_SSHD, "-D", "-e", "-f", str(keys / "config")], port, root / "sshd.log"):
        yield Served(root, f"ssh://127.0.0.1:{port}{root}", {"GIT_SSH_COMMAND": command}, port)
