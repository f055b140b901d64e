"""Git's settings, asked of git, and read from the user's files where there is no git."""

import os
import subprocess
from pathlib import Path

import pytest

from dexter import gitconfig

ALL = r"^(user|gpg|commit)\."


@pytest.fixture
def person(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody with two files of settings."""
    home = tmp_path / "home"
    (home / ".config/git").mkdir(parents=True)
    (home / ".config/git/config").write_text("[commit]\n\tgpgSign\n[user]\n\tname = Old\n\temail = o@x\n")
    (home / ".gitconfig").write_text(
        '# mine\n[user]\n\tname = "Kim Lee"\n\tsigningKey = ~/.ssh/key.pub\n[gpg] format = ssh\n'
        '[gpg "ssh"]\n\tallowedSignersFile = ~/names\n'
    )
    return {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}


WANTED = {
    "commit.gpgsign": "true",
    "user.name": "Kim Lee",
    "user.email": "o@x",
    "user.signingkey": "~/.ssh/key.pub",
    "gpg.format": "ssh",
    "gpg.ssh.allowedsignersfile": "~/names",
}


def test_with_and_without_git_the_same_is_found(tmp_path: Path, person: dict[str, str]) -> None:
    assert gitconfig.settings(tmp_path, person, ALL) == WANTED
    assert gitconfig.settings(tmp_path, {**person, "PATH": str(tmp_path)}, ALL) == WANTED
    only = gitconfig.settings(tmp_path, {**person, "PATH": str(tmp_path)}, r"^gpg\.format$")
    assert only == {"gpg.format": "ssh"}


def test_without_a_home_nothing_is_found(tmp_path: Path) -> None:
    assert gitconfig.settings(tmp_path, {"PATH": str(tmp_path)}, ALL) == {}


def test_the_repositorys_own_settings_count_but_for_those_from_outside(
    tmp_path: Path, person: dict[str, str]
) -> None:
    path = tmp_path / "r"
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    for name, value in (("user.name", "Local"), ("gpg.program", "/bin/evil")):
        subprocess.run(["git", "-C", str(path), "config", name, value], check=True)
    found = gitconfig.settings(path, person, ALL, outside=r"program$")
    assert found == {**WANTED, "user.name": "Local"}
    assert gitconfig.settings(path, person, ALL)["gpg.program"] == "/bin/evil"
    (Path(person["HOME"]) / ".gitconfig").write_text("[gpg]\n\tprogram = mine\n")
    assert gitconfig.settings(path, person, ALL, outside=r"program$")["gpg.program"] == "mine"


@pytest.mark.parametrize("value", ["true", "True", "yes", "ON", "1", "2", "false", "no", "off", "0", ""])
def test_what_git_takes_for_true_is(tmp_path: Path, value: str) -> None:
    command = ["git", "-c", f"a.b={value}", "config", "--type=bool", "a.b"]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    assert gitconfig.is_true(value) == (said == "true")


def test_what_is_not_set_is_not_true() -> None:
    assert not gitconfig.is_true(None)
