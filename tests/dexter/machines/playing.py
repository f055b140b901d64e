"""A schedule from its beginning to where all have met, and what must hold then."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from types import FrameType

from dexter.paths import Home
from dexter.sessions.health.verification import verify
from tests.dexter.machines.looks import Look, files
from tests.dexter.machines.schedules import Schedule, Step
from tests.dexter.machines.sites import Site
from tests.dexter.machines.world import World
from tests.support.stores import leftovers

_LONGEST = 120


def play(schedule: Schedule) -> World:
    """Play a schedule. Raises AssertionError, or whatever came out, if something is not as it must be."""
    world = World(schedule.seed, schedule.skews)
    try:
        for step in schedule.steps:
            world.do(step)
        meet_all(world, judged=schedule.judged)
    finally:
        world.close()
    return world


class LateError(BaseException):
    """A schedule lasts too long. Nothing on the way takes it for an error of its own."""


def problem(schedule: Schedule) -> str | None:
    """Play a schedule; return what is wrong, or None. One that lasts too long is given a second chance."""
    for _ in range(2):
        try:
            with _limited():
                play(schedule)
        except LateError:
            continue
        except Exception as error:  # noqa: BLE001  whatever it is, it is a finding
            return f"{type(error).__name__}: {error}"
        return None
    return f"not done after {_LONGEST} s, twice"


def reduced(schedule: Schedule) -> Schedule:
    """Leave out what is not needed for a schedule to fail."""
    steps = list(schedule.steps)
    size = len(steps) // 2
    while size:
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + size :]
            if problem(_with(schedule, fewer)) is not None:
                steps = fewer
            else:
                at += size
        size //= 2
    return _with(schedule, steps)


def _with(schedule: Schedule, steps: list[Step]) -> Schedule:
    return Schedule(schedule.seed, schedule.skews, tuple(steps), schedule.judged)


def meet_all(world: World, *, judged: bool) -> None:
    """Let all machines meet, and hold them to what must be the same, and to what must be there."""
    first, *others = world.sites
    for _ in range(2):
        for site in others:
            _take(world, first, site)
            _take(world, site, first)
    for site in others:
        _take(world, site, first)
    assert len({site.head() for site in world.sites}) == 1, "they are not at one commit"
    seen = first.seen
    for site in world.sites:
        site.place.most = set(site.place.sure)  # what nobody has any more never was
        assert site.place.sure == set(range(len(world.oracle.events)))
        assert site.seen == seen
        world.check(site)
        site.close()
    for number, site in enumerate(world.sites):
        _sound(site, first, seen, deeply=number == 0, judged=judged, mixed=first.mixed)
        if judged and world.oracle.purged:
            _purged(world, site)


def _take(world: World, site: Site, other: Site) -> None:
    world.do(Step("take", 0, world.sites.index(site), _towards(world, site, other), 0))


def _towards(world: World, site: Site, other: Site) -> int:
    """The number by which a step means another machine."""
    count = len(world.sites)
    return (world.sites.index(other) - world.sites.index(site) - 1) % count


def _sound(site: Site, first: Site, seen: Look, *, deeply: bool, judged: bool, mixed: bool) -> None:
    """One machine in the end: its files, what the program reads, what `verify` and git say."""
    assert files(site.sessions) == files(first.sessions), "the same commit, other files"
    assert leftovers(site.sessions) == []
    if deeply:
        with site.manager() as manager:
            for session, each in seen.items():
                shown = manager.show(session)
                assert [one.id for one in shown.exchanges] == sorted(each.exchanges)
                if not mixed:
                    assert set(shown.metadata.heads) == each.heads
                    complete = [e for e in each.exchanges.values() if e.status == "complete"]
                    assert shown.metadata.exchange_count == len(complete)
        verification = verify(Home(site.home), clock=site.tick)
        assert verification is not None
        assert mixed or not verification.problems, [*map(str, verification.problems)]
    if judged:
        assert site.git("status", "--porcelain") == ""
        site.git("fsck", "--full", "--strict")


def _purged(world: World, site: Site) -> None:
    """Nothing that git has tells what was asked in an exchange that was purged, wherever it was."""
    content = subprocess.run(
        ["git", "-C", str(site.sessions), "cat-file", "--batch", "--batch-all-objects"],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    kept = {identifier for session in site.seen.values() for identifier in session.exchanges}
    for identifier in world.oracle.gone_everywhere() - kept:
        query = world.oracle.exchanges[identifier].query
        assert f'"query":"{query}"'.encode() not in content, f"{query} was purged, and is in an object"


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """Take what lasts too long for broken."""

    def late(number: int, frame: FrameType | None) -> None:
        raise LateError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(_LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
