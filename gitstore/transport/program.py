"""An exchange with a remote through a `git` program: with its credential helpers, ssh and proxies."""

import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gitstore import addresses
from gitstore.disk.files import Files
from gitstore.errors import RemoteBroken, RemoteRejected, RemoteTooLarge
from gitstore.git import refs
from gitstore.git.remotes import Remote
from gitstore.transport import child, judging, saying, washing
from gitstore.transport.route import Asked, Came, Sending, is_race
from gitstore.transport.settings import Settings
from gitstore.transport.values import Access, Limits, Pushed, Rejected
from gitstore.transport.workroom import Workroom

OLDEST = (2, 30)
_INCOMING = "refs/incoming/main"
_SETTINGS = (
    "core.hooksPath=/dev/null", "core.alternateRefsCommand=true", "core.fsync=none",
    "fetch.fsck.badFilemode=error",
    "fetch.fsckObjects=true", "fetch.unpackLimit=1", "fetch.writeCommitGraph=false", "fetch.parallel=1",
    "fetch.recurseSubmodules=false", "gc.auto=0", "maintenance.auto=false", "protocol.allow=never",
    "protocol.file.allow=always", "protocol.git.allow=always", "protocol.http.allow=always",
    "protocol.https.allow=always", "protocol.ssh.allow=always", "push.followTags=false",
    "push.gpgSign=false", "push.recurseSubmodules=no", "transfer.bundleURI=false",
)  # fmt: skip
_NOWHERE = re.compile(r"^(?:warning: .* said: ')?[0-9a-f]{40}'?$", re.MULTILINE)
"""How git's `fetch` names a list of submodules that did not come: it lets that pass, its `fsck` does not."""
_ROOM = 512 << 20
"""Bytes that git may take at once, whatever the limit of an object is."""
_DROPPED = re.compile(
    r"GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX"
    r"|CONFIG|CONFIG_PARAMETERS|CONFIG_COUNT|CONFIG_KEY_\d+|CONFIG_VALUE_\d+|QUARANTINE_PATH|SHALLOW_FILE"
    r"|TRACE.*|CURL_VERBOSE|EXTERNAL_DIFF|PUSH_OPTION.*|PROTOCOL|ALLOW_PROTOCOL|PROTOCOL_FROM_USER)"
)


