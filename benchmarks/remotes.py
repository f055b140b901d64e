"""What an exchange with a remote costs beside `git fetch` and `git push`, over http and ssh on loopback.

With a `git` program and without, in a repository of 20,000 commits: nothing to do, one new exchange sent,
one taken, all of it the first time. Bytes are counted by a proxy on the way, in both directions. Ours runs in
this process, as it does within dexter; git's programs are started each time, as a person starts them.
"""

import argparse
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.filling import Writer, fill_commits, names, open_store
from benchmarks.homes import Homes
from benchmarks.measure import Row, in_turn, middle, percentile, spread, timed
from gitstore.disk.files import Files
from gitstore.git import remotes
from gitstore.transport import Access, Pushed, Transport
from tests.support.remotes import Served, cutting, missing, serve

_BRANCH = "refs/heads/main"


class Contender:
    """Somebody who exchanges with a remote of his own."""

    def __init__(self, name: str, home: Path, far: Path, served: Served, way: str) -> None:
        """Take a copy of the repository, and a bare one that is served."""
        self.name = name
        self.home = home
        self._way = way
        self._environment = {**os.environ, **served.environment, "GIT_TERMINAL_PROMPT": "0"}
        program = Path(shutil.which("git") or "git") if way == "git binary" else None
        self._transport = Transport(home / ".git", Access(program, self._environment))
        remotes.add(Files(), home / ".git", "far", served.url(far.name))
        self.sync()

    def sync(self) -> None:
        """Fetch, and push what is new."""
        if self._way == "git":
            self._git("fetch", "--quiet", "far")
            self._git("push", "--quiet", "far", "main")
            return
        found = self._transport.fetch("far")
        new = peers.git(self.home, "rev-parse", _BRANCH).strip() if found.tip is None else self.tip()
        if new != found.tip:
            assert isinstance(self._transport.push("far", new, found.tip), Pushed)

    def take(self) -> None:
        """Fetch alone."""
        if self._way == "git":
            self._git("fetch", "--quiet", "far")
        else:
            self._transport.fetch("far")

    def tip(self) -> str:
        """Where the branch is."""
        return (self.home / ".git" / _BRANCH).read_text().strip()

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", "-C", str(self.home), *arguments], check=True, env=self._environment)


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print the tables and return what they come to."""
    parser = argparse.ArgumentParser("remotes", description=__doc__)
    parser.add_argument("--commits", type=int, default=20_000)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--over", nargs="*", default=["http", "ssh"], choices=["http", "ssh"])
    asked = parser.parse_args(arguments)
    folder = homes.folder("remotes")
    writer = Writer(4).prepare(200)
    fill_commits(folder / "whole", names(asked.sessions), writer, asked.commits)
    rows: list[Row] = []
    for kind in asked.over:
        if reason := missing(kind):
            print(f"{kind} is left out: {reason}\n")
            continue
        with serve(kind, folder / kind) as served:
            assert served.port is not None
            rows += _exchanging(
                folder, kind, served, writer=writer, sessions=asked.sessions, rounds=asked.rounds
            )
            rows += _cloning(folder, kind, served)
    return rows


def _exchanging(
    folder: Path, kind: str, served: Served, *, writer: Writer, sessions: int, rounds: int
) -> list[Row]:
    """Compare what is done at each exchange."""
    rows: list[Row] = []
    assert served.port is not None
    with cutting(served.port) as passed:
        prefix = served.prefix.replace(str(served.port), str(passed.port), 1)
        counted = Served(served.root, prefix, served.environment, passed.port)
        contenders = []
        for way in ("git", "git binary", "no git"):
            name = f"{kind}-{way.replace(' ', '-')}"
            far = served.root / f"{name}.git"
            peers.git(folder, "clone", "-q", "--bare", str(folder / "whole"), str(far))
            peers.git(far, "config", "http.receivepack", "true")
            home = folder / name
            shutil.copytree(folder / "whole", home)
            contenders.append(Contender(way, home, far, counted, way))
        bytes_: dict[str, list[int]] = {}

        def counting(contender: Contender, act: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                before = passed.sent + passed.came
                act()
                bytes_.setdefault(contender.name, []).append(passed.sent + passed.came - before)

            return run

        ids = names(sessions)

        def save(contender: Contender) -> None:
            with open_store(contender.home) as store:
                store.apply(writer.change(ids[0]))

        def give(contender: Contender) -> None:
            """Let somebody else push an exchange to the contender's remote."""
            far = served.root / f"{kind}-{contender.name.replace(' ', '-')}.git"
            other = far.with_suffix(".other")
            if not other.exists():
                peers.git(folder, "clone", "-q", str(far), str(other))
            with open_store(other) as store:
                store.apply(writer.change(ids[1]))
            peers.git(other, "push", "-q", "origin", "main")

        labels = ["git fetch, and git push if we do", "ours, with a git program", "ours, without"]
        acts: list[tuple[str, str, Callable[[Contender], None], Callable[[Contender], None]]] = [
            ("nothing to do", "1.2 times git", lambda _: None, Contender.sync),
            ("one new exchange sent", "1.5 times git", save, Contender.sync),
            ("one new exchange taken", "1.5 times git", give, Contender.take),
        ]
        for what, wanted, before, act in acts:
            bytes_.clear()
            times = _in_turn(contenders, before, counting, act, rounds)
            spread(f"{what}, over {kind}", labels, times)
            rows += _rows(f"{what}, over {kind}", wanted, times)
            rows.append(_bytes(f"{what}, over {kind}, bytes", bytes_))
    return rows


