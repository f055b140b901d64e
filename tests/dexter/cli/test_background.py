"""Sessions that are synced in the background: real processes, real remotes, and what the next start says."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dexter.cli.machines import sync_state
from dexter.paths import Home
from dexter.sessions import SessionManager
from tests.support import background
from tests.support.background import (
    asked,
    failure,
    has_begun,
    has_ended,
    held,
    is_at_it,
    kill,
    log,
    syncing,
    until,
)
from tests.support.remotes import silent
from tests.support.sessions import dexter, git, is_sound, make_session, save
from tests.support.terminal import CTRL_D, Terminal

LINE = "Not synced in the background since "


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    path = tmp_path / "bare.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    return path


@pytest.fixture
def home(tmp_path: Path, bare: Path) -> Path:
    return syncing(tmp_path / "one/.dexter", str(bare))


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[Path]:
    """A home whose remote says nothing; whatever waits for it is ended in the end."""
    with silent() as port:
        place = syncing(tmp_path / "one/.dexter", f"git://127.0.0.1:{port}/far.git")
        yield place
        if is_at_it(place):
            kill(place)


def tip(bare: Path) -> str:
    found = subprocess.run(
        ["git", "-C", str(bare), "rev-parse", "-q", "--verify", "main"],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout


def aim(home: Path, url: str) -> None:
    git(home, "config", "remote.origin.url", url)


@pytest.mark.parametrize("on", ["exit", "start"])
def test_what_was_asked_is_at_the_remote_after_a_while_and_nothing_is_said_of_it(
    home: Path, bare: Path, on: str
) -> None:
    dexter("sessions", "sync", "--on", on, home=home)
    first = asked(home)
    assert (first.returncode, first.stderr) == (0, f"Session: {first.stderr[9:17]}\n")
    if on == "start":  # what the run itself asked may go with the next one
        asked(home)
        git(home, "merge-base", "--is-ancestor", tip(bare).strip(), "main")
    else:
        assert tip(bare) == git(home, "rev-parse", "main")
        assert "0 sessions changed here, 1 session there (origin" in log(home)
    assert failure(home) is None
    assert (home / "sync.log").stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in (home / "sync").iterdir()) == ["lock"]
    assert is_sound(home)


def test_nothing_is_started_where_nobody_asked_for_it(home: Path, bare: Path) -> None:
    dexter("--print", "What is 1+1?", *background.OFFLINE, "--no-session", home=home)
    assert not (home / "sync").exists()
    dexter("sessions", "sync", "--on", "off", home=home)
    assert "sync" not in json.loads((home / "settings.json").read_text())
    asked_ = dexter("--print", "What is 1+1?", *background.OFFLINE, home=home)
    assert asked_.returncode == 0
    dexter("sessions", "list", home=home)
    assert not (home / "sync").exists()
    assert not tip(bare)


def test_the_end_of_a_chat_waits_for_nothing_and_the_sync_outlives_it(nobody: Path) -> None:
    with Terminal(["--home", str(nobody), *background.OFFLINE]) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("What is 1+1?")
        chat.wait_for("commit ")
        chat.type(CTRL_D)
        assert chat.wait_for_end() == 0
    until(lambda: has_begun(nobody))  # it waits for somebody who says nothing: the chat did not


def test_the_prompt_waits_for_nothing_and_a_terminal_that_is_closed_ends_no_sync(nobody: Path) -> None:
    dexter("sessions", "sync", "--on", "start", home=nobody)
    make_session(nobody, "first")
    with Terminal(["--home", str(nobody), *background.OFFLINE]) as chat:
        chat.wait_for("ask, or /help")
        until(lambda: has_begun(nobody))
        chat.enter("What is 1+1?")
        chat.wait_for("commit ")
        assert is_at_it(nobody)
    assert os.getsid(background.process(nobody)) == background.process(nobody)
    assert is_at_it(nobody)
    kill(nobody)


def test_a_failure_is_a_line_at_the_next_start_once_and_gone_after_success(home: Path, bare: Path) -> None:
    asked(home)
    away = bare.rename(bare.with_name("away.git"))
    assert LINE not in asked(home).stderr
    told = asked(home).stderr
    assert told.count("\n") == 2
    assert told.startswith(LINE)
    assert f": origin ({bare}): it can't be reached (" in told
    assert "By hand: dexter sessions sync." in told
    assert LINE not in asked(home).stderr  # it fails in the same way: that was told
    listed = dexter("sessions", "remote", "list", home=home).stdout
    assert "Synced in the background when a chat ends." in listed
    assert LINE in listed
    away.rename(bare)
    asked(home)
    assert failure(home) is None
    assert LINE not in asked(home).stderr
    assert tip(bare) == git(home, "rev-parse", "main")


def test_a_chat_says_it_too_and_a_sync_by_hand_makes_it_good(home: Path, bare: Path) -> None:
    asked(home)
    away = bare.rename(bare.with_name("away.git"))
    asked(home)
    with Terminal(["--home", str(home), *background.OFFLINE], columns=200) as chat:
        chat.wait_for(LINE)
        chat.wait_for("ask, or /help")
        chat.type(CTRL_D)
        assert chat.wait_for_end() == 0
    until(lambda: has_ended(home))
    away.rename(bare)
    assert dexter("sessions", "sync", home=home).returncode == 0
    assert failure(home) is None


def test_a_failure_that_lasts_is_told_each_day_with_its_beginning(tmp_path: Path) -> None:
    home = Home(tmp_path)
    sync_state.failed(home, "it can't be reached", 1000.0)
    first = sync_state.news(home, 1100.0)
    sync_state.failed(home, "it can't be reached", 2000.0)
    assert sync_state.news(home, 2100.0) is None
    assert sync_state.news(home, 1100.0 + 86_400) == first
    sync_state.failed(home, "it lets nobody in", 100_000.0)
    other = sync_state.news(home, 100_001.0)
    assert other is not None
    assert first is not None
    assert other.partition(": ")[0] == first.partition(": ")[0]
    sync_state.succeeded(home)
    assert sync_state.news(home, 200_000.0) is None
    (home.sync / "failure.json").write_bytes(b'{"text": "half')
    assert sync_state.news(home, 200_000.0) is None


def test_a_second_one_gives_way_and_the_first_has_one_more_turn(home: Path, bare: Path) -> None:
    make_session(home, "first")
    begun, go = held(bare)
    first = background.run(home)
    until(begun.exists)
    second = make_session(home, "second")
    assert background.run(home).wait() == 0
    assert (home / "sync/again").exists()
    assert is_at_it(home)
    go.touch()
    assert first.wait() == 0
    assert not (home / "sync/again").exists()
    assert tip(bare) == git(home, "rev-parse", "main")
    assert (
        second
        in subprocess.run(
            ["git", "-C", str(bare), "ls-tree", "--name-only", "main", "cli/"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_one_that_is_killed_while_it_fetches_leaves_nothing_that_harms(
    nobody: Path, bare: Path, number: int
) -> None:
    make_session(nobody, "first")
    child = background.run(nobody)
    until(lambda: has_begun(nobody) and (nobody / "sessions/.git/gitstore/fetching").exists())
    child.send_signal(number)
    child.wait()
    # A git that it was just starting has its lock, too, until it is another program.
    until(lambda: not is_at_it(nobody))
    assert failure(nobody) is None
    aim(nobody, str(bare))
    assert background.run(nobody).wait() == 0
    assert tip(bare) == git(nobody, "rev-parse", "main")
    assert not (nobody / "sessions/.git/gitstore/fetching").exists()
    assert is_sound(nobody)


def test_one_that_is_killed_while_it_pushes_leaves_nothing_that_harms(home: Path, bare: Path) -> None:
    make_session(home, "first")
    begun, go = held(bare)
    child = background.run(home)
    until(begun.exists)
    child.kill()
    child.wait()
    make_session(home, "second")
    go.touch()
    assert background.run(home).wait() == 0
    assert failure(home) is None
    assert tip(bare) == git(home, "rev-parse", "main")
    assert is_sound(home)


def test_it_is_bounded_in_time_and_says_so(nobody: Path) -> None:
    make_session(nobody, "first")
    assert background.run(nobody, "1.0").wait() == 0
    found = failure(nobody)
    assert found is not None
    assert found.startswith("origin (git://127.0.0.1:")
    assert "it took longer than 1 seconds" in found
    assert not (nobody / "sessions/.git/gitstore/fetching").exists()


def test_a_remote_that_may_be_public_is_left_out_until_the_user_said_that_it_is_not(home: Path) -> None:
    asked(home)
    aim(home, "https://github.com/ada/sessions")
    asked(home)
    assert failure(home) == (
        "origin (https://github.com/ada/sessions) may be public, and nobody said that it is not. "
        "Say so once: dexter sessions sync"
    )
    assert LINE in asked(home).stderr
    aim(home, "mine:sessions")
    git(home, "config", "url.git@github.com:ada/.insteadOf", "mine:")
    asked(home)
    assert (failure(home) or "").startswith("origin (git@github.com:ada/sessions) may be public")


def test_a_remote_that_has_what_was_purged_is_told_of(home: Path, bare: Path) -> None:
    session = make_session(home, "first")
    asked(home)
    assert dexter("sessions", "purge", session, "--yes", home=home).returncode == 0
    before = tip(bare)
    asked(home)
    assert (failure(home) or "").endswith(
        "nothing was sent, it still has what was purged here. "
        "Purge it there, too: dexter sessions purge --finish --remote origin"
    )
    assert tip(bare) == before


def test_of_several_remotes_the_one_called_origin_is_met(home: Path, bare: Path) -> None:
    git(home, "remote", "add", "other", "/nowhere")
    asked(home)
    assert tip(bare) == git(home, "rev-parse", "main")
    git(home, "remote", "rename", "origin", "home")
    asked(home)
    assert failure(home) == (
        "of several remotes (home, other) none is called origin. By hand: dexter sessions sync --remote NAME"
    )


def test_what_lies_in_the_working_directory_is_not_run(home: Path, bare: Path, tmp_path: Path) -> None:
    for name in ("ssl", "signal", "dexter", "sitecustomize"):
        Path(f"{name}.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')\n")
    (home / "sync.log").unlink(missing_ok=True)
    with Terminal(["--home", str(home), *background.OFFLINE]) as chat:
        chat.wait_for("ask, or /help")
        chat.enter("What is 1+1?")
        chat.wait_for("commit ")
        chat.type(CTRL_D)
        assert chat.wait_for_end() == 0
    until(lambda: has_ended(home))
    assert tip(bare) == git(home, "rev-parse", "main")
    assert not (tmp_path / "run").exists()


def test_a_chat_goes_on_saving_when_a_sync_brings_exchanges_into_its_session(
    home: Path, bare: Path, tmp_path: Path
) -> None:
    other = syncing(tmp_path / "two/.dexter", str(bare))
    with Terminal(["--home", str(home), *background.OFFLINE], columns=160) as chat:
        chat.wait_for("ask, or /help")
        session = chat.session_id()
        chat.enter("What is 1+1?")
        chat.wait_for("commit ")
        assert background.run(home).wait() == 0
        dexter("sessions", "sync", home=other)
        with SessionManager(other) as manager:
            manager.resume(session)
            save(manager, "Asked on the other machine")
        dexter("sessions", "sync", home=other)
        assert background.run(home).wait() == 0
        chat.enter("What is 2+2?")
        chat.wait_for("commit ", times=2)
        chat.wait_for("Another chat has added 1 exchange to this session")
        chat.enter("/history")
        chat.wait_for("Asked on the other machine")
        # and when the session is deleted under it, it comes back with what is asked
        dexter("sessions", "sync", home=other)
        assert dexter("sessions", "delete", session, "--yes", home=other).returncode == 0
        dexter("sessions", "sync", home=other)
        assert background.run(home).wait() == 0
        chat.enter("What is 3+3?")
        chat.wait_for("commit ", times=3)
        chat.type(CTRL_D)
        assert chat.wait_for_end() == 0
    with SessionManager(home) as manager:
        shown = manager.show(session)
        assert [each.query for each in shown.exchanges] == [
            "What is 1+1?", "Asked on the other machine", "What is 2+2?", "What is 3+3?",
        ]  # fmt: skip
        assert len(shown.metadata.heads) == 2
        assert shown.exchanges[2].parent_id == shown.exchanges[0].id
    assert failure(home) is None


def test_when_it_is_done_is_set_and_shown(home: Path) -> None:
    assert dexter("sessions", "sync", "--on", "start", home=home).stdout == (
        "Sessions are synced in the background when a chat starts.\n"
    )
    assert json.loads((home / "settings.json").read_text())["sync"] == "start"
    assert json.loads(dexter("sessions", "remote", "list", "--json", home=home).stdout)["sync"] == "start"
    wrong = dexter("sessions", "sync", "--on", "never", home=home)
    assert (wrong.returncode, wrong.stderr) == (2, 'Error: --on takes exit, start or off, not "never".\n')
    assert dexter("sessions", "sync", "--on", "exit", "--dry-run", home=home).returncode == 2
    assert dexter("sessions", "sync", "--on", "off", home=home).returncode == 0
    assert json.loads(dexter("sessions", "remote", "list", "--json", home=home).stdout)["sync"] == "off"
    (home / "settings.json").write_text('{"sync": "sometimes"}')
    told = dexter("--print", "What is 1+1?", *background.OFFLINE, home=home)
    assert told.returncode == 0
    assert '"sync" is none of exit, start, off' in told.stderr


def test_own_patterns_stay_in_the_settings_when_a_remote_is_said_to_be_private(home: Path) -> None:
    (home / "settings.json").write_text('{"secretPatterns": ["corp-[0-9a-f]{32}"], "sync": "exit"}')
    url = "https://github.com/ada/sessions"
    assert dexter("sessions", "remote", "add", "two", url, "--private", home=home).returncode == 0
    assert json.loads((home / "settings.json").read_text()) == {
        "sync": "exit", "secretPatterns": ["corp-[0-9a-f]{32}"], "privateRemotes": [url],
    }  # fmt: skip
