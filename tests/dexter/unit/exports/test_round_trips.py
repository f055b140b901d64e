"""What we write for programs we read back as it was, whatever is in it."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from dexter.exports.formats import rendered
from dexter.imports.sources import find_sources, read_source
from dexter.sessions import SessionManager, Transcript
from tests.support.sessions import git
from tests.support.transcripts import exchange, transcript, transcripts


def read_back(text: str, ending: str) -> Transcript:
    """What import makes of an export."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x.{ending}"
        path.write_text(text, encoding="utf-8", newline="")
        (source,) = find_sources(path)
        assert source.form == "dexter"
        reading = read_source(source)
    assert reading.troubles == ()
    return reading.transcripts[0]


@pytest.mark.parametrize("form", ["json", "jsonl"])
@given(whole=transcripts())
def test_any_session_comes_back_as_it_was_from_json_and_from_json_lines(form: str, whole: Transcript):
    assert read_back(rendered(whole, form), form) == whole


@settings(max_examples=12)
@given(whole=transcripts())
def test_any_session_that_is_imported_into_an_empty_home_is_the_same_there(whole: Transcript):
    with tempfile.TemporaryDirectory() as folder:
        homes = [Path(folder) / name / ".dexter" for name in ("one", "two")]
        text = rendered(whole, "json")
        for home, form in zip(homes, ("jsonl", "json"), strict=True):
            with SessionManager(home, identity=("T", "t@example.invalid")) as manager:
                manager.import_session(read_back(text, "json"), "a test")
                found, notices = manager.transcript(whole.metadata.id)
                assert [type(each).__name__ for each in notices if "Heads" not in type(each).__name__] == []
                assert found.exchanges == whole.exchanges
                assert {key: steps for key, steps in found.steps.items() if steps} == whole.steps
                assert found.metadata == whole.metadata
                text = rendered(found, form)
                assert read_back(text, form) == whole


def test_an_exchange_over_the_limits_of_a_line_comes_back_whole(tmp_path: Path):
    long = transcript(exchange(1, "q", "answer " * 500_000), exchange(2, "two"))
    with SessionManager(tmp_path / ".dexter", identity=("T", "t@example.invalid")) as manager:
        manager.import_session(read_back(rendered(long, "jsonl"), "jsonl"), "a test")
        assert manager.transcript("a7k3m9x2")[0].exchanges == long.exchanges
    git(tmp_path / ".dexter", "fsck", "--full", "--strict")


def test_times_are_rfc_3339_and_no_line_of_json_lines_has_another_line_in_it():
    whole = transcript(exchange(1, "a\u2028b\u0085c\nd \x1b[31m \u202e"), title="T")
    lines = rendered(whole, "jsonl").split("\n")
    assert len(lines) == 3
    assert not any(ord(letter) < 32 or letter in "\u2028\u202e\x85" for line in lines for letter in line)
    head, row = (json.loads(line) for line in lines[:2])
    assert head["format"] == "dexter-session"
    assert head["session"]["createdAt"] == "2026-02-22T14:50:00.123Z"
    assert row["exchange"]["timestamp"] == "2026-02-22T14:50:01.123Z"