def _in_turn(
    contenders: Sequence[Contender],
    before: Callable[[Contender], None],
    counting: Callable[[Contender, Callable[[], None]], Callable[[], None]],
    act: Callable[[Contender], None],
    rounds: int,
) -> list[list[float]]:
    """Return the sorted times of each; what comes before each time is not measured."""
    times: list[list[float]] = [[] for _ in contenders]
    for number in range(rounds + 1):
        for row, contender in zip(times, contenders, strict=True):
            before(contender)
            took = timed(counting(contender, lambda contender=contender: act(contender)))  # type: ignore[misc]
            if number:
                row.append(took)
    return [sorted(row) for row in times]


def _rows(what: str, wanted: str, times: Sequence[Sequence[float]]) -> list[Row]:
    base, *ours = (percentile(row, 50) for row in times)
    return [
        Row(f"{what}, {label}", wanted, f"{each / base:.2f} times ({middle(row)})", f"git {middle(times[0])}")
        for label, each, row in zip(("with git", "without"), ours, times[1:], strict=True)
    ]


def _bytes(what: str, counted: dict[str, list[int]]) -> Row:
    base, program, direct = (sorted(row)[len(row) // 2] for row in counted.values())
    reached = f"{program / base:.2f} with git, {direct / base:.2f} without ({direct:,} bytes)"
    return Row(what, "1.2 times git", reached, f"git {base:,} bytes")


def _cloning(folder: Path, kind: str, served: Served) -> list[Row]:
    """Compare what it takes the first time."""
    url = served.url(f"{kind}-git.git")
    environment = {**os.environ, **served.environment}
    program = Path(shutil.which("git") or "git")

    def cloned() -> None:
        place = homes_folder()
        subprocess.run(["git", "clone", "-q", "--no-checkout", url, str(place)], check=True, env=environment)

    def homes_folder() -> Path:
        homes_folder.count += 1  # type: ignore[attr-defined]
        return folder / f"clone-{kind}-{homes_folder.count}"  # type: ignore[attr-defined]

    homes_folder.count = 0  # type: ignore[attr-defined]

    def fetched(git: Path | None) -> Callable[[], None]:
        def run() -> None:
            place = homes_folder()
            with open_store(place):
                remotes.add(Files(), place / ".git", "far", url)
                Transport(place / ".git", Access(git, environment)).fetch("far")

        return run

    times = in_turn([cloned, fetched(program), fetched(None)], 2, warm=0)
    labels = ["git clone --no-checkout", "ours, with a git program", "ours, without"]
    spread(f"all of it the first time, over {kind}", labels, times)
    return _rows(f"all of it the first time, over {kind}", "1.5 times git clone", times)
