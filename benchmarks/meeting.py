"""What it takes when 1,000 sessions changed on two machines: one sync, beside git's fetch, merge and push.

Each machine has added an exchange to each of the same sessions, as a commit each; the remote, a folder, has
what the other one sent. Git merges by `merge=union`, as its `.gitattributes` tell it: lines in any order, and
conflicts in all metadata, which are settled for it by taking one side.
"""

import argparse
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.filling import WHO, Hasty, Writer, fill, names
from benchmarks.homes import Homes
from benchmarks.measure import Row, timed
from dexter.sessions.archive import Archive
from dexter.sessions.machines.remotes import add_remote
from dexter.sessions.machines.sync import sync
from gitstore import Store
from gitstore.transport import Access

_SETTLED = 200


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print the table and return what it comes to."""
    parser = argparse.ArgumentParser("meeting", description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--exchanges", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    folder = homes.folder("meeting")
    ids = names(asked.sessions)
    one, other = folder / "one", folder / "other"
    writer = Writer(4).prepare(200)
    fill(one / "sessions", ids, writer, exchanges=asked.exchanges)
    shutil.copytree(one, other)
    peers.git(folder, "init", "-q", "--bare", "far.git")
    _go_on(one / "sessions", ids, writer)
    _go_on(other / "sessions", ids, writer)
    peers.git(other / "sessions", "push", "-q", str(folder / "far.git"), "main")
    ours: list[float] = []
    git: list[float] = []
    for number in range(asked.rounds):
        ours.append(_ours(one, folder, number))
        git.append(_git(one / "sessions", folder, number))
    ours.sort()
    git.sort()
    middle, beside = ours[len(ours) // 2], git[len(git) // 2]
    print(f"{asked.sessions:,} sessions changed on both sides, in turn")
    for name, row in (("dexter sessions sync", ours), ("git fetch, merge -X ours, push", git)):
        print(f"{name:<58}{row[0]:>8.2f} s{row[len(row) // 2]:>8.2f} s{row[len(row) // 2] / middle:>8.2f}")
    print()
    what = f"{asked.sessions:,} sessions changed on both sides, one sync"
    return [Row(what, "2 s", f"{middle:.2f} s", f"git fetch, merge -X ours, push {beside:.2f} s")]


def _go_on(path: Path, ids: Sequence[str], writer: Writer) -> None:
    with Store.open(path, identity=WHO, files=Hasty()) as store:
        for number, session in enumerate(ids):
            store.apply(writer.change(session), wait=False)
            if number % _SETTLED == _SETTLED - 1:
                store.settle()


def _ours(one: Path, folder: Path, number: int) -> float:
    home, far = folder / f"ours-{number}", folder / f"far-{number}.git"
    shutil.copytree(one, home)
    shutil.copytree(folder / "far.git", far)
    git = Path(shutil.which("git") or "git")
    with Archive(home, identity=lambda: (WHO.name, WHO.email)) as archive:
        add_remote(archive, "far", str(far))
        took = timed(lambda: sync(archive, "far", Access(git, {"PATH": str(git.parent)})))
    tips = {peers.git(each, "rev-parse", "main") for each in (home / "sessions", far)}
    assert len(tips) == 1
    shutil.rmtree(home)
    shutil.rmtree(far)
    return took


def _git(whole: Path, folder: Path, number: int) -> float:
    copy, far = folder / f"git-{number}", folder / f"far-{number}.git"
    shutil.copytree(whole, copy)
    shutil.copytree(folder / "far.git", far)
    peers.git(copy, "config", "user.name", WHO.name)
    peers.git(copy, "config", "user.email", WHO.email)
    peers.git(copy, "remote", "add", "far", str(far))

    def meet() -> None:
        peers.git(copy, "fetch", "-q", "far")
        subprocess.run(
            ["git", "-C", str(copy), "merge", "-q", "-X", "ours", "--no-edit", "far/main"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        peers.git(copy, "push", "-q", "far", "main")

    took = timed(meet)
    shutil.rmtree(copy)
    shutil.rmtree(far)
    return took
