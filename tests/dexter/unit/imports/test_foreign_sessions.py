"""Sessions of other programs: what was asked, done and answered there is what is here."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from dexter.imports.conversation import Conversation
from dexter.imports.errors import NotImportable
from dexter.imports.sources import find_sources, read_source
from dexter.imports.values import Trouble
from dexter.sessions import ReasoningStep, TextStep, ToolStep, Transcript

FIXTURES = Path(__file__).parents[4] / "fixtures" / "imports"
ROLLOUT = next(FIXTURES.glob("rollout-*.jsonl"))


def read(path: Path, form: str | None = None) -> tuple[Transcript, tuple[Trouble, ...]]:
    """The one session at a path, and what was left out."""
    (source,) = find_sources(path, form)
    reading = read_source(source)
    (transcript,) = reading.transcripts
    return transcript, reading.troubles


def database(tmp_path: Path, name: str) -> Path:
    """A `logs.db` made of a fixture."""
    path = tmp_path / "logs.db"
    connection = sqlite3.connect(path)
    connection.executescript((FIXTURES / f"{name}.sql").read_text())
    connection.close()
    return path


def told(transcript: Transcript) -> list[tuple[str, str, str]]:
    """Query, answer and status of each exchange."""
    return [(each.query, each.answer, each.status) for each in transcript.exchanges]


def test_a_session_of_claude_code_keeps_its_branch_its_steps_and_its_tokens():
    found, troubles = read(FIXTURES / "claude-code.jsonl")
    first, second, third, fourth = found.exchanges
    assert told(found) == [
        ("Which has the better margin?\nA or B?", "**A** has: 31% against 27%.", "complete"),
        ("And with \x1b[31mC\x1b[0m?", "", "interrupted"),
        ("Instead: what of D?", "D has 22%.", "complete"),
        ("go on", "", "error"),
    ]
    assert [each.parent_id for each in found.exchanges] == [None, first.id, first.id, third.id]
    assert found.steps[first.id] == (
        ReasoningStep(1, "I need both margins."),
        TextStep(1, "I look it up."),
        ToolStep(1, "toolu_1", "Read", {"file_path": "margins.csv"}, "A,0.31\nB,0.27", True, 2000),
    )
    assert found.steps[second.id] == (
        ToolStep(1, "toolu_2", "Bash", {"command": "cat c.csv"}, "no such file", False, 1000),
    )
    usage = first.token_usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (2100, 50, 2150)
    assert fourth.error == "API Error: overloaded"
    assert (first.timestamp, first.duration, first.provider) == (1_772_359_208_250, 7000, "anthropic")
    assert first.unknown["imported"]["extra"]["cwd"] == "/home/ada/work"
    assert second.unknown["imported"]["extra"]["pictures"] == 1
    metadata = found.metadata
    assert (metadata.title, metadata.model) == ("Margins of two makers", "claude-sonnet-4-20250514")
    assert metadata.unknown["imported"] == {
        "from": "claude-code",
        "id": "3f2a9c1e-0b7d-4e55-9a41-6f1f2d3c4b5a",
        "extra": {"otherLines": {"summary": 1, "file-history-snapshot": 1, "sidechain": 1}},
    }
    assert [(each.line, each.reason) for each in troubles] == [(15, "cut off")]


def test_a_session_of_codex_keeps_the_results_that_count_and_counts_tokens_once():
    found, troubles = read(ROLLOUT)
    first, _ = found.exchanges
    assert told(found) == [
        ("List the files", "There are two: a.csv and b.csv.", "complete"),
        ("Delete them", "", "interrupted"),
    ]
    assert found.steps[first.id] == (
        ReasoningStep(1, "Looking at the folder"),
        TextStep(1, "Let me see."),
        ToolStep(1, "call-1", "exec_command", {"cmd": "ls"}, "a.csv\nb.csv\n", True, 2000),
        ToolStep(
            2, "call-2", "apply_patch", {"input": "*** Begin Patch\n*** End Patch"}, "failed", False, 1000
        ),
    )
    assert first.token_usage is not None
    assert first.token_usage.total_tokens == 140
    assert (first.model, first.provider) == ("gpt-5.2-codex", "openai")
    assert found.metadata.unknown["imported"]["extra"]["branch"] == "main"
    assert [(each.line, each.reason) for each in troubles] == [(19, "not JSON")]


def test_a_conversation_of_gptme_has_the_results_that_follow_as_steps():
    found, troubles = read(FIXTURES / "gptme" / "2026-03-01-growing-oak")
    first, second = found.exchanges
    assert told(found) == [("What is 2 to the 10?", "It is 1024.", "complete"), ("Thanks", "", "interrupted")]
    assert found.steps[first.id] == (
        TextStep(1, "```ipython\n2**10\n```"),
        ToolStep(1, "line 4", "ipython", {}, "Executed code block.\n\n1024", True, 0),
    )
    assert (first.model, first.provider, first.duration) == ("claude-sonnet-4-6", "anthropic", 3750)
    assert first.token_usage is not None
    assert first.token_usage.total_tokens == 500
    assert second.parent_id == first.id
    assert [(each.line, each.reason) for each in troubles] == [(7, "no message")]


def test_threads_of_llm_are_sessions_with_their_forks_and_shared_texts(tmp_path: Path):
    found, troubles = read(database(tmp_path, "llm-turns"))
    first = found.exchanges[0]
    assert told(found) == [
        ("Sum up: a long novel", "Three words.", "complete"),
        ("Longer", "Three words of a novel.", "complete"),
        ("Shorter", "Novel.", "complete"),
    ]
    assert [each.parent_id for each in found.exchanges] == [None, first.id, first.id]
    assert found.steps[first.id] == (
        ReasoningStep(1, "A tool counts."),
        ToolStep(1, "c1", "count", {"what": "words"}, "3", True, 1500),
    )
    assert first.token_usage is not None
    assert first.token_usage.total_tokens == 135
    assert found.metadata.title == "Sum up a novel"
    assert troubles == ()


def test_responses_of_an_older_llm_are_sessions_too(tmp_path: Path):
    (source,) = find_sources(database(tmp_path, "llm-responses"))
    named, alone = sorted(read_source(source).transcripts, key=lambda each: each.metadata.created_at)
    assert told(named) == [("Two names for cheesecakes", "Cheesy and Cakey.", "complete")]
    assert named.steps[named.exchanges[0].id] == (
        ToolStep(1, "call_1", "names", {"count": 2}, "Cheesy, Cakey", True, 1500),
    )
    assert named.metadata.title == "Cheesecakes"
    assert told(alone) == [("alone", "Yes.", "complete")]


def test_reading_a_database_writes_nothing_beside_it(tmp_path: Path):
    path = database(tmp_path, "llm-turns")
    before = path.read_bytes()
    read(path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["logs.db"]


def test_the_plain_layout_keeps_session_ids_and_the_order_of_its_lines():
    (source,) = find_sources(FIXTURES / "plain")
    reading = read_source(source)
    first, second, empty = reading.transcripts
    assert [each.metadata.id for each in reading.transcripts] == ["a7k3m9x2", "b3n8p2q1", "c0000000"]
    assert told(first) == [
        ("What is AAPL's P/E ratio?", "31.2", "complete"),
        ("And MSFT's?", "35.1", "complete"),
    ]
    assert first.exchanges[1].parent_id == first.exchanges[0].id
    assert first.exchanges[1].unknown == {"mood": "curious", "imported": {"from": "plain", "id": "0a1b2c3d"}}
    assert [each.id[-1] for each in second.exchanges] == ["1", "2"]
    assert empty.exchanges == ()
    assert [each.reason for each in reading.troubles] == ["no id of a session: NOT AN ID", "cut off"]


@pytest.mark.parametrize(
    "name", ["claude-code.jsonl", ROLLOUT.name, "gptme/2026-03-01-growing-oak/conversation.jsonl"]
)
def test_a_file_that_grew_gives_the_same_ids_to_what_it_had(name: str, tmp_path: Path):
    whole, _ = read(FIXTURES / name)
    folder = tmp_path / (FIXTURES / name).parent.name
    folder.mkdir()
    lines = (FIXTURES / name).read_bytes().splitlines(keepends=True)
    known: set[str] = set()
    for count in range(3, len(lines) + 1):
        path = folder / (FIXTURES / name).name
        path.write_bytes(b"".join(lines[:count]))
        for transcript in read_source(
            find_sources(path, whole.metadata.unknown["imported"]["from"])[0]
        ).transcripts:
            ids = {each.id for each in transcript.exchanges}
            assert known <= ids <= {each.id for each in whole.exchanges}
            known = ids


@pytest.mark.parametrize("name", ["claude-code.jsonl", ROLLOUT.name])
def test_lines_that_are_cut_or_of_another_kind_never_fail(name: str, tmp_path: Path):
    lines = (FIXTURES / name).read_bytes().splitlines()
    path = tmp_path / name
    replacements = [b"{}", b"[]", b"\xff\xfe", b'{"type": 3, "payload": [], "message": 5}', b"\0" * 9]
    for place, line in enumerate(lines):
        for instead in (*replacements, line[: len(line) // 2], line.replace(b'"text"', b'"txet"')):
            path.write_bytes(b"\n".join([*lines[:place], instead, *lines[place + 1 :]]))
            read_source(find_sources(path)[0])


def test_a_damaged_database_is_told_and_not_guessed_at(tmp_path: Path):
    path = database(tmp_path, "llm-turns")
    content = path.read_bytes()
    path.write_bytes(content[:100] + bytes(len(content) - 100))
    with pytest.raises(NotImportable):
        read(path)
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE things (id)")
    connection.close()
    with pytest.raises(NotImportable, match="another program"):
        read(other)


def test_a_folder_is_gone_through_and_what_lies_beside_sessions_is_passed_over(tmp_path: Path):
    folder = tmp_path / "projects" / "-home-ada"
    (folder / "x" / "subagents").mkdir(parents=True)
    for place in (folder / "a.jsonl", folder / "x" / "subagents" / "b.jsonl"):
        shutil.copy(FIXTURES / "claude-code.jsonl", place)
    (folder / "notes.jsonl").write_text('{"mine": 1}\n')
    assert [each.path.name for each in find_sources(tmp_path)] == ["a.jsonl"]
    assert find_sources(tmp_path, "claude-code") == find_sources(tmp_path)
    with pytest.raises(NotImportable, match="no session of a known format"):
        find_sources(tmp_path, "codex")
    with pytest.raises(NotImportable, match="--from"):
        find_sources(folder / "notes.jsonl")


def test_moments_that_go_back_are_missing_or_far_away_give_ids_in_order():
    conversation = Conversation("x", "y")
    for moment in (5, 3, None, 5, 253_402_300_799_999, 7):
        conversation.at(moment)
        conversation.ask("the same")
    found = conversation.transcript()
    assert found is not None
    ids = [each.id for each in found.exchanges]
    assert ids == sorted(set(ids))
    assert len(ids) == 6
