"""Git's protocol, version 0: what a remote has, one request for objects in a single round, one push."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from gitstore.errors import RemoteBroken, RemoteRefused, RemoteRejected
from gitstore.transport import saying
from gitstore.transport.pktline import FLUSH, Joined, Lines, line
from gitstore.transport.telling import Sent, Steps
from gitstore.transport.values import Progress
from gitstore.transport.wires import Wire

NOTHING = "0" * 40
_REF = re.compile(rb"([0-9a-f]{40}) ([^\0\n ]+)\n?")
_MOST_REFS = 200_000


class Advertised(msgspec.Struct, frozen=True):
    """What a service of a remote says first."""

    refs: dict[str, str]
    head: str | None
    """The branch that HEAD names, if it says so."""
    can: frozenset[str]
    shallow: bool = False
    """Whether its own history is cut."""


class Conversation:
    """With one service of a remote."""

    def __init__(self, wire: Wire, remote: str, progress: Progress | None) -> None:
        self._wire = wire
        self._remote = remote
        self._progress = progress
        self._steps = Steps(progress)

    def advertised(self, service: str) -> Advertised:
        """Connect, and return what there is.

        Raises:
            RemoteError: It cannot be reached, lets nobody in, is silent, or is no git.
        """
        refs: dict[str, str] = {}
        can: list[str] = []
        shallow = False
        for number, text in enumerate(Lines(self._wire.open(service), self._remote).section()):
            if text.startswith(b"ERR "):
                raise self._refusal(text[4:])
            if number == 0:
                text, _, listed = text.partition(b"\0")  # noqa: PLW2901
                can = listed.decode("utf-8", "replace").split()
            if text.startswith(b"version "):
                continue
            if text.startswith(b"shallow "):
                shallow = True
                continue
            match = _REF.fullmatch(text)
            if match is None or number > _MOST_REFS:
                raise RemoteBroken(self._remote, "it does not speak as git does")
            refs[match[2].decode("utf-8", "surrogateescape")] = match[1].decode()
        refs = {name: each for name, each in refs.items() if name != "capabilities^{}" and each != NOTHING}
        if f"object-format={'sha1'}" not in can and any(each.startswith("object-format=") for each in can):
            raise RemoteBroken(self._remote, "a repository with SHA-256")
        head = next(
            (each.removeprefix("symref=HEAD:") for each in can if each.startswith("symref=HEAD:")), None
        )
        return Advertised(refs, head, frozenset(can), shallow)

    def pull(
        self, want: str, have: Sequence[str], cut: frozenset[str], can: frozenset[str]
    ) -> Iterator[bytes]:
        """Yield the pack with all that a commit needs and those that are here don't. Raises RemoteError.

        What is here is said at once, with "done": the remote answers with the pack, in a single round.
        """
        self._need(can, "side-band-64k")
        wished = ["multi_ack_detailed", "side-band-64k", "thin-pack", "ofs-delta"]
        if self._progress is None:
            wished.append("no-progress")
        asked = " ".join([each for each in wished if each in can] + ["agent=git/gitstore"])
        request = [line(f"want {want} {asked}\n".encode())]
        request += [line(f"shallow {each}\n".encode()) for each in sorted(cut)]
        request.append(FLUSH)
        request += [line(f"have {each}\n".encode()) for each in have]
        request.append(line(b"done\n"))
        lines = Lines(self._wire.ask(b"".join(request)), self._remote)
        while True:
            text = (lines.next() or b"").rstrip(b"\n")
            if text.startswith(b"ERR "):
                raise self._refusal(text[4:])
            if text == b"NAK" or (text.startswith(b"ACK ") and len(text) == 44):
                break
            if not text.startswith((b"ACK ", b"shallow ")):
                raise RemoteBroken(self._remote, "it does not speak as git does")
        yield from lines.band(self._steps.hear)

    def push(
        self,
        branch: str,
        old: str | None,
        new: str,
        pack: tuple[bytes, bytes],
        can: frozenset[str],
    ) -> str | None:
        """Ask that a branch be moved; return None if it was, else why not in the remote's words.

        `pack` has an index with it, which says where its objects are.

        Raises:
            RemoteError: It cannot be known whether it was.
        """
        self._need(can, "report-status")
        asked = ["report-status", *(each for each in ("side-band-64k", "ofs-delta") if each in can)]
        command = f"{old or NOTHING} {new} {branch}\0 {' '.join(asked)} agent=git/gitstore".encode()
        head = line(command) + FLUSH
        sent = Sent(self._progress, *pack, before=len(head))
        lines = Lines(self._wire.ask(head + pack[0], sent.bytes), self._remote)
        if "side-band-64k" in can:
            lines = Lines(Joined(lines.band(self._steps.hear)), self._remote)
        reason = None
        done = False
        for text in lines.section():
            said = text.decode("utf-8", "replace").strip()
            if said.startswith("unpack ") and said != "unpack ok":
                reason = said.removeprefix("unpack ")
            elif said.startswith("ng "):
                reason = reason or said.removeprefix(f"ng {branch} ")
            elif said == f"ok {branch}":
                done = True
        if not done and reason is None:
            raise RemoteBroken(self._remote, "it did not say what became of it")
        return None if done else saying.clean(reason or "")

    def leave(self) -> None:
        """End the connection."""
        self._wire.close()

    def _need(self, can: frozenset[str], what: str) -> None:
        if what not in can:
            raise RemoteBroken(self._remote, f"it is too old: it does not know {what}")

    def _refusal(self, text: bytes) -> RemoteRefused | RemoteRejected:
        return RemoteRefused(self._remote, saying.clean(text.decode("utf-8", "replace")))
