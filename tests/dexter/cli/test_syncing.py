"""Two homes meet over a repository that both reach: what is printed, and what git says of it."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dexter.cli.app import main
from dexter.sessions import SessionManager
from dexter.settings import Settings, load_settings, save_settings
from tests.support.machines import Machine
from tests.support.sessions import git, is_sound, make_session, save
from tests.support.terminal import Terminal

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_(home: Path, *arguments: str) -> tuple[int, str, str]:
        code = main(["--home", str(home), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run_


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    path = tmp_path / "bare.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    return path


@pytest.fixture
def homes(tmp_path: Path, bare: Path, run: Run) -> tuple[Path, Path]:
    """Two homes that know the same empty remote."""
    found = tmp_path / "one/.dexter", tmp_path / "two/.dexter"
    for home in found:
        assert run(home, "sessions", "remote", "add", "origin", str(bare))[0] == 0
    return found


Homes = tuple[Path, Path]


def go_on(home: Path, session_id: str, query: str) -> None:
    with SessionManager(home) as manager:
        manager.resume(session_id)
        save(manager, query)


def test_sessions_of_one_machine_are_there_on_the_other(homes: Homes, run: Run, bare: Path) -> None:
    one, two = homes
    session = make_session(one, "What is AAPL's P/E ratio?")
    here = "0 sessions changed here, 1 session there"
    assert run(one, "sessions", "sync") == (0, f"{here} (origin, {bare}).\n", "")
    code, out, err = run(two, "sessions", "sync")
    assert (code, err) == (0, "")
    assert out == (
        f"{session}  new        1 exchange  What is AAPL's P/E ratio?\n\n"
        f"1 session changed here, 0 sessions there (origin, {bare}).\n"
    )
    same = "Nothing to do: origin and this machine have the same sessions.\n"
    assert run(one, "sessions", "sync") == run(two, "sessions", "sync") == (0, same, "")
    assert git(one, "rev-parse", "main") == git(two, "rev-parse", "main")
    assert is_sound(one) and is_sound(two)  # noqa: PT018


def test_what_both_asked_in_one_session_is_there_on_both_with_two_heads(homes: Homes, run: Run) -> None:
    one, two = homes
    session = make_session(one, "first")
    for home in homes:
        run(home, "sessions", "sync")
    go_on(one, session, "here")
    go_on(two, session, "there")
    assert run(one, "sessions", "sync")[0] == 0
    before = git(two, "rev-parse", "main")
    dry = run(two, "sessions", "sync", "--dry-run")
    assert "two heads" in dry[1]
    assert dry[1].endswith("1 session would change here, 1 session there. Nothing was changed.\n")
    assert git(two, "rev-parse", "main") == before
    found = json.loads(run(two, "sessions", "sync", "--json")[1])
    assert found["sessions"] == [{"id": session, "became": "two heads", "exchangeCount": 3}]
    assert (found["pushed"], found["sent"], found["dryRun"]) == (True, 1, False)
    assert json.loads(run(one, "sessions", "sync", "--json")[1])["pushed"] is False
    assert git(one, "rev-parse", "main") == git(two, "rev-parse", "main")
    with SessionManager(one) as manager:
        assert [each.query for each in manager.show(session).exchanges] == ["first", "here", "there"]


def test_somebody_who_was_quicker_is_met_before_pushing_again(
    homes: Homes, tmp_path: Path, bare: Path
) -> None:
    from dexter.sessions.archive import Archive
    from dexter.sessions.machines.sync import sync
    from gitstore.transport import Access

    one, two = homes
    who = {"identity": lambda: ("Ada", "ada@example.invalid")}
    third = make_session(two, "there")
    make_session(one, "here")
    hook = bare / "hooks" / "pre-receive"  # the other pushes just when ours begins
    sign = tmp_path / "done"
    hook.write_text(
        f"#!/bin/sh\ntest -e {sign} && exit 0\ntouch {sign}\n"
        f"unset GIT_DIR GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n"
        f"git -C {two}/sessions push -q {bare} main:main\n"
    )
    hook.chmod(0o755)
    waits: list[float] = []
    with Archive(one, **who) as archive:  # type: ignore[arg-type]
        found = sync(archive, "origin", Access(Path("/usr/bin/git")), sleep=waits.append)
    assert len(waits) == 1
    assert [each.session_id for each in found.sessions] == [third]
    assert found.pushed


def test_a_remote_is_added_listed_and_removed(run: Run, tmp_path: Path, bare: Path) -> None:
    home = tmp_path / ".dexter"
    assert run(home, "sessions", "remote", "list")[1] == (
        "No remotes. Add one with: dexter sessions remote add NAME URL\n"
    )
    run(home, "sessions", "remote", "add", "home", "ssh://ada:secret@example.invalid/sessions.git")
    run(home, "sessions", "remote", "add", "origin", str(bare))
    code, out, _ = run(home, "sessions", "remote", "list")
    assert (code, out) == (0, f"home    ssh://ada:***@example.invalid/sessions.git\norigin  {bare}\n")
    assert git(home, "remote").split() == ["home", "origin"]
    listed = json.loads(run(home, "sessions", "remote", "list", "--json")[1])
    assert listed["remotes"][1] == {"name": "origin", "url": str(bare)}
    assert run(home, "sessions", "remote", "remove", "home")[0] == 0
    assert run(home, "sessions", "remote", "remove", "home")[0] == 1
    assert git(home, "remote").split() == ["origin"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ext::sh -c true", "an address that names a program to run"),
        ("--upload-pack=x", "begins with a dash"),
    ],
)
def test_an_address_that_runs_something_is_refused(run: Run, tmp_path: Path, url: str, said: str) -> None:
    code, _, err = run(tmp_path / ".dexter", "sessions", "remote", "add", "bad", "--", url)
    assert code == 1
    assert said in err
    assert run(tmp_path / ".dexter", "sessions", "remote", "list", "--json")[1].count("url") == 0


def test_a_remote_that_looks_public_is_asked_about_once(run: Run, tmp_path: Path) -> None:
    home, url = tmp_path / ".dexter", "https://github.com/ada/sessions"
    code, _, err = run(home, "sessions", "remote", "add", "origin", url)
    assert code == 2
    assert "may be a public repository" in err
    assert run(home, "sessions", "remote", "add", "origin", url, "--private")[0] == 0
    assert json.loads((home / "settings.json").read_text())["privateRemotes"] == [url]


def test_that_a_remote_is_private_is_remembered_beside_all_other_settings(tmp_path: Path, run: Run) -> None:
    home = tmp_path / ".dexter"
    chosen = Settings("openai", "m", None, {"theme": 1}, (r"corp-\d+",), sign=False)
    save_settings(home / "settings.json", chosen)
    url = "https://github.com/ada/sessions.git"
    assert run(home, "sessions", "remote", "add", "origin", url, "--private")[0] == 0
    found = load_settings(home / "settings.json")
    assert found == replace(chosen, unknown={"theme": 1, "privateRemotes": [url]})


def test_what_is_wrong_is_said_in_one_sentence_with_what_to_do(run: Run, homes: Homes, bare: Path) -> None:
    one, _ = homes
    assert run(one, "sessions", "sync", "--remote", "nope")[::2] == (
        2,
        'Error: There is no remote "nope"; there are: origin.\n',
    )
    bare.rename(bare.with_name("gone.git"))
    code, out, err = run(one, "sessions", "sync")
    assert (code, out) == (1, "")
    assert "it can't be reached" in err
    assert "what is here is safe" in err
    assert json.loads(run(one, "sessions", "sync", "--json")[1])["error"].startswith("origin")


def test_without_a_remote_it_is_said_how_to_add_one(run: Run, tmp_path: Path) -> None:
    code, _, err = run(tmp_path / ".dexter", "sessions", "sync")
    assert code == 2
    assert "dexter sessions remote add" in err
    assert not (tmp_path / ".dexter").exists()


@pytest.mark.parametrize("installed", ["with git", "without git"])
def test_a_terminal_shows_how_far_it_is_and_keeps_none_of_it(
    homes: Homes, run: Run, tmp_path: Path, installed: str
) -> None:
    one, two = homes
    make_session(one, *[f"What is {number}+1?" for number in range(30)])
    path = {"PATH": str(tmp_path / "nothing")} if installed == "without git" else {}
    for home, told in ((one, "Writing objects: 100%"), (two, "Receiving objects: ")):
        with Terminal(
            ["--home", str(home), "sessions", "sync"], columns=200, rows=10, environment=path
        ) as terminal:
            assert terminal.wait_for_end() == 0
        assert told in terminal.raw or (installed == "with git" and "% (" in terminal.raw)
        assert "objects" not in terminal.text()
        assert terminal.lines()[-1].endswith(f"(origin, {tmp_path / 'bare.git'}).")
        assert all(line == line.lstrip() for line in terminal.lines())
    assert git(one, "rev-parse", "main") == git(two, "rev-parse", "main")


def test_homes_that_never_stored_anything_meet_without_a_word(run: Run, tmp_path: Path) -> None:
    homes = tmp_path / "one/.dexter", tmp_path / "two/.dexter"
    assert len({Machine(home, 1_800_000_000.0 + number).tip for number, home in enumerate(homes)}) == 2
    for home, other in (homes, homes[::-1]):
        assert run(home, "sessions", "remote", "add", "other", str(other / "sessions"))[0] == 0
    for home in homes:
        assert run(home, "sessions", "sync")[::2] == (0, "")
