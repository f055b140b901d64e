"""Git asks dexter to merge: then a plain git merge makes the tree that two machines make who meet."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dexter.cli.app import main
from gitstore.disk.files import Files
from gitstore.git import drivers
from tests.support.machines import Machine
from tests.support.sessions import dexter

ROOT = Path(__file__).parents[3]
_MEMORY = Path("/dev/shm")  # flushing is not what is tried here
RUNS = int(os.environ.get("MERGES", "8"))


def merge(one: Machine, two: Machine, *options: str) -> subprocess.CompletedProcess[str]:
    """What git says to merging; it finds the program that is tested here."""
    command = ["git", "-C", str(one.sessions), "pull", "--no-rebase", "--no-edit", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [*command, str(two.sessions), "main"]
    return subprocess.run(arguments, check=False, capture_output=True, text=True, env=environment)


def be_somebody(*machines: Machine) -> None:
    for machine in machines:
        machine.git("config", "user.name", "A Person")
        machine.git("config", "user.email", "person@example.invalid")


def install(machine: Machine) -> None:
    assert main(["--home", str(machine.home), "sessions", "merge-driver", "--install"]) == 0


def joined(one: Machine, two: Machine) -> str:
    copy = Machine(one.home.with_name("copy"))
    shutil.copytree(one.home, copy.home)
    copy.take(two)
    tree = copy.git("rev-parse", "main^{tree}")
    shutil.rmtree(copy.home)
    return tree


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Machine, Machine, str]]:
    """Two machines that went on apart with one session; the first has the driver."""
    one, two = Machine(tmp_path / "one's 100% own/home"), Machine(tmp_path / "two", 1_800_000_500.5)
    session = one.ask(None, "first")
    two.take(one)
    be_somebody(one, two)
    install(one)
    one.ask(session, "here")
    two.ask(session, "there")
    with two.manager() as manager:
        manager.rename_session(session, "Title")
    yield one, two, session
    one.git("fsck", "--full", "--strict")


def test_git_merges_as_machines_do_who_meet_and_dexter_has_nothing_left_to_do(
    pair: tuple[Machine, Machine, str],
) -> None:
    one, two, session = pair
    wanted = joined(one, two)
    done = merge(one, two)
    assert done.returncode == 0, done.stdout + done.stderr
    assert one.git("rev-parse", "main^{tree}") == wanted
    assert dexter("sessions", "verify", home=one.home).returncode == 0
    merged = one.git("rev-parse", "main")
    one.ask(session, "next")
    assert one.git("rev-parse", "main~1") == merged
    assert one.queries(session) == ["first", "here", "there", "next"]
    assert one.git("show", "main:.gitattributes") == "* -text\n*.jsonl merge=union"


def test_two_ancestors_are_merged_on_the_way(pair: tuple[Machine, Machine, str]) -> None:
    """Each merged the other, and both went on: git merges the two ancestors first, also by the driver."""
    one, two, session = pair
    install(two)
    tips = [machine.git("rev-parse", "main") for machine in (one, two)]
    for machine, other, tip in ((one, two, tips[1]), (two, one, tips[0])):
        machine.git("fetch", "-q", str(other.sessions), tip)
        command = ["git", "-C", str(machine.sessions), "merge", "-q", "--no-edit", "FETCH_HEAD"]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    one.ask(session, "here again")
    two.ask(session, "there again")
    wanted = joined(one, two)
    assert merge(one, two).returncode == 0
    one.ask(None, "any change")
    found = one.git("log", "--format=%T")
    assert wanted in found.split()
    assert one.queries(session) == ["first", "here", "there", "here again", "there again"]


def test_a_record_of_one_id_and_other_content_is_kept_by_git_and_put_beside_afterwards(
    pair: tuple[Machine, Machine, str],
) -> None:
    one, two, session = pair
    for machine, answer in ((one, "short"), (two, "rather long")):
        path = machine.sessions / f"cli/{session}/history.jsonl"
        line = json.loads(path.read_text().splitlines()[0])
        line |= {"id": "by-hand", "query": "typed", "answer": answer, "parentId": None}
        path.write_text(path.read_text() + json.dumps(line) + "\n")
        machine.git("commit", "-qam", "by hand")
    wanted = joined(one, two)
    assert merge(one, two).returncode == 0
    content = one.git("show", f"main:cli/{session}/history.jsonl")
    assert content.index("rather long") < content.index("short")
    one.ask(None, "any change")
    assert wanted in one.git("log", "--format=%T").split()
    history = one.git("show", f"main:cli/{session}/history.jsonl")
    assert ("rather long" in history, '"short"' in history) == (True, False)
    (beside,) = one.sessions.glob(f"cli/{session}/history.jsonl.*")
    assert json.loads(beside.read_text())["answer"] == "short"


def test_what_is_no_file_of_a_session_is_left_to_git_s_merge_of_lines(
    pair: tuple[Machine, Machine, str],
) -> None:
    one, two, session = pair
    for machine in (one, two):
        path = machine.sessions / f"cli/{session}/session.json"
        path.write_text(f"[{machine.home.name}]\n")
        machine.git("commit", "-qam", "by hand")
    done = merge(one, two)
    assert done.returncode == 1
    what = "is no file of a session that can be read; merged by lines."
    assert f"dexter: cli/{session}/session.json {what}" in done.stdout + done.stderr
    marked = (one.sessions / f"cli/{session}/session.json").read_text()
    assert marked == "<<<<<<< ours\n[home]\n=======\n[two]\n>>>>>>> theirs\n"
    assert f"UU cli/{session}/session.json" in one.git("status", "--porcelain")
    one.git("commit", "-qam", "whatever")
    one.ask(None, "any change")
    assert one.queries(session) == ["first", "here", "there"]


def test_files_that_are_given_by_hand_are_merged_whole_or_not_at_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / name for name in ("base", "ours", "theirs")]
    lines = [f'{{"id": "{number}"}}\n' for number in range(3)]
    for file, content in zip(files, (lines[0], lines[0] + lines[2], lines[0] + lines[1]), strict=True):
        file.write_text(content)
    names = list(map(str, files))
    assert main(["sessions", "merge-driver", *names, "cli/a7k3m9x2/history.jsonl"]) == 0
    assert files[1].read_text() == "".join(lines)
    assert [path.name for path in tmp_path.glob("ours*")] == ["ours"]
    files[2].unlink()
    assert main(["sessions", "merge-driver", *names, "cli/a7k3m9x2/history.jsonl"]) == 1
    assert "cli/a7k3m9x2/history.jsonl is not merged: No such file" in capsys.readouterr().err
    assert files[1].read_text() == "".join(lines)
    for wrong in (["--install", *names, "x"], [], ["--install", "--remove"], names):
        assert main(["--home", str(tmp_path / "h"), "sessions", "merge-driver", *wrong]) == 2
    assert not (tmp_path / "h").exists()


def test_what_lies_in_the_work_tree_is_never_run(pair: tuple[Machine, Machine, str]) -> None:
    """Others fill it, and git starts the driver there."""
    one, two, _ = pair
    for name in ("dexter/__init__.py", "dexter/__main__.py", "msgspec.py", "json.py"):
        path = one.sessions / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("open('run', 'w'); raise SystemExit(0)\n")
    done = merge(one, two)
    assert done.returncode == 0, done.stderr
    assert not (one.sessions / "run").exists()


def test_installing_twice_is_once_and_removing_leaves_what_a_person_wrote(tmp_path: Path) -> None:
    one = Machine(tmp_path / "home")
    install(one)
    attributes = one.sessions / ".git/info/attributes"
    config = one.sessions / ".git/config"
    once = attributes.read_text(), config.read_text()
    attributes.write_text("*.txt binary\n" + once[0])
    install(one)
    assert (attributes.read_text(), config.read_text()) == ("*.txt binary\n" + once[0], once[1])
    assert one.git("check-attr", "merge", "cli/a7k3m9x2/session.json").endswith(": dexter")
    assert main(["--home", str(one.home), "sessions", "merge-driver", "--remove"]) == 0
    assert attributes.read_text() == "*.txt binary\n"
    assert one.git("check-attr", "merge", "cli/a7k3m9x2/history.jsonl").endswith(": union")
    assert "merge" not in config.read_text()


@pytest.mark.parametrize("command", ["'/a b/python' -P %O", 'x "y" \\z #c ; %%', " blanks "])
def test_git_reads_the_command_as_it_was_meant(tmp_path: Path, command: str) -> None:
    one = Machine(tmp_path / "home")
    with one.archive() as archive:
        archive.make()
    git = one.sessions / ".git"
    drivers.install(Files(), git, "mine", title="t", command=command, patterns=["*.x"])
    read = ["git", "-C", str(one.sessions), "config", "-z", "merge.mine.driver"]
    assert subprocess.run(read, check=True, capture_output=True, text=True).stdout == f"{command}\0"


DOING = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 2), st.sampled_from(["ask", "ask", "name", "tag", "delete"])),
    max_size=7,
)


def do(machine: Machine, session: str, what: str, number: int) -> None:
    if what == "ask":
        if session in machine.ids():
            machine.ask(session, f"query {number}")
        return
    with machine.manager() as manager:
        if session not in {each.id for each in manager.list_sessions()}:
            return
        if what == "name":
            manager.rename_session(session, f"title {number % 3}")
        elif what == "tag":
            manager.tag_session(session, [f"tag {number % 3}"], [f"tag {(number + 1) % 3}"])
        else:
            manager.delete_session(session)


@settings(max_examples=RUNS)
@given(DOING, st.sampled_from(["driver", "ours", "theirs", "marks"]), st.sampled_from([-1000.0, 0.25, 3.0]))
def test_whatever_two_did_git_and_dexter_come_to_the_tree_that_meeting_comes_to(
    doing: list[tuple[int, int, str]], way: str, skew: float
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="merges-", dir=_MEMORY if _MEMORY.is_dir() else None))
    try:
        one, two = Machine(folder / "one"), Machine(folder / "two", 1_800_000_100.0 + skew)
        sessions = [one.ask(None, f"first {number}") for number in range(3)]
        two.take(one)
        be_somebody(one, two)
        if way == "driver":
            install(one)
        for number, (which, session, what) in enumerate(doing):
            do((one, two)[which], sessions[session], what, number)
        wanted = joined(one, two)
        options = ["-X", way] if way in {"ours", "theirs"} else []
        clean = merge(one, two, *options).returncode == 0
        if not clean:
            one.git("add", "-A")
            one.git("commit", "-q", "--no-edit")
        elif way == "driver":
            assert one.git("rev-parse", "main^{tree}") == wanted, "of git's merge alone"
        with one.archive() as archive:
            assert archive.put_right() is None
        assert one.git("rev-parse", "main^{tree}") == wanted
        assert one.git("status", "--porcelain") == ""
        two.take(one)
        assert two.tip == one.tip
    finally:
        shutil.rmtree(folder, ignore_errors=True)
