"""Which options there are and which make sense together; nothing here starts a chat."""

from pathlib import Path

import pytest

from dexter import __version__
from dexter.cli.app import main
from dexter.cli.arguments import parse
from dexter.cli.options import Options
from dexter.errors import UsageError
from dexter.paths import Home
from tests.support.sessions import make_session

NONSENSE = [
    ["--json"],
    ["--bogus"],
    ["nonsense"],
    ["sessions", "nonsense"],
    ["sessions", "show"],
    ["sessions", "show", "a", "b"],
    ["sessions", "rename", "a7k3m9x2"],
    ["sessions", "delete"],
    ["sessions", "rewind", "a7k3m9x2"],
    ["sessions", "diff", "a7k3m9x2"],
    ["--continue", "undo"],
    ["sessions", "list", "--limit", "0"],
    ["sessions", "list", "--limit", "many"],
    ["sessions", "list", "--deleted", "--at", "main"],
    ["--session"],
    ["--session", "a7k3m9x2", "--continue"],
    ["--session", "a7k3m9x2", "--resume"],
    ["--continue", "--resume"],
    ["--print", "q", "--resume"],
    ["--list-sessions", "--delete-session", "a7k3m9x2"],
    ["--list-sessions", "--print", "q"],
    ["--delete-session", "a7k3m9x2", "--session", "a7k3m9x2"],
    ["--delete-session", "a7k3m9x2", "--json"],
    ["--json", "sessions", "list"],
    ["--continue", "sessions", "list"],
    ["--refresh", "sessions", "list"],
    ["--home", "", "sessions", "list"],
]


def options(*arguments: str) -> Options:
    """The options that a chat would be started with."""
    action = parse(arguments)
    (found,) = action.args  # type: ignore[attr-defined]
    assert isinstance(found, Options)
    return found


@pytest.mark.parametrize("arguments", NONSENSE, ids=" ".join)
def test_nonsense_is_wrong_usage_with_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: ")
    assert len(err.splitlines()) == 1
    assert not Path(".dexter").exists()


def test_every_flag_of_a_chat_reaches_it(tmp_path: Path):
    found = options("-s", "a7", "-p", "-", "-m", "openai:gpt-5", "--json", "--home", str(tmp_path / "h"))
    assert (found.session, found.print_query, found.model, found.json) == ("a7", "-", "openai:gpt-5", True)
    assert found.home == tmp_path / "h"
    assert options("-c").continue_
    assert options("-r").resume
    assert options("--no-session").no_session
    assert options("--refresh").refresh
    assert options("--print", "-5 + 3").print_query == "-5 + 3"
    assert options("--print", "").print_query == ""


def test_the_data_directory_is_the_nearest_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert options().home == folder / ".dexter"
    (tmp_path / ".dexter").mkdir()
    assert options().home == tmp_path / ".dexter"
    monkeypatch.setenv("DEXTER_HOME", "elsewhere")
    assert options().home == folder / "elsewhere"
    assert options("--home", "named").home == folder / "named"
    monkeypatch.setenv("DEXTER_HOME", "")
    assert options().home == tmp_path / ".dexter"
    assert Home(options().home).sessions == tmp_path / ".dexter" / "sessions"


def test_home_is_understood_before_and_after_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    home = str(tmp_path / "h")
    make_session(Path(home), "q", session_id="aaaa0000")
    for arguments in (
        ["--home", home, "sessions", "list"],
        ["sessions", "--home", home, "list"],
        ["sessions", "list", "--home", home],
    ):
        assert main(arguments) == 0
        assert "aaaa0000" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]):
    for arguments in (["--version"], ["--home", "x", "--version"]):
        assert main(arguments) == 0
        assert capsys.readouterr().out == f"dexter {__version__}\n"


def test_help_names_every_command_that_works_and_no_other(capsys: pytest.CaptureFixture[str]):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    flags = ("--session", "--continue", "--resume", "--print", "--model", "--home", "--no-session", "--json")
    for flag in (*flags, "--list-sessions", "--delete-session", "--version", "--help"):
        assert flag in text
    assert "\n  undo " in text
    assert main(["sessions", "--help"]) == 0
    text = capsys.readouterr().out
    working = (
        "list",
        "show",
        "log",
        "search",
        "rename",
        "delete",
        "restore",
        "export",
        "sync",
        "remote",
        "import",
        "stats",
        "verify",
        "repair",
        "pack",
        "path",
        "fork",
        "rewind",
        "tag",
        "diff",
        "undo",
        "purge",
        "sign",
        "merge-driver",
    )
    for command in working:
        assert f"\n  {command} " in text
    for command in ("list", "ls", "show", "log", "rename", "delete", "rm", "restore", "path"):
        assert main(["session", command, "--help"]) == 0
        assert "Usage: dexter session" in capsys.readouterr().out


def test_an_unknown_option_is_an_error_that_says_where_help_is():
    with pytest.raises(UsageError, match="See: dexter sessions list --help"):
        parse(["sessions", "list", "--bogus"])
