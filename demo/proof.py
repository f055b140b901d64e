"""Proves with plain git and with `dexter sessions` what the ledger of the processes claims.

Reads the repository only through the `git` program and the command line, never through our own store.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demo.asking import Acknowledged, Ledger


class Proof:
    """Looks at one home from outside; every method either returns a figure or adds to `problems`."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.problems: list[str] = []
        self._home = home
        self._sessions = home / "sessions"
        self._environment = dict(environment)

    def rows(self, ledger: Ledger) -> list[tuple[str, str]]:
        """The table: what was asked, what was killed, what git and dexter find."""
        listed = self._dexter("sessions", "list", "--json")
        history = self._histories()
        found_once = sum(self._is_there_once(history, acknowledged) for acknowledged in ledger.acknowledged)
        shown = self._shown(listed)
        missing = [a for a in ledger.acknowledged if shown[a.exchange] != 1]
        self._expect(not missing, f"`dexter sessions show` misses {len(missing)} acknowledged exchanges")
        status = Counter(line["status"] for lines in history.values() for line in lines)
        stray = self._strays(history, ledger)
        return [
            ("questions acknowledged", str(len(ledger.acknowledged))),
            ("questions given up", str(len(ledger.failed))),
            ("processes killed with SIGKILL", str(len(ledger.killed))),
            ("acknowledged exchanges that git has exactly once", str(found_once)),
            ("of these, shown once by `dexter sessions show`", str(len(ledger.acknowledged) - len(missing))),
            ("acknowledged commits on main", str(self._commits_on_main(ledger))),
            ("interrupted exchanges recovered", str(status["interrupted"])),
            ("complete exchanges that no process lived to acknowledge", str(stray)),
            ("sessions", str(listed["count"])),
            ("commits on main", self._git("rev-list", "--count", "main").strip()),
            ("git fsck --full --strict", self._fsck()),
            ("git status", self._status()),
            ("locks, stages and running markers left", str(self._leftovers())),
        ]

    def _expect(self, holds: bool, problem: str) -> None:
        if not holds:
            self.problems.append(problem)

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self._sessions), *arguments],
            capture_output=True, text=True, check=False, env=self._environment,
        )  # fmt: skip
        self._expect(done.returncode == 0, f"git {arguments[0]} failed: {done.stderr.strip()[:300]}")
        return done.stdout

    def _dexter(self, *arguments: str) -> dict[str, Any]:
        program = str(Path(sys.executable).with_name("dexter"))
        done = subprocess.run(
            [program, "--home", str(self._home), *arguments],
            capture_output=True, text=True, check=False, env=self._environment,
        )  # fmt: skip
        self._expect(done.returncode == 0, f"dexter {' '.join(arguments)}: {done.stderr.strip()[:300]}")
        loaded: dict[str, Any] = json.loads(done.stdout)
        return loaded

    def _histories(self) -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = {}
        for path in self._git("ls-tree", "-r", "--name-only", "main").splitlines():
            if path.endswith("/history.jsonl"):
                lines = self._git("show", f"main:{path}").splitlines()
                found[path.split("/")[1]] = [json.loads(line) for line in lines]
        return found

    def _is_there_once(self, history: dict[str, list[dict[str, str]]], said: Acknowledged) -> bool:
        lines = [line for line in history.get(said.session, []) if line["id"] == said.exchange]
        right = len(lines) == 1 and lines[0]["query"] == said.question and lines[0]["answer"] == said.answer
        self._expect(
            right, f"exchange {said.exchange} of {said.session}: {len(lines)} times there, or changed"
        )
        return right

    def _shown(self, listed: dict[str, Any]) -> Counter[str]:
        seen: Counter[str] = Counter()
        for session in listed["sessions"]:
            shown = self._dexter("sessions", "show", session["id"], "--json")
            seen.update(exchange["id"] for exchange in shown["exchanges"])
        return seen

    def _strays(self, history: dict[str, list[dict[str, str]]], ledger: Ledger) -> int:
        """Complete exchanges whose process was killed after the save and before saying so: one a kill."""
        known = {a.exchange for a in ledger.acknowledged}
        stray = [
            line for lines in history.values() for line in lines
            if line["status"] == "complete" and line["id"] not in known
        ]  # fmt: skip
        self._expect(len(stray) <= len(ledger.killed), "more complete exchanges than were asked for")
        return len(stray)

    def _commits_on_main(self, ledger: Ledger) -> int:
        on_main = set(self._git("rev-list", "main").split())
        claimed = [a.commit for a in ledger.acknowledged if a.commit]
        self._expect(on_main.issuperset(claimed), "an acknowledged commit is not on main")
        return sum(commit in on_main for commit in claimed)

    def _fsck(self) -> str:
        before = len(self.problems)
        self._git("fsck", "--full", "--strict")
        return "clean" if len(self.problems) == before else "NOT CLEAN"

    def _status(self) -> str:
        changes = self._git("status", "--porcelain")
        self._expect(not changes, f"git status is not clean:\n{changes}")
        return "NOT CLEAN" if changes else "clean"

    def _leftovers(self) -> int:
        git = self._sessions / ".git"
        left = [*git.rglob("*.lock"), *git.glob("objects/pack/*.keep"), *git.glob("gitstore/stage/*")]
        left += list((self._home / "scratchpad" / "running").glob("*"))
        self._expect(not left, f"left over: {[str(path.relative_to(self._home)) for path in left]}")
        return len(left)
