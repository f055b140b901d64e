"""Damage for tests: what disks, crashes and people do to the files of a repository."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import gitstore.checking
from gitstore.disk.files import Files
from gitstore.problems import Problem
from gitstore.repairing import Outcome, repair
from tests.support.stores import WHO, git


def flip(path: Path, at: int, bit: int = 4) -> None:
    """Let one bit fall over."""
    content = bytearray(path.read_bytes())
    content[at] ^= bit
    write(path, bytes(content))


def write(path: Path, content: bytes) -> None:
    """Write a file that git made read-only."""
    path.chmod(0o644)
    path.write_bytes(content)


def cut(path: Path, size: int) -> None:
    path.chmod(0o644)
    os.truncate(path, size)


def pack_with(path: Path, revision: str) -> Path:
    """The pack of a store that holds an object."""
    identifier = git(path, "rev-parse", revision).strip()
    for index in (path / ".git/objects/pack").glob("*.idx"):
        if identifier in git(path, "show-index", "--object-format=sha1", stdin=index.read_bytes()):
            return index.with_suffix(".pack")
    raise AssertionError(f"{revision} is in no pack")


def offset_of(path: Path, revision: str) -> int:
    """Where an object lies in its pack."""
    identifier = git(path, "rev-parse", revision).strip()
    index = pack_with(path, revision).with_suffix(".idx")
    listed = git(path, "show-index", "--object-format=sha1", stdin=index.read_bytes())
    return next(int(line.split()[0]) for line in listed.splitlines() if identifier in line)


def unpack(path: Path) -> None:
    """Turn all packs of a store into loose objects, with real git."""
    packs = path / ".git/objects/pack"
    aside = path / ".git/aside"
    aside.mkdir()
    for file in packs.iterdir():
        shutil.move(file, aside)
    for pack in sorted(aside.glob("*.pack")):
        with pack.open("rb") as content:
            subprocess.run(["git", "-C", path, "unpack-objects", "-q"], stdin=content, check=True)
    shutil.rmtree(aside)


def loose(path: Path, revision: str) -> Path:
    """The file of a loose object."""
    identifier = git(path, "rev-parse", revision).strip()
    return path / ".git/objects" / identifier[:2] / identifier[2:]


def problems(path: Path) -> tuple[Problem, ...]:
    return gitstore.checking.check(path, now=time.time()).problems


def mend(path: Path, files: Files | None = None) -> Outcome:
    return repair(path, identity=lambda: WHO, clock=time.time, files=files)
