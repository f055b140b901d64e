import gzip

import pytest

from benchmarks.__main__ import main
from benchmarks.prose import Prose

TINY = {
    "save": ["--sessions", "3", "--rounds", "2", "--acknowledged", "3", "--exchanges", "4"],
    "rest": ["--sessions", "3", "--exchanges", "4"],
}


@pytest.mark.parametrize("name", TINY)
def test_a_benchmark_runs_at_a_tiny_size_and_gives_lines_for_the_table(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, *TINY[name]]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = lines[lines.index("| --- | --- | --- | --- |") + 1 :]
    assert len(rows) == {"save": 4, "rest": 6}[name]
    assert all(row.count(" | ") == 3 for row in rows)


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


def test_made_up_text_is_the_same_each_time_and_shrinks_as_english_does() -> None:
    assert Prose(1).text(2600) == Prose(1).text(2600) != Prose(2).text(2600)
    writer = Prose(3)
    text = "\n".join(writer.text(2600) for _ in range(150)).encode()
    assert 2.2 < len(text) / len(gzip.compress(text, 6)) < 3.2
