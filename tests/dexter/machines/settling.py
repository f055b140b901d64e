"""The ways in which a person settles what git could not merge."""

import os
import subprocess

from tests.support.machines import Machine


def try_git(machine: Machine, *arguments: str) -> bool:
    command = ["git", "-C", str(machine.sessions), *arguments]
    environment = {**os.environ, "GIT_EDITOR": "true"}
    return subprocess.run(command, check=False, capture_output=True, env=environment).returncode == 0


def pull(one: Machine, two: Machine, *options: str) -> bool:
    """Whether git could merge."""
    return try_git(one, "pull", "-q", "--no-edit", *options, str(two.sessions), "main")


def conclude(machine: Machine) -> None:
    machine.git("add", "-A")
    machine.git("commit", "-q", "--no-edit")


def settle_marked(one: Machine, two: Machine) -> None:
    assert not pull(one, two)
    assert "<<<<<<<" in next(one.sessions.glob("cli/*/session.json")).read_text()
    conclude(one)


def settle_ours(one: Machine, two: Machine) -> None:
    assert pull(one, two, "-X", "ours")


def settle_theirs(one: Machine, two: Machine) -> None:
    assert pull(one, two, "-X", "theirs")


def settle_one_file(one: Machine, two: Machine) -> None:
    assert not pull(one, two)
    one.git("checkout", "-q", "--theirs", "cli")
    conclude(one)


def settle_without_it(one: Machine, two: Machine) -> None:
    assert not pull(one, two)
    one.git("rm", "-q", "-f", "--ignore-unmatch", next(one.sessions.glob("cli/*/session.json")).as_posix())
    conclude(one)


def settle_ours_alone(one: Machine, two: Machine) -> None:
    assert pull(one, two, "-s", "ours")


def settle_rather_deleting(one: Machine, two: Machine) -> None:
    assert not pull(one, two)
    one.git("rm", "-q", "-r", "-f", "cli")
    conclude(one)


WAYS = [
    settle_marked, settle_ours, settle_theirs, settle_one_file, settle_without_it, settle_ours_alone,
    settle_rather_deleting,
]  # fmt: skip
