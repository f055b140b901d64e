"""A server that says it has a commit, and sends any bytes for a pack."""

import contextlib
from collections.abc import Iterator

from tests.support.servers.quiet import QuietHandler, QuietServer, running


def _line(text: bytes) -> bytes:
    return b"%04x%s" % (len(text) + 4, text)


class _Handler(QuietHandler):
    wbufsize = -1
    tip: str
    pack: bytes

    def do_GET(self) -> None:
        can = b"side-band-64k ofs-delta agent=git/2 symref=HEAD:refs/heads/main"
        tip = self.tip.encode()
        said = _line(b"# service=git-upload-pack\n") + b"0000" + _line(b"%s HEAD\0%s\n" % (tip, can))
        self._answer("advertisement", said + _line(b"%s refs/heads/main\n" % tip) + b"0000")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if b"done" not in body:
            self._answer("result", _line(b"NAK\n"))
            return
        parts = [self.pack[at : at + 60_000] for at in range(0, len(self.pack), 60_000)]
        self._answer("result", _line(b"NAK\n") + b"".join(_line(b"\1" + each) for each in parts) + b"0000")

    def _answer(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"application/x-git-upload-pack-{kind}")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()


@contextlib.contextmanager
def lying(tip: str, pack: bytes) -> Iterator[str]:
    """Serve a pack; yields the url."""
    handler = type("Handler", (_Handler,), {"tip": tip, "pack": pack})
    with running(QuietServer(("127.0.0.1", 0), handler)) as port:
        yield f"http://127.0.0.1:{port}/far.git"
