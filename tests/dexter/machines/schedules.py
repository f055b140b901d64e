"""What several machines do, in which order, and where one dies; as text it can be played again."""

import random
from dataclasses import dataclass
from typing import NamedTuple, Self

DAY = 86_400.0
YEAR = 365 * DAY
SKEWS = (-5 * YEAR, -DAY, -1.0, 0.0, 0.0, 3.0, DAY, 4 * YEAR)
"""By how many seconds a machine's clock may be wrong."""

USES = {
    "begin": 3, "ask": 10, "draft": 2, "onward": 2, "delete": 4, "restore": 3, "revive": 1, "rename": 3,
    "tag": 3, "untag": 2, "fork": 2, "rewind": 2, "undo": 3, "import": 1,
}  # fmt: skip
"""What a machine does with its sessions, and how often."""
PURGES = {"purge": 2}
MEETINGS = {"take": 9, "meet": 3, "hub": 4, "folder": 1, "reopen": 1, "clock": 1}
BY_HAND = {"note": 2, "edit": 2, "revert": 2, "pull": 3}
"""Plain git."""
AT_LENGTH = {"program": 3, "command": 3}
"""Meetings with a git program and by the command: seconds, not milliseconds."""
CRASHING = (*USES, *PURGES, "take", "hub", "folder")
KINDS = (*USES, *PURGES, *MEETINGS, *BY_HAND, *AT_LENGTH)


class Step(NamedTuple):
    """One step; the numbers choose among what there is when it is played."""

    kind: str
    salt: int
    """What is drawn in it (ids) follows from this and the schedule's seed."""
    a: int
    b: int
    c: int
    dies: int = 0
    """At which call of the disk its process dies; 0: it does not. Negative: SIGKILL after so many
    microseconds."""
    half: bool = False
    """Whether a write is half done then."""

    def __str__(self) -> str:
        end = f"!{self.dies}{'h' * self.half}" if self.dies else ""
        return f"{self.kind}.{self.salt}.{self.a}.{self.b}.{self.c}{end}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one that `str` wrote."""
        text, _, end = text.partition("!")
        kind, *numbers = text.split(".")
        return cls(kind, *map(int, numbers), int(end.rstrip("h") or 0), end.endswith("h"))


@dataclass(frozen=True)
class Schedule:
    """How many machines with which clocks, and what they do."""

    seed: str
    skews: tuple[float, ...]
    steps: tuple[Step, ...]
    judged: bool = False
    """Whether real git judges in the end."""

    def __str__(self) -> str:
        skews = ",".join(f"{skew:g}" for skew in self.skews)
        return " ".join([self.seed, skews, "git" if self.judged else "-", *map(str, self.steps)])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one that `str` wrote."""
        seed, skews, judged, *steps = text.split()
        found = tuple(map(Step.parse, steps))
        return cls(seed, tuple(map(float, skews.split(","))), found, judged == "git")


def drawn(seed: int, number: int, *, kills: bool = False, length: int = 1) -> Schedule:
    """Return the schedule that a number stands for.

    Args:
        seed: Of a campaign.
        number: In it.
        kills: Whether processes are killed at some moment, which is not the same one the next time.
        length: How many times the usual number of steps.
    """
    chance = random.Random(f"{seed}:{number}")
    count = chance.choices((2, 3, 4, 5), (4, 4, 2, 1))[0]
    weights = {**USES, **MEETINGS}
    by_hand = chance.random() < 0.2
    at_length = chance.random() < 0.01
    if by_hand:
        weights |= BY_HAND
    if chance.random() < 0.2:
        weights |= PURGES
    if at_length:
        weights |= AT_LENGTH
    dying = chance.choice((0.0, 0.1, 0.3))
    kinds = chance.choices(list(weights), list(weights.values()), k=length * chance.randint(6, 18))
    steps = []
    for salt, kind in enumerate(["begin", *kinds]):
        numbers = [chance.randrange(1000) for _ in range(3)]
        dies = 0
        if kind in CRASHING and chance.random() < dying:
            dies = -chance.randrange(1, 12_000) if kills else chance.randint(1, chance.choice((12, 40)))
        steps.append(Step(kind, salt, *numbers, dies, chance.random() < 0.5 and dies != 0))
    skews = tuple(chance.choice(SKEWS) for _ in range(count))
    return Schedule(f"{seed}:{number}", skews, tuple(steps), judged=by_hand or number % 8 == 0)
