"""`dexter sessions export` and `import` as users call them: output, files, exit codes, messages."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dexter.sessions import SessionManager
from tests.support.sessions import TOOL, dexter, dexter_json, git, make_session
from tests.support.transcripts import HOSTILE, exchange, transcript

FIXTURES = Path(__file__).parents[3] / "fixtures" / "imports"
CLAUDE = FIXTURES / "claude-code.jsonl"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / ".dexter"
    make_session(home, "What is 1+1?", "and 2+2?", session_id="a7k3m9x2", steps=(TOOL,))
    return home


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return tmp_path / "other" / ".dexter"


def test_markdown_goes_to_standard_output_unless_something_else_is_said(home: Path):
    done = dexter("sessions", "export", "a7", home=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# Session a7k3m9x2\n")
    assert "## 2. and 2+2?\n" in done.stdout
    assert dexter("sessions", "export", "a7", "-f", "md", "-o", "-", home=home).stdout == done.stdout
    assert dexter("session", "export", "a7", "--format", "JSONL", home=home).stdout.count("\n") == 3


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("x.md", "# "), ("x.JSON", "{\n"), ("x.jsonl", '{"format"'), ("x.html", "<!DOCTYPE"), ("x", "# ")],
)
def test_the_name_of_the_file_says_the_format(name: str, beginning: str, home: Path):
    done = dexter("sessions", "export", "a7", "-o", name, home=home)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"Session a7k3m9x2 (2 exchanges) written to {name}.\n"
    assert Path(name).read_text().startswith(beginning)
    assert [each.name for each in Path().iterdir()] == [name]


def test_a_file_that_is_there_is_never_replaced(home: Path):
    Path("mine.md").write_text("mine")
    Path("link.md").symlink_to("nowhere")
    for name in ("mine.md", "link.md"):
        done = dexter("sessions", "export", "a7", "-o", name, home=home)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("Error: ")
        assert f"{name} is there already and was left as it is" in done.stderr
    assert Path("mine.md").read_text() == "mine"
    assert sorted(each.name for each in Path().iterdir()) == ["link.md", "mine.md"]


def test_what_makes_no_sense_or_is_not_there_is_one_sentence(home: Path):
    for code, said, *arguments in (
        (2, 'There is no format "pdf"', "a7", "-f", "pdf"),
        (2, '".pdf" says no format', "a7", "-o", "x.pdf"),
        (1, 'Session "zz" not found', "zz"),
        (1, "can't be written (No such file or directory)", "a7", "-o", "no/where.md"),
    ):
        done = dexter("sessions", "export", *[str(each) for each in arguments], home=home)
        assert (done.returncode, done.stdout) == (code, "")
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_an_export_comes_back_in_another_home_and_a_second_time_nothing_changes(home: Path, other: Path):
    dexter("sessions", "export", "a7", "-o", "x.json", home=home)
    dry = dexter("sessions", "import", "x.json", "--dry-run", home=other)
    assert dry.stdout == (
        "a7k3m9x2  2 exchanges to import from dexter x.json\n1 session to import, nothing was changed.\n"
    )
    assert not other.exists()
    done = dexter("sessions", "import", "x.json", home=other)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "a7k3m9x2  2 exchanges imported from dexter x.json\n1 session imported.\n"
    assert git(other, "log", "-1", "--format=%s") == "a7k3m9x2: imported from dexter x.json\n"
    again = dexter("sessions", "import", "x.json", home=other)
    assert again.stdout == "a7k3m9x2  all of it is there already, nothing changed\nNothing was changed.\n"
    assert again.returncode == 0
    assert git(other, "rev-list", "--count", "HEAD") == "2\n"
    ways = (dexter("sessions", "export", "a7", "-f", "jsonl", home=each).stdout for each in (home, other))
    assert len(set(ways)) == 1
    assert dexter("sessions", "verify", home=other).returncode == 0


def test_foreign_sessions_are_taken_in_and_what_is_broken_is_told_with_its_line(other: Path):
    done = dexter("sessions", "import", str(FIXTURES), str(FIXTURES / "plain"), home=other)
    assert done.returncode == 0
    assert done.stdout.endswith("6 sessions imported.\n")
    assert f"Left out of {CLAUDE}: line 15 (cut off).\n" in done.stderr
    found = dexter_json("sessions", "list", home=other)
    assert found["count"] == 6
    assert dexter("sessions", "verify", home=other).returncode == 0
    again = dexter("sessions", "import", str(FIXTURES), str(FIXTURES / "plain"), home=other)
    assert again.stdout.endswith("Nothing was changed.\n")
    assert git(other, "rev-list", "--count", "HEAD") == "7\n"
    claude = next(each for each in found["sessions"] if each["title"] == "Margins of two makers")
    shown = dexter("sessions", "show", claude["id"], home=other).stdout
    assert "And with C?" in shown
    assert "\x1b" not in shown
    resumed = dexter("--session", claude["id"], "--print", "1+1", "-m", "offline", "--json", home=other)
    assert json.loads(resumed.stdout)["status"] == "complete"


def test_json_says_all_of_it(other: Path):
    shutil.copy(CLAUDE, "one.jsonl")
    done = dexter("sessions", "import", "one.jsonl", "none.jsonl", "--json", home=other)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    (session,) = found["sessions"]
    assert (session["from"], session["created"], len(session["added"])) == ("claude-code", True, 4)
    assert session["commit"] == git(other, "rev-parse", "HEAD").strip()
    assert found["leftOut"] == [{"file": str(Path.cwd() / "one.jsonl"), "line": 15, "reason": "cut off"}]
    assert (found["count"], found["dryRun"], len(found["errors"])) == (1, False, 1)


def test_one_file_that_cannot_be_read_does_not_keep_the_others_out(other: Path):
    shutil.copy(CLAUDE, "good.jsonl")
    Path("odd\x1b[2J.jsonl").write_text('{"mine": true}\n')
    newer = {"format": "dexter-session", "version": 2, "session": {}, "exchanges": []}
    Path("newer.json").write_text(json.dumps(newer))
    Path("bad.json").write_text('{"format": "dexter-session", "version": 1, "session": {"id": "../../x"}}')
    names = ["odd\x1b[2J.jsonl", "newer.json", "bad.json", "good.jsonl"]
    done = dexter("sessions", "import", *names, home=other)
    assert done.returncode == 1
    assert done.stdout.endswith("1 session imported.\n")
    assert "\x1b" not in done.stderr
    assert "its format is not known" in done.stderr
    assert "newer.json can't be imported (a newer dexter wrote it)" in done.stderr
    assert "bad.json can't be imported (its metadata is none" in done.stderr


def test_whose_format_it_is_can_be_said_and_must_be_known(other: Path):
    done = dexter("sessions", "import", str(CLAUDE), "--from", "gptme", home=other)
    assert "line 1 (no message)" in done.stderr
    assert done.returncode == 0
    assert done.stdout == "Nothing was changed.\n"
    wrong = dexter("sessions", "import", str(CLAUDE), "--from", "pidgin", home=other)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert 'There is no format "pidgin" to import' in wrong.stderr
    assert dexter("sessions", "import", home=other).returncode == 2


def test_no_control_character_of_a_session_reaches_a_terminal_through_an_export(tmp_path: Path):
    home = tmp_path / "hostile" / ".dexter"
    whole = transcript(exchange(1, "\x1b[2J" + HOSTILE, "\x9b31m\u202e" + HOSTILE), title="\x1b]0;t\x07")
    with SessionManager(home, identity=("T", "t@example.invalid")) as manager:
        manager.import_session(whole, "x")
    for form in ("md", "json", "jsonl", "html"):
        shown = dexter("sessions", "export", "a7", "-f", form, home=home).stdout
        assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in shown)
        assert not set(shown) & set("\x7f\x9b\u202e")


@pytest.mark.parametrize("command", [["export", "a7", "-f", "html"], ["import", str(CLAUDE)]], ids=" ".join)
def test_neither_command_imports_a_model_a_screen_or_asyncio(command: list[str], home: Path):
    unwanted = "asyncio prompt_toolkit pydantic pydantic_ai rich httpx2 openai"
    look = (
        "import sys\nfrom dexter.cli.app import main\nmain(sys.argv[2:])\n"
        "print([name for name in sys.argv[1].split() if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", look, unwanted, "--home", str(home), "sessions", *command],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "[]"