def is_usable(git: Path, environment: Mapping[str, str]) -> bool:
    """Say whether a program is a git that can do what is needed here."""
    try:
        out = subprocess.run(
            [str(git), "--version"], capture_output=True, env=dict(environment), timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    match = re.match(rb"git version (\d+)\.(\d+)", out)
    return match is not None and (int(match[1]), int(match[2])) >= OLDEST


class Program:
    """A route that a `git` program takes for us, in the workroom."""

    def __init__(self, git: Path, git_directory: Path, files: Files, access: Access, limits: Limits) -> None:
        self._program = git
        self._files = files
        self._git = git_directory
        self._access = access
        self._limits = limits
        self._settings = Settings(git_directory, access.environment)

    def receive(self, remote: Remote, asked: Asked, room: Workroom) -> Came:
        """Let git bring what the remote has into the workroom, and check it. Raises RemoteError."""
        known = [(f"refs/have/{number}", have) for number, have in enumerate(asked.have)]
        if asked.before is not None:  # if it is there still, git looks no further
            known.append((_INCOMING, asked.before))
        room.furnish(known)
        done = self._fetch(remote, asked.branch, room)
        branch = asked.branch
        if done.code and "couldn't find remote ref" in done.err:
            found = self._default(remote, room)
            if found is None:
                return Came(None, asked.branch)
            branch = found
            done = self._fetch(remote, branch, room)
        refused = saying.refusal(done.err) if done.code else None
        if refused is not None:
            done = self._fetch(remote, branch, room, "fetch.fsckObjects=false")
        if done.code and saying.is_too_large(done.err):
            raise RemoteTooLarge(remote.name, "an object", self._limits.object)
        if done.code:
            raise saying.failure(remote.name, done.err, self._secrets(remote))
        came = self._looked_at(remote, branch, asked, room, refused or _passed(done))
        if refused is not None and came.refused is None:
            raise RemoteBroken(remote.name, refused)
        return came

    def _looked_at(
        self, remote: Remote, branch: str, asked: Asked, room: Workroom, doubt: str | None
    ) -> Came:
        """Look at what came, and leave out what git refuses. Raises RemoteError."""
        tip = refs.read(room.path, _INCOMING)
        if tip is None:
            raise RemoteBroken(remote.name, "a shallow repository, or one whose branch cannot be had")
        if doubt is None and judging.is_clean(self._git, remote, room, tip, asked):
            return Came(tip, branch)
        came = washing.wash(self._files, self._git, room, remote, Came(tip, branch), asked)
        self._judge(remote, room)
        return came

    def send(self, remote: Remote, sending: Sending, room: Workroom) -> Pushed | Rejected:
        """Let git move the remote's branch. Raises RemoteError."""
        known = [("refs/have/new", sending.new)]
        if sending.expected is not None and not sending.lease:  # after a purge it is not here any more
            known.append(("refs/have/expected", sending.expected))
        room.furnish(known)
        command = ["push", "--porcelain", "--progress", "--no-verify", "--no-signed"]
        if sending.lease:
            command.append(f"--force-with-lease={sending.branch}:{sending.expected or ''}")
        url = remote.push_url or remote.url
        done = self._run(remote, [*command, "--", url, f"{sending.new}:{sending.branch}"], room)
        line = next((each for each in done.out.splitlines() if re.match(r"[ +\-*!=]\t", each)), None)
        if line is None:
            raise saying.failure(remote.name, done.err, self._secrets(remote))
        if line[0] != "!":
            return Pushed(sending.new)
        reason = line.split("\t")[-1]
        if is_race(reason):
            return Rejected(None)
        match = re.fullmatch(r"\[.*?\] ?\((.*)\)", reason)
        raise RemoteRejected(remote.name, saying.clean(match[1] if match else reason, self._secrets(remote)))

    def _judge(self, remote: Remote, room: Workroom) -> None:
        """Let git say whether it takes what is left. Raises RemoteBroken if not."""
        for pack in room.packs.glob("pack-*.pack"):
            done = self._run(
                remote, ["index-pack", "--strict", "--fsck-objects", "-o", f"{pack}.seen", str(pack)], room
            )
            if done.code:
                raise RemoteBroken(remote.name, saying.clean(done.err, self._secrets(remote)))
            self._files.discard(Path(f"{pack}.seen"))

    def _fetch(self, remote: Remote, branch: str, room: Workroom, *settings: str) -> child.Done:
        command = ["fetch", "--progress", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"]
        command += ["--no-auto-maintenance", "--refmap=", "--", remote.url, f"+{branch}:{_INCOMING}"]
        scales = judging.Scales(self._limits, remote, room)
        done = self._run(remote, command, room, *settings, meanwhile=scales.weigh)
        if not done.code:
            scales.weigh()
        return done

    def _default(self, remote: Remote, room: Workroom) -> str | None:
        """Return the branch that the remote's HEAD names; None if it has none at all."""
        done = self._run(remote, ["ls-remote", "--symref", "--", remote.url, "HEAD", "refs/heads/*"], room)
        if done.code:
            raise saying.failure(remote.name, done.err, self._secrets(remote))
        heads = set(re.findall(r"^[0-9a-f]{40}\t(refs/heads/.+)$", done.out, re.MULTILINE))
        match = re.search(r"^ref: (refs/heads/.+)\tHEAD$", done.out, re.MULTILINE)
        if not heads:
            return None
        if match is None or match[1] not in heads:
            raise RemoteBroken(remote.name, "it has no branch main, and its HEAD names none")
        return match[1]

    def _run(
        self,
        remote: Remote,
        command: Sequence[str],
        room: Workroom,
        *more: str,
        meanwhile: Callable[[], bool] = lambda: False,
    ) -> child.Done:
        settings = [part for each in (*_SETTINGS, *more) for part in ("-c", each)]
        return child.run(
            [str(self._program), f"--git-dir={room.path}", *settings, *command],
            environment=self._environment(remote),
            folder=self._git.parent,
            remote=remote.name,
            limits=self._limits,
            grows=room.path / "objects",
            terminal=self._access.terminal,
            progress=self._access.progress,
            unpacks=command[0] == "fetch",
            meanwhile=meanwhile,
        )

    def _environment(self, remote: Remote) -> dict[str, str]:
        given = self._access.environment
        kept = {name: value for name, value in given.items() if not _DROPPED.fullmatch(name)}
        kept |= {"LC_ALL": "C", "LANGUAGE": "C"}
        # A delta of a few bytes may say that it makes more than there is memory.
        kept["GIT_ALLOC_LIMIT"] = str(max(4 * self._limits.object, _ROOM))
        if not self._access.terminal:
            kept |= {"GIT_TERMINAL_PROMPT": "0", "SSH_ASKPASS_REQUIRE": "never", "GCM_INTERACTIVE": "never"}
            kept.setdefault("GIT_ASKPASS", "true")
            if "ssh" in {addresses.parse(each).kind for each in self._urls(remote)}:
                kept |= self._ssh(kept)
        return kept

    def _ssh(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return what lets ssh ask nobody; other programs in its place know no such option."""
        given = environment.get("GIT_SSH_COMMAND") or self._settings.ssh_command()
        if not given and environment.get("GIT_SSH"):
            return {}
        command = given or "ssh"
        first = command.split(maxsplit=1)[0].strip("'\"")
        return {"GIT_SSH_COMMAND": f"{command} -o BatchMode=yes"} if Path(first).stem == "ssh" else {}

    def _urls(self, remote: Remote) -> tuple[str, str]:
        return self._settings.from_url(remote), self._settings.to_url(remote)

    def _secrets(self, remote: Remote) -> tuple[str, ...]:
        """Return passwords in addresses, as they stand there and as they are meant."""
        found: set[str] = set()
        for url in (remote.url, remote.push_url or remote.url, *self._urls(remote)):
            found |= {addresses.parse(url).password, addresses.password_in(url)}
        return tuple(sorted(filter(None, found), key=len, reverse=True))


def _passed(done: child.Done) -> str | None:
    """Return what git's `fetch` let pass that its `fsck` does not; None if nothing."""
    return "a list of submodules that is nowhere" if _NOWHERE.search(f"{done.out}\n{done.err}") else None
