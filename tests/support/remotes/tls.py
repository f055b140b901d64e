"""An authority of the tests' own, and certificates that it gives."""

import shutil
import ssl
import subprocess
from pathlib import Path

OPENSSL = shutil.which("openssl")
_NEW = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """Made with the `openssl` program in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self.file = folder / "authority.pem"
        self._run(
            "req", "-x509", *_NEW, "-days", "3650", "-keyout", "authority.key", "-out", self.file.name,
            "-subj", "/CN=authority of the tests",
        )  # fmt: skip

    def context(self, name: str = "IP:127.0.0.1") -> ssl.SSLContext:
        """What a server needs, with a certificate for a name or address."""
        (self._folder / "names").write_text(f"subjectAltName={name}\n")
        self._run(
            "req", *_NEW, "-keyout", "server.key", "-out", "server.req", "-subj", "/CN=server of the tests",
        )  # fmt: skip
        self._run(
            "x509", "-req", "-in", "server.req", "-CA", self.file.name, "-CAkey", "authority.key",
            "-CAcreateserial", "-days", "3650", "-extfile", "names", "-out", "server.pem",
        )  # fmt: skip
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(self._folder / "server.pem", self._folder / "server.key")
        return found

    def _run(self, *arguments: str) -> None:
        subprocess.run([OPENSSL or "openssl", *arguments], cwd=self._folder, check=True, capture_output=True)
