"""Asks questions through `dexter --print --json` and kills some of the processes on the way.

Owns the processes and what they acknowledged. Knows nothing of how sessions are stored.
"""

import json
import os
import queue
import random
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PER_SESSION = 4
"""So many questions follow each other in one session before the next one is begun."""

LONGEST_LIFE = 2.5
"""Seconds after which a process that is meant to be killed is killed at the latest."""

TRIES = 6


@dataclass(frozen=True)
class Acknowledged:
    """An exchange that a process said was saved, by exit code 0 and its line of JSON."""

    session: str
    exchange: str
    question: str
    answer: str
    commit: str | None


@dataclass(frozen=True)
class Killed:
    """A process that was killed with SIGKILL, and what it was asked."""

    question: str
    session: str | None
    after: float


@dataclass
class Ledger:
    """What the processes said, kept outside of the store that is being proved."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    killed: list[Killed] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Plan:
    """What is asked, by how many processes at once, and how often a process is killed."""

    questions: Sequence[str]
    home: Path
    environment: Mapping[str, str]
    model: str
    parallel: int
    kill_share: float
    seed: int


def run(plan: Plan) -> Ledger:
    """Ask every question until it was acknowledged or failed `TRIES` times; returns what happened."""
    ledger = Ledger()
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for question in plan.questions:
        waiting.put(question)
    threads = [
        threading.Thread(target=_work, args=(plan, waiting, ledger, random.Random(plan.seed + number)))
        for number in range(plan.parallel)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ledger


def _work(plan: Plan, waiting: "queue.SimpleQueue[str]", ledger: Ledger, chance: random.Random) -> None:
    session: str | None = None
    in_session = 0
    while True:
        try:
            question = waiting.get_nowait()
        except queue.Empty:
            return
        for attempt in range(TRIES):
            # The last attempts are left alone, so that every question ends acknowledged.
            life = chance.uniform(0.2, LONGEST_LIFE) if chance.random() < plan.kill_share else None
            answered = _ask(plan, question, session, life if attempt < TRIES - 2 else None, ledger)
            if answered is not None:
                in_session += 1
                session = answered.session if in_session % PER_SESSION else None
                break
        else:
            with ledger.lock:
                ledger.failed.append(question)


def _ask(
    plan: Plan, question: str, session: str | None, life: float | None, ledger: Ledger
) -> Acknowledged | None:
    command = [str(Path(sys.executable).with_name("dexter")), "--home", str(plan.home), "--model", plan.model]
    command += ["--json", "--print", "-"] + (["--session", session] if session else [])
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(plan.environment),
        start_new_session=True,
    )
    try:
        out, problem = process.communicate(question.encode(), timeout=life)
    except subprocess.TimeoutExpired:
        process.kill()
        out, problem = process.communicate()
    if process.returncode < 0:
        with ledger.lock:
            ledger.killed.append(Killed(question, session, time.monotonic() - began))
        return None
    if process.returncode != 0:
        sys.stderr.write(f"exit {process.returncode}: {os.fsdecode(problem).strip()}\n")
        return None
    said = json.loads(out)
    answered = Acknowledged(said["sessionId"], said["exchangeId"], question, said["answer"], said["commit"])
    with ledger.lock:
        ledger.acknowledged.append(answered)
    return answered
