"""Syncs in the background that nobody lets in: they ask nobody, and tell no password."""

from pathlib import Path

import pytest

from tests.support import background
from tests.support.background import asked, failure, has_ended, syncing, until
from tests.support.remotes import missing, serve
from tests.support.sessions import make_session
from tests.support.terminal import CTRL_D, Terminal

LINE = "Not synced in the background since "


def test_nobody_is_asked_for_a_password(tmp_path: Path) -> None:
    if reason := missing("http"):
        pytest.skip(reason)
    script = tmp_path / "ask"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\necho tester\n")
    script.chmod(0o755)
    asking = {"GIT_ASKPASS": str(script), "SSH_ASKPASS": str(script), "DISPLAY": ":9"}
    with serve("http", tmp_path / "served") as served:
        home = syncing(tmp_path / "one/.dexter", f"http://127.0.0.1:{served.port}/far.git")
        make_session(home, "first")
        with Terminal(["--home", str(home), *background.OFFLINE], environment=asking) as chat:
            chat.wait_for("ask, or /help")
            chat.type(CTRL_D)
            assert chat.wait_for_end() == 0
            until(lambda: has_ended(home))
            assert "assword" not in chat.text()
            assert "sername" not in chat.text()
    assert "it lets nobody in" in (failure(home) or "")
    assert not (tmp_path / "asked").exists()


def test_nobody_is_asked_whether_a_host_is_the_right_one(tmp_path: Path) -> None:
    if reason := missing("ssh"):
        pytest.skip(reason)
    with serve("ssh", tmp_path / "served") as served:
        home = syncing(tmp_path / "one/.dexter", served.url())
        make_session(home, "first")
        command = served.environment["GIT_SSH_COMMAND"].replace("-o BatchMode=yes", "")
        asking = {"GIT_SSH_COMMAND": command.replace("StrictHostKeyChecking=no", "StrictHostKeyChecking=ask")}
        with Terminal(["--home", str(home), *background.OFFLINE], environment=asking) as chat:
            chat.wait_for("ask, or /help")
            chat.type(CTRL_D)
            assert chat.wait_for_end() == 0
            until(lambda: has_ended(home))
            assert "yes/no" not in chat.text()
    assert "Host key verification failed" in (failure(home) or "")


def test_passwords_are_in_no_log_and_in_no_line(tmp_path: Path) -> None:
    if reason := missing("http"):
        pytest.skip(reason)
    with serve("http", tmp_path / "served") as served:
        home = syncing(tmp_path / "one/.dexter", served.wrong_password())
        asked(home)
        told = asked(home).stderr
    assert told.startswith(LINE)
    for path in (home / "sync.log", home / "sync/failure.json", home / "sync/told.json"):
        assert "wr0ng" not in path.read_text()
    assert "wr0ng" not in told
