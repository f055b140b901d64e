import subprocess
from pathlib import Path

import pytest

from dexter.identity import user_email, user_identity
from tests.support.guards import IDENTITY
from tests.support.sessions import git, make_session


@pytest.fixture
def nobody(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody whom git does not know."""
    import os

    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "GIT_CONFIG_NOSYSTEM": "1"}


def test_commits_are_by_the_users_git_identity(tmp_path: Path):
    make_session(tmp_path / ".dexter", "q")
    assert git(tmp_path / ".dexter", "log", "-1", "--format=%an|%ae").strip() == "|".join(IDENTITY)


def test_the_variables_of_git_count_most(tmp_path: Path, nobody: dict[str, str]):
    named = {**nobody, "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@x.invalid"}
    assert user_identity(tmp_path, named) == ("A", "a@x.invalid")


def test_the_repositorys_own_settings_count(tmp_path: Path, nobody: dict[str, str]):
    subprocess.run(["git", "init", "-q", str(tmp_path / "r")], check=True)
    subprocess.run(["git", "-C", str(tmp_path / "r"), "config", "user.name", "Local"], check=True)
    assert user_identity(tmp_path / "r", nobody)[0] == "Local"


def test_somebody_unknown_gets_a_neutral_identity(tmp_path: Path, nobody: dict[str, str]):
    name, email = user_identity(tmp_path / "not there", {**nobody, "LOGNAME": "kim"})
    assert name == "kim"
    assert email.startswith("kim@")


def test_without_git_the_home_file_is_read(tmp_path: Path, nobody: dict[str, str]):
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.gitconfig").write_text(
        '[core]\n\tname = no\n[user]\n\tname = "Kim Lee"\n\temail=k@x.invalid\n'
    )
    assert user_identity(tmp_path, {**nobody, "PATH": str(tmp_path)}) == ("Kim Lee", "k@x.invalid")


def test_what_would_break_a_commit_is_taken_out(tmp_path: Path, nobody: dict[str, str]):
    named = {**nobody, "GIT_AUTHOR_NAME": "A\n<B>\x00", "GIT_AUTHOR_EMAIL": "<a@x>\n"}
    assert user_identity(tmp_path, named) == ("AB", "a@x")


def test_an_address_for_others_is_the_users_own_or_none(tmp_path: Path, nobody: dict[str, str]):
    assert user_email(tmp_path, nobody) is None
    assert user_email(tmp_path, {**nobody, "EMAIL": "e@x.invalid"}) == "e@x.invalid"
    assert user_email(tmp_path, {**nobody, "GIT_AUTHOR_EMAIL": "a@x.invalid"}) == "a@x.invalid"
    subprocess.run(["git", "init", "-q", str(tmp_path / "r")], check=True)
    subprocess.run(["git", "-C", str(tmp_path / "r"), "config", "user.email", "l@x.invalid"], check=True)
    assert user_email(tmp_path / "r", nobody) == "l@x.invalid"
