"""The real program in a process of its own: start-up, pipes, signals, homes that can't be used, bugs."""

import importlib.util
import json
import os
import re
import signal
import stat
import subprocess
import sys
import unicodedata
from pathlib import Path

import pexpect
import pytest

from tests.support.sessions import dexter, dexter_json, git, make_session, powerless

UNWANTED = (
    "asyncio", "dulwich.porcelain", "httpx2", "openai", "prompt_toolkit", "pydantic", "pydantic_ai", "rich",
)  # fmt: skip
LOOK = """
import sys
from dexter.cli.app import main
code = main(sys.argv[2:])
print([name for name in sys.argv[1].split() if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".dexter"


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["sessions", "list"], ["sessions", "show", "a"]]
)
def test_commands_that_answer_at_once_import_no_model_and_no_screen(arguments: list[str], home: Path):
    make_session(home, "q", session_id="aaaa0000")
    where = [] if arguments == ["--version"] else ["--home", str(home)]
    done = subprocess.run(
        [sys.executable, "-c", LOOK, " ".join(UNWANTED), *where, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "[]"


NOT_FOR_A_LIST = (
    "dexter.cli.stored.altering", "dexter.cli.exits", "dexter.cli.stored.searching", "dexter.exports",
    "dexter.imports", "dexter.keys", "dexter.sessions.branching", "dexter.sessions.writing.changes",
    "dexter.sessions.catalog.checking", "dexter.sessions.catalog.counting", "dexter.sessions.current",
    "dexter.sessions.writing.importing", "dexter.sessions.memory", "dexter.sessions.merging.merging",
    "dexter.sessions.writing.saving", "dexter.sessions.drafts.scratchpad", "dexter.sessions.searching.search",
    "dexter.sessions.store", "dexter.sessions.undoing", "dexter.sessions.catalog.words", "dexter.settings",
    "gitstore.committing.joining", "gitstore.transport", "http", "logging", "markdown_it", "secrets",
)  # fmt: skip


def test_a_list_loads_nothing_of_what_other_commands_need(home: Path):
    make_session(home, "q", session_id="aaaa0000")
    done = subprocess.run(
        [sys.executable, "-c", LOOK, " ".join(NOT_FOR_A_LIST), "--home", str(home), "sessions", "list"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_version_imports_next_to_nothing():
    done = subprocess.run(
        [sys.executable, "-c", LOOK, "typer msgspec gitstore subprocess", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == "[]\n"


NOT_FOR_A_PROMPT = (
    "dexter.agent.agent", "dexter.cli.exits", "dexter.cli.stored.session_arguments",
    "dexter.sessions.manager", "dexter.tools.registry", "gitstore", "pydantic", "rich", "sqlite3",
)  # fmt: skip


def test_a_prompt_waits_for_no_repository_no_tool_and_no_model_library():
    code = (
        "import sys, dexter.cli.asking.chat, dexter.terminal.screen;"
        "from dexter.cli.arguments import parse; parse([]);"
        "print([name for name in sys.argv[1].split() if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, " ".join(NOT_FOR_A_PROMPT)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_what_is_not_to_be_loaded_goes_by_that_name():
    names = {*UNWANTED, *NOT_FOR_A_LIST, *NOT_FOR_A_PROMPT}
    assert [name for name in names if importlib.util.find_spec(name) is None] == []


def test_a_wrong_session_shows_the_latest_five(home: Path):
    for number in range(6):
        make_session(home, f"What is {number}?", session_id=f"aaaa000{number}")
    done = dexter("--session", "xyz12345", home=home)
    assert (done.returncode, done.stdout) == (1, "")
    blocks = done.stderr.split("\n\n")
    assert blocks[0] == 'Error: Session "xyz12345" not found.'
    head, *lines = blocks[1].splitlines()
    assert head == "Available sessions:"
    assert [line[2:10] for line in lines] == [f"aaaa000{number}" for number in (5, 4, 3, 2, 1)]
    assert re.fullmatch(r'  aaaa0005  \d{4}-\d\d-\d\d \d\d:\d\d  "What is 5\?"', lines[0])
    assert blocks[2] == "Use --list-sessions to see all sessions.\n"
    assert len(blocks) == 3


def test_a_wrong_session_where_there_is_none(home: Path):
    done = dexter("--session", "xyz12345", home=home)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", 'Error: Session "xyz12345" not found.\n')
    assert not home.exists()


def test_a_reader_who_goes_away_is_no_error(home: Path):
    for number in range(3):
        make_session(home, f"{number} " * 40, answer="x\n" * 60_000)
    session_id = dexter_json("sessions", "list", home=home)["sessions"][0]["id"]
    with subprocess.Popen(
        [sys.executable, "-m", "dexter", "--home", str(home), "sessions", "show", session_id],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_an_interrupt_at_the_question_deletes_nothing(home: Path):
    session_id = make_session(home, "q")
    with subprocess.Popen(
        [sys.executable, "-m", "dexter", "--home", str(home), "sessions", "delete", session_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"Delete session ")
        process.stdout.read(len("Type 'yes' to confirm: "))
        process.send_signal(signal.SIGINT)
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 130
    assert session_id in dexter("sessions", "list", home=home).stdout


@pytest.mark.parametrize("width", [40, 100])
def test_a_terminal_shortens_the_preview_and_nothing_else(width: int, home: Path):
    make_session(home, "日本の株価は" * 12, session_id="aaaa0000")
    make_session(home, "What is the price? " * 5, session_id="bbbb0000")
    environment = {**os.environ, "COLUMNS": str(width)}
    command = f"{sys.executable} -m dexter --home {home} sessions list"
    shown = pexpect.run(command, env=environment, encoding="utf-8", timeout=30).replace("\r\n", "\n")
    piped = dexter("sessions", "list", home=home).stdout
    for line, whole in zip(shown.splitlines()[1:3], piped.splitlines()[1:3], strict=True):
        assert line.endswith("...")
        assert line[:63] == whole[:63]
        assert whole.startswith(line.removesuffix("...").rstrip())
        wide = sum(unicodedata.east_asian_width(each) in "WF" for each in line)
        assert len(line) + wide <= max(width, 63 + 10)
    assert "日本の株価は" * 12 in piped


def test_output_that_can_not_be_written_is_one_sentence(home: Path):
    make_session(home, "q")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "dexter", "--home", str(home), "sessions", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "Error: The output can't be written: No space left on device.\n"


def test_an_error_that_nobody_can_read_has_its_exit_code_all_the_same(home: Path):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "dexter", "--home", str(home), "sessions", "show", "nosuch12"],
            stdout=subprocess.PIPE,
            stderr=full,
            check=False,
        )
    assert (done.returncode, done.stdout) == (1, b"")


def test_closed_standard_streams_are_no_mistake(home: Path):
    make_session(home, "q")
    command = f"exec {sys.executable} -m dexter --home {home} sessions list >&- <&-"
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_output_in_a_poor_encoding_is_written_all_the_same(home: Path):
    make_session(home, "Was kostet 日本?")
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = dexter("sessions", "list", home=home, environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Was kostet ??" in done.stdout
    listed = dexter("sessions", "list", "--json", home=home, environment=environment)
    assert json.loads(listed.stdout)["sessions"][0]["firstQuery"] == "Was kostet 日本?"


def test_arguments_that_are_not_utf8_are_not_found(home: Path):
    make_session(home, "q")
    done = dexter("sessions", "show", b"caf\xe9", home=home)
    assert done.returncode == 1
    assert done.stderr.startswith('Error: Session "caf\ufffd" not found.')


def break_home(home: Path, kind: str) -> None:
    """Put something at the place of the data directory or of its repository that is none."""
    if kind == "a file":
        home.write_text("x")
        return
    home.mkdir()
    sessions = home / "sessions"
    if kind == "sessions is a file":
        sessions.write_text("x")
    elif kind == "other files":
        sessions.mkdir()
        (sessions / "a.txt").write_text("x")
    else:
        (sessions / ".git").mkdir(parents=True)
        (sessions / ".git" / "x").write_text("x")


@pytest.mark.parametrize("kind", ["a file", "sessions is a file", "other files", "no repository"])
def test_a_home_that_is_none_is_one_sentence_and_stays_as_it_is(kind: str, home: Path):
    break_home(home, kind)
    before = sorted(str(path) for path in home.parent.rglob("*"))
    for arguments in (["sessions", "list"], ["--session", "a7k3m9x2"], ["--print", "1+1"]):
        done = dexter(*arguments, home=home)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("Error: The ")
        assert "nothing was changed" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert before == sorted(str(path) for path in home.parent.rglob("*"))


def test_a_newer_format_is_refused_and_left(home: Path):
    make_session(home, "q")
    (home / "sessions/gitstore.json").write_text('{"format": 2}')
    git(home, "commit", "-qam", "newer")
    before = git(home, "rev-parse", "HEAD")
    for arguments in (["sessions", "list"], ["--print", "1+1"]):
        done = dexter(*arguments, home=home)
        assert (done.returncode, done.stdout) == (1, "")
        assert "newer dexter" in done.stderr
    assert git(home, "rev-parse", "HEAD") == before


def test_a_read_only_home_is_read_and_what_can_not_be_written_is_said(home: Path):
    session_id = make_session(home, "q")
    paths = [home, *home.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths}
    for path in paths:
        path.chmod(stat.S_IMODE(modes[path]) & 0o555)
    try:
        command = [sys.executable, "-m", "dexter", "--home", str(home)]
        listed, renamed, resumed = (
            subprocess.run(powerless(*command, *arguments), capture_output=True, text=True, check=False)
            for arguments in (
                ["sessions", "list"],
                ["sessions", "rename", session_id, "T"],
                ["--session", session_id, "--no-session", "--print", "1+1"],
            )
        )
    finally:
        for path in paths:
            path.chmod(modes[path])
    assert (listed.returncode, listed.stderr) == (0, "")
    assert session_id in listed.stdout
    assert (renamed.returncode, renamed.stdout) == (1, "")
    assert renamed.stderr.startswith("Error: Nothing was saved now (")
    assert (resumed.returncode, "2" in resumed.stdout) == (0, True)


def test_a_resume_that_can_not_be_written_down_still_resumes_and_says_so(home: Path):
    session_id = make_session(home, "q")
    program = (
        "import sys\n"
        "from dexter.sessions import SessionManager\n"
        "resumed = SessionManager(sys.argv[1]).resume(sys.argv[2])\n"
        "print(len(resumed.exchanges), [type(each).__name__ for each in resumed.notices])\n"
    )
    folders = [path for path in (home, *home.rglob("*")) if path.is_dir()]
    for path in folders:
        path.chmod(0o555)
    try:
        command = powerless(sys.executable, "-c", program, str(home), session_id)
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    finally:
        for path in folders:
            path.chmod(0o755)
    assert done.stdout == "1 ['ResumeNotRecorded']\n"


def test_a_folder_of_files_without_a_repository_is_adopted_and_told(home: Path):
    folder = home / "sessions/cli/a7k3m9x2"
    folder.mkdir(parents=True)
    line = {"id": "e1", "timestamp": 7, "query": "by hand", "answer": "!", "model": "m", "status": "complete"}
    (folder / "history.jsonl").write_text(json.dumps({**line, "duration": 1}) + "\n")
    done = dexter("sessions", "list", home=home)
    assert done.returncode == 0
    assert "by hand" in done.stdout
    assert "was no git repository and is one now" in done.stderr
    assert dexter("sessions", "show", "a7", home=home).returncode == 0


def test_a_bug_is_one_sentence_and_its_traceback_lies_in_a_log_without_keys(home: Path):
    make_session(home, "q")
    program = (
        "import sys\n"
        "from dexter.cli import app\n"
        "from dexter.cli.stored import sessions\n"
        "def list_(*_, **__): raise RuntimeError('broken by sk-abcdefghijklmnop and hunter2hunter2')\n"
        "sessions.list_ = list_\n"
        f"sys.exit(app.main(['--home', {str(home)!r}, 'sessions', 'list']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SOME_API_KEY": "hunter2hunter2"},
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.endswith(f"The details are in {home}/dexter.log\n")
    log = (home / "dexter.log").read_text()
    assert "RuntimeError: broken by" in log
    assert "hunter2" not in log
    assert "sk-abc" not in log
    assert stat.S_IMODE((home / "dexter.log").stat().st_mode) == 0o600
