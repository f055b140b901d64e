"""Sessions for tests: how they are made, how they are looked at with real git, and how the program is run."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dexter.sessions import SavedExchange, SessionManager, TokenUsageRecord, ToolStep

TOOL = ToolStep(1, "call-1", "growth_rate", {"first": "100", "last": "200"}, '{"rate": "0.1487"}', True, 3)
USAGE = TokenUsageRecord(10, 20, 30)


def save(
    manager: SessionManager, query: str = "What is 1+1?", answer: str = "2", **fields: Any
) -> SavedExchange:
    """Save one exchange in the manager's session."""
    return manager.save_exchange(
        query=query,
        answer=answer,
        **{
            "summary": None,
            "model": "gpt-5",
            "status": "complete",
            "duration": 1200,
            "token_usage": USAGE,
            **fields,
        },
    )


def make_session(home: Path, *queries: str, session_id: str | None = None, **fields: Any) -> str:
    """A session with these queries, closed again; its id."""
    with SessionManager(home) as manager:
        metadata = manager.start_new("gpt-5", "openai", session_id)
        for query in queries:
            save(manager, query, **fields)
    return metadata.id


def git(home: Path, *arguments: str) -> str:
    """What real git prints in the repository of a home."""
    done = subprocess.run(
        ["git", "-C", str(home / "sessions"), *arguments], capture_output=True, check=True, timeout=60
    )
    return done.stdout.decode("utf-8", "surrogateescape")


def commit_file(home: Path, path: str, content: bytes | None) -> None:
    """Write (or with None remove) a file in the work tree and commit it with real git, as a user might."""
    target = home / "sessions" / path
    if content is None:
        git(home, "rm", "-q", path)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        git(home, "add", path)
    git(home, "commit", "-q", "-m", "by hand")


def is_sound(home: Path) -> bool:
    """Whether `git fsck` and `git status` have nothing to say."""
    git(home, "fsck", "--full", "--strict")
    return not git(home, "status", "--porcelain")


def dexter(
    *arguments: str | bytes,
    home: Path | None = None,
    stdin: str | bytes = b"",
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run the real program; its output is decoded as UTF-8."""
    where: list[str | bytes] = [] if home is None else ["--home", str(home)]
    given = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "dexter", *where, *arguments],
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, **(environment or {})},
        **options,
    )
    out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def powerless(*command: str) -> list[str]:
    """A command that runs it without root's power to write what is read-only, should it be root who tests."""
    drop = (
        "import ctypes, os, sys\n"
        "for power in (1, 2, 3): ctypes.CDLL(None).prctl(24, power, 0, 0, 0)\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    return [sys.executable, "-c", drop, *command]


def dexter_json(*arguments: str, home: Path) -> Any:
    """What a command prints with `--json`, parsed."""
    done = dexter(*arguments, "--json", home=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def everything_below(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a home, and every object of its repository as real git inflates it."""
    for path in sorted(home.rglob("*")):
        if path.is_file():
            yield str(path), path.read_bytes()
    if (home / "sessions/.git").is_dir():
        command = ["git", "-C", str(home / "sessions"), "cat-file", "--batch-all-objects", "--batch"]
        done = subprocess.run(command, capture_output=True, check=True, timeout=60)
        yield "git's objects", done.stdout
