"""Machines that do what a schedule says, each step held against the oracle."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest import mock

from dulwich.repo import Repo

from dexter.sessions.errors import RemoteTrouble
from tests.dexter.machines import uses
from tests.dexter.machines.dying import Tell, dying
from tests.dexter.machines.hands import BY_HAND
from tests.dexter.machines.looks import Look
from tests.dexter.machines.oracle import Oracle, Place
from tests.dexter.machines.schedules import PURGES, USES, YEAR, Step
from tests.dexter.machines.sites import Drawn, Site

_MEMORY = Path("/dev/shm")  # flushing is not what is tried here
_GIT = Path(shutil.which("git") or "git")


class World:
    """Some machines, a repository that all of them reach, and what is known of them."""

    def __init__(self, seed: str, skews: Sequence[float]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="machines-", dir=_MEMORY if _MEMORY.is_dir() else None))
        self._seed = seed
        self.oracle = Oracle()
        self.hub = self.folder / "hub.git"
        Repo.init_bare(str(self.hub), mkdir=True, default_branch=b"main").close()
        self.at_hub = Place()
        self.sites = [
            Site(f"m{number}", self.folder / f"{number}/home", skew) for number, skew in enumerate(skews)
        ]
        others = {each.name: str(each.sessions) for each in self.sites}
        for site in self.sites:
            site.make(hub=str(self.hub), **others)
        self.names: list[str] = []
        """The sessions, in the order in which they began."""
        self.deaths = 0
        """Processes that died before they were done."""

    def close(self) -> None:
        """Take everything away."""
        try:
            for site in self.sites:
                site.close()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def do(self, step: Step) -> None:
        """Do a step, and hold everything that it touched to what must be. Raises AssertionError."""
        site, other = self._two(step)
        site.now += 7
        drawn = Drawn(f"{self._seed}.{step.salt}")
        with mock.patch.multiple("secrets", choice=drawn.choice, randbits=drawn.randbits):
            if step.kind in USES or step.kind in PURGES:
                self._use(site, other, step)
            elif step.kind in BY_HAND:
                self._by_hand(site, other, step)
            else:
                getattr(self, f"_{step.kind}")(site, other, step)
        self.check(site)

    def check(self, site: Site) -> None:
        """Hold a machine to what follows from what it knows."""
        self.oracle.check(site.place, site.seen)

    def session(self, among: Sequence[str], number: int) -> str | None:
        """Choose one of some sessions, mostly one of the first."""
        if not among:
            return None
        return among[number % min(len(among), 3 if number % 4 else len(among))]

    def _two(self, step: Step) -> tuple[Site, Site]:
        one = step.a % len(self.sites)
        other = (one + 1 + step.b % (len(self.sites) - 1)) % len(self.sites)
        return self.sites[one], self.sites[other]

    def _use(self, site: Site, other: Site, step: Step) -> None:
        """Do something with the sessions of a machine: they are then as they must be."""
        deed = uses.plan(self, site, other, step)
        if deed is None:
            return
        before = site.seen
        told, died = self._run(site, deed.act, step)
        now = site.recovered() if died or step.dies else site.look()
        if not died:
            told |= {"begun", "done"}
        problem = deed.judge(before, now, told)
        assert problem is None, problem
        site.seen = now
        if deed.purges is None:
            self.oracle.happened(site.place, before, now)
        elif now != before:
            self.oracle.purge(site.place, *deed.purges)
        self.names += sorted(now.keys() - before.keys() - set(self.names))

    def _run(self, site: Site, act: Callable[[Site, Tell], None], step: Step) -> tuple[set[str], bool]:
        """Do something, in a process that dies if the step says so; what was told, and whether it died."""
        told: set[str] = set()
        if not step.dies:
            act(site, told.add)
            return told, False
        site.close()
        told, died = dying(lambda tell: act(site, tell), step.dies, half=step.half)
        self.deaths += died
        return told, died

    def _met(self, site: Site, died: bool, *known: Place) -> None:
        for each in known:
            site.place.learn(each, surely=not died)
        site.seen = site.recovered() if died else site.look()

    def _take(self, site: Site, other: Site, step: Step) -> None:
        _, died = self._run(site, lambda here, _: here.receive(other), step)
        self._met(site, died, other.place)

    def _meet(self, site: Site, other: Site, step: Step) -> None:
        """Both take what the other one had."""
        one, two = (self._copied(each) for each in (site.place, other.place))
        before = self.folder / f"before-{step.salt}"
        shutil.copytree(site.home, before / "home")
        older = Site("older", before / "home", 0)
        fresh = [each.is_fresh() for each in (site, other)]
        site.receive(other)
        other.receive(older)
        older.close()
        self._met(site, False, two)
        self._met(other, False, one)
        self.check(other)
        if not any(fresh):  # one that never stored anything gives way
            assert site.head() == other.head(), "of the same two histories, another commit"

    def _hub(self, site: Site, other: Site, step: Step, git: Path | None = None) -> None:
        del other
        _, died = self._run(site, lambda here, _: here.sync("hub", git), step)
        lock = self.hub / "refs/heads/main.lock"
        if died and lock.exists():  # as git leaves one, too, when it is killed
            lock.unlink()
        mine = self._copied(site.place)
        self._met(site, died, self.at_hub)
        self.at_hub.learn(mine, surely=not died)

    def _program(self, site: Site, other: Site, step: Step) -> None:
        self._hub(site, other, step, _GIT)

    def _command(self, site: Site, other: Site, step: Step) -> None:
        """Meet the hub as a user does."""
        from dexter.cli.app import main

        del other, step
        site.close()
        code = main(["--home", str(site.home), "sessions", "sync", "--remote", "hub", "--json"])
        # To a repository that has still what was purged here nothing is sent, and that is said.
        assert code == 0 or (code == 1 and self.oracle.purged), f"the command ended with {code}"
        mine = self._copied(site.place)
        self._met(site, False, self.at_hub)
        self.at_hub.learn(mine, surely=not self.oracle.purged)  # to one that has it still nothing is sent

    def _folder(self, site: Site, other: Site, step: Step) -> None:
        """Meet another machine's own repository, whose branch is checked out: it must be left alone."""
        tip = other.head()

        def act(here: Site, tell: Tell) -> None:
            del tell
            try:
                here.sync(other.name)
            except RemoteTrouble as trouble:
                assert "checked out" in str(trouble) or "not let" in trouble.reason, trouble

        _, died = self._run(site, act, step)
        assert other.head() == tip, "the branch of another machine was moved"
        self._met(site, died, other.place)

    def _reopen(self, site: Site, other: Site, step: Step) -> None:
        del other, step
        seen = site.recovered()
        assert seen == site.seen, "who opens anew sees something else"

    def _clock(self, site: Site, other: Site, step: Step) -> None:
        del other
        site.now += (step.c % 9 - 4) * YEAR

    def _by_hand(self, site: Site, other: Site, step: Step) -> None:
        """Use plain git; what that does to sessions is taken down as it is."""
        before = site.seen
        site.close()
        merged = BY_HAND[step.kind](self, site, other, step)
        now: Look = site.recovered()
        if merged is None:
            self.oracle.happened(site.place, before, now)
        else:
            site.place.learn(merged)
        site.seen = now

    @staticmethod
    def _copied(place: Place) -> Place:
        copied = Place()
        copied.learn(place)
        return copied
