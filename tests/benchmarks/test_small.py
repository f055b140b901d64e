import gzip
import sqlite3
from pathlib import Path

import pytest

from benchmarks import peers, table
from benchmarks.__main__ import LONG, QUICK, main
from benchmarks.filling import Writer
from benchmarks.homes import Homes
from benchmarks.prose import Prose
from benchmarks.saving import check
from tests.support.remotes import missing

TINY = {
    "answering": ["--rounds", "3", "--calls", "3"],
    "catalog": ["--sessions", "2", "--exchanges", "10", "--rounds", "1"],
    "listing": ["--sessions", "3", "--rounds", "1"],
    "masking": ["--rounds", "1", "--size", "2000"],
    "memory": ["--sessions", "3", "--saves", "2"],
    "meeting": ["--sessions", "3", "--exchanges", "2", "--rounds", "1"],
    "opening": ["--exchanges", "3", "--files", "1"],
    "processes": ["--sessions", "3", "--processes", "2", "--seconds", "0.1"],
    "purge": ["--commits", "12", "--sessions", "3", "--rounds", "1"],
    "recalling": ["--exchanges", "3", "--rounds", "2"],
    "remotes": ["--commits", "6", "--sessions", "3", "--rounds", "1", "--over", "http"],
    "rest": ["--sessions", "3", "--exchanges", "4"],
    "save": ["--sessions", "3", "--rounds", "2", "--acknowledged", "3"],
    "scale": ["--sessions", "3", "4", "--rounds", "1", "--exchanges", "4"],
    "startup": ["--rounds", "1", "--sessions", "2", "--exchanges", "2", "--many", "3"],
    "streaming": ["--tokens", "60", "--pace", "500"],
}
ROWS = {
    "answering": 4,
    "catalog": 4,
    "listing": 2,
    "masking": 7,
    "memory": 1,
    "meeting": 1,
    "opening": 1,
    "processes": 1,
    "purge": 1,
    "recalling": 1,
    "remotes": 11 * (missing("http") is None),
    "rest": 6,
    "save": 3,
    "scale": 4,
    "startup": 5,
    "streaming": 4,
}


@pytest.mark.parametrize("name", TINY)
def test_a_benchmark_runs_at_a_tiny_size_and_gives_lines_for_the_table(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, *TINY[name]]) == 0
    text, _, rows = capsys.readouterr().out.partition(table.HEAD + "\n")
    assert text.strip()
    assert len(rows.splitlines()) == ROWS[name]
    assert all(row.count(" | ") == 3 for row in rows.splitlines())


def test_the_table_runs_everything_there_is() -> None:
    assert sorted(name for name, _ in table.PLAN) == sorted(QUICK + LONG) == sorted(TINY)
    folder = Path(table.__file__).parent
    mains = {path.stem for path in folder.glob("*.py") if "homes: Homes) -> list[Row]" in path.read_text()}
    assert mains == set(TINY)


def test_a_benchmark_that_fails_is_a_line_in_the_table_and_the_others_asked_for_go_on(
    capfd: pytest.CaptureFixture[str],
) -> None:
    plan = [("listing", ["--nonsense"]), ("memory", ["--nonsense"]), ("rest", TINY["rest"])]
    assert table.main(["--only", "listing", "--only", "rest"], "a machine", plan) == 1
    text, _, rows = capfd.readouterr().out.partition(table.HEAD + "\n")
    first, second, *others = rows.splitlines()
    assert len(others) == ROWS["rest"] - 1  # and nothing of what was not asked for
    assert "listing" in first
    assert "failed" in first
    assert "at rest" in second
    assert text == "a machine\n\n"


def test_homes_are_made_once_and_shared(tmp_path: Path) -> None:
    home = Homes(tmp_path / "homes").filled(2)
    (home / "mark").touch()
    assert Homes(tmp_path / "homes").filled(2) == home
    assert (home / "mark").exists()
    check(home / "sessions")


def test_what_llm_keeps_is_in_its_log(tmp_path: Path) -> None:
    keep = peers.with_llm(tmp_path / "logs.db")
    if keep is None:
        pytest.skip("llm is not installed")
    writer = Writer().prepare(2)
    keep("one", writer.exchange("one"))
    keep("one", last := writer.exchange("one"))
    log = sqlite3.connect(tmp_path / "logs.db")
    kept = "\n".join(log.iterdump()).replace("''", "'")
    assert log.execute("SELECT count(*) FROM turns").fetchone() == (2,)
    log.close()
    assert last.query in kept
    assert last.answer in kept


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


def test_made_up_text_is_the_same_each_time_and_shrinks_as_english_does() -> None:
    assert Prose(1).text(2600) == Prose(1).text(2600) != Prose(2).text(2600)
    writer = Prose(3)
    text = "\n".join(writer.text(2600) for _ in range(150)).encode()
    assert 2.2 < len(text) / len(gzip.compress(text, 6)) < 3.2
