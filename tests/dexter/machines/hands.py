"""What a person does in a machine's repository with plain git, while no program is at work."""

import json
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.dexter.machines.oracle import Place
from tests.dexter.machines.schedules import Step
from tests.dexter.machines.sites import Site

if TYPE_CHECKING:
    from tests.dexter.machines.world import World

_MAY_GO = ("renamed", "tagged", "deleted", "note")


def note(world: "World", site: Site, other: Site, step: Step) -> Place | None:
    """Commit a file of another kind."""
    del world, other
    (site.sessions / f"notes-{step.b % 3}.txt").write_text(f"{step.salt}\n")
    site.by_hand("add", ".")
    site.by_hand("commit", "-qm", "by hand", "-m", "Action: note", "--allow-empty")
    return None


def edit(world: "World", site: Site, other: Site, step: Step) -> Place | None:
    """Give a session another title in its file."""
    del other
    session = world.session(sorted(site.seen), step.b)
    if session is None:
        return None
    path = site.sessions / "cli" / session / "session.json"
    fields = {**json.loads(path.read_bytes()), "title": f"by hand {step.salt}"}
    path.write_text(json.dumps(fields, indent=2, ensure_ascii=False) + "\n")
    site.by_hand("commit", "-qam", "by hand", "-m", "Action: note")
    world.oracle.loose.add(session)
    world.oracle.free.add(session)
    return None


def revert(world: "World", site: Site, other: Site, step: Step) -> Place | None:
    """Take back the last commit, if it is a wish or a deletion and no exchange."""
    del other, step
    said = site.git("log", "-1", "--format=parents %p%n%(trailers:key=Action,valueonly)").splitlines()
    if len(said[0].split()) != 2 or "".join(said[1:]) not in _MAY_GO:
        return None
    world.oracle.loose |= set(site.seen)
    world.oracle.free |= set(world.names)
    site.by_hand("revert", "--no-edit", "HEAD")
    return None


def pull(world: "World", site: Site, other: Site, step: Step) -> Place | None:
    """Merge what another machine has as git does it, if git can."""
    if world.oracle.purged:  # what git merges it brings back, whatever was purged
        return None
    favour = ("ours", "theirs")[step.c % 2]
    tip = site.head()
    site.by_hand("fetch", "--quiet", str(other.sessions), "main")
    try:
        site.by_hand(
            "merge", "--quiet", "-m", "by hand", "--allow-unrelated-histories",
            f"-X{favour}", "-Xno-renames", "FETCH_HEAD",
        )  # fmt: skip
    except subprocess.CalledProcessError:
        if (site.sessions / ".git/MERGE_HEAD").exists():
            site.by_hand("merge", "--abort")
        assert site.head() == tip
        return None
    finally:
        (site.sessions / ".git/FETCH_HEAD").unlink(missing_ok=True)
    if site.head() not in {tip, other.head()}:
        for each in world.sites:  # to which it comes sooner or later
            each.mixed = True
        world.oracle.loose |= set(world.names)
        world.oracle.free |= set(world.names)
    return other.place


BY_HAND: dict[str, Callable[["World", Site, Site, Step], Place | None]] = {
    "note": note, "edit": edit, "revert": revert, "pull": pull,
}  # fmt: skip
