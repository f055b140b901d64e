"""What it takes to purge one session from 20,000 commits, with proof, beside git doing something like it.

Git's own way: `git fast-export` without the session's paths into `git fast-import`, then what it takes to
leave nothing old. The queries stay in the messages of commits, nothing is looked through afterwards, and no
other machine is told.
"""

import argparse
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.filling import Writer, fill_commits, names
from benchmarks.homes import Homes
from benchmarks.measure import Row
from dexter.sessions.archive import Archive
from dexter.sessions.purging.purge import Purging, purge

WHO = ("Bench", "bench@example.invalid")


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:
    """Print the table and return what it comes to."""
    parser = argparse.ArgumentParser("purge", description=__doc__)
    parser.add_argument("--commits", type=int, default=20_000)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    folder = homes.folder("purge")
    ids = names(asked.sessions)
    whole = folder / "whole"
    fill_commits(whole / "sessions", ids, Writer(4).prepare(200), asked.commits)
    with Archive(whole) as archive:  # as a home has it that is in use: what happened to sessions is known
        list(archive.log(f"cli/{ids[0]}", None))
    session = ids[asked.sessions // 2]
    ours, git = [], []
    for number in range(asked.rounds):
        home = folder / f"ours-{number}"
        shutil.copytree(whole, home)
        ours.append(_timed_ours(home, session))
        shutil.rmtree(home)
        git.append(_timed_git(whole / "sessions", folder / f"git-{number}", session))
    ours.sort()
    git.sort()
    middle, beside = ours[len(ours) // 2], git[len(git) // 2]
    print(f"one session purged from {asked.commits:,} commits with {asked.sessions:,} sessions, in turn")
    for name, row in (
        ("dexter sessions purge, with proof", ours),
        ("git fast-export | fast-import, gc", git),
    ):
        print(f"{name:<58}{row[0]:>8.1f} s{row[len(row) // 2]:>8.1f} s{row[len(row) // 2] / middle:>8.2f}")
    print()
    what = f"purge of one session from {asked.commits:,} commits, with proof"
    return [Row(what, "30 s", f"{middle:.1f} s", f"git fast-export, import, gc {beside:.1f} s")]


def _timed_ours(home: Path, session: str) -> float:
    began = time.perf_counter()
    with Archive(home, identity=lambda: WHO) as archive:
        outcome = purge(archive, Purging(sessions=(session,)))
    took = time.perf_counter() - began
    assert not outcome.left
    assert not peers.git(home / "sessions", "log", "--oneline", "--", f"cli/{session}")
    return took


def _timed_git(whole: Path, copy: Path, session: str) -> float:
    began = time.perf_counter()
    subprocess.run(["git", "init", "-q", "--bare", str(copy)], check=True)
    paths = [".", f":(exclude)cli/{session}"]
    export = ["git", "-C", str(whole), "fast-export", "main", "--", *paths]
    with subprocess.Popen(export, stdout=subprocess.PIPE) as out:
        subprocess.run(["git", "-C", str(copy), "fast-import", "--quiet"], stdin=out.stdout, check=True)
    assert out.returncode == 0
    peers.git(copy, "gc", "--quiet", "--prune=now")
    took = time.perf_counter() - began
    shutil.rmtree(copy)
    return took
