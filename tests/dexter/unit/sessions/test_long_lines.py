"""Lines and files over their limits: cut and split on disk, whole for everybody who reads through dexter."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dexter.cli.app import main
from dexter.sessions import (
    Archive,
    ReasoningStep,
    SessionExchange,
    SessionHistory,
    SessionManager,
    Step,
    TextStep,
    ToolStep,
)
from dexter.sessions.notices import Damage, LinesSkipped
from dexter.sessions.reading.reading import read_steps
from dexter.sessions.records.compactions import Summary
from dexter.sessions.records.continuing import CONTINUED, Limits, cut, is_cut, joined, read_rest
from dexter.sessions.records.encoding import decode_object
from dexter.sessions.records.history_lines import parse_history
from dexter.sessions.records.plain_lines import exchange_in
from dexter.sessions.records.step_lines import parse_steps, steps_to_lines
from dexter.sessions.writing.saving import save_exchange
from tests.support.sessions import commit_file, dexter_json, git, is_sound, make_session, save

SMALL = Limits(line=600, file=2_000)
text = st.text(st.characters(exclude_categories=["Cs"]))
long_text = st.builds(lambda part, times: part * times, text.filter(bool), st.integers(1, 60))
values = (
    long_text | st.integers() | st.none() | st.dictionaries(text, long_text, max_size=3) | st.lists(long_text)
)


@given(
    st.dictionaries(text.filter(lambda key: key not in {"id", "type"}), values, max_size=6),
    st.integers(150, 700),
)
@example({CONTINUED: {"a": 700}, "a": "x" * 699}, 200)
@example({CONTINUED: "mine", "a": "é" * 999, "": {"b": "x" * 400}}, 200)
def test_what_is_cut_comes_back_whole_and_no_line_is_too_long(fields: dict[str, Any], limit: int):
    fields = {"id": "x", **fields}
    line, rest = cut(fields, limit)
    assert len(line) <= limit or sum(isinstance(value, str | dict | list) for value in fields.values()) > 2
    assert all(len(each) <= limit or len(json.loads(each)["text"]) == 1 for each in rest)
    found = decode_object(line)
    if rest:
        assert is_cut(found)
        found, missing = joined(found, read_rest(b"\n".join(rest)))
        assert missing == []
    assert found == fields


@given(st.text(min_size=1000), st.data())
def test_a_rest_that_is_not_all_there_is_told_and_never_taken_for_the_whole(answer: str, data: st.DataObject):
    line, rest = cut({"id": "x", "answer": answer}, 300)
    lost = data.draw(st.integers(0, len(rest) - 1))
    fields, (missing,) = joined(decode_object(line), read_rest(b"\n".join(rest[:lost])))
    assert missing.field == "answer"
    assert missing.found < missing.whole
    assert is_cut(fields)


STEPS = st.lists(
    st.builds(ReasoningStep, st.integers(1, 9), long_text)
    | st.builds(TextStep, st.integers(1, 9), long_text)
    | st.builds(
        ToolStep, st.integers(1, 9), text, text, st.dictionaries(text, long_text, max_size=2), long_text,
        st.booleans(), st.integers(0, 99),
    )
)  # fmt: skip


@given(STEPS, st.integers(300, 900))
def test_steps_that_are_cut_come_back_in_order(steps: list[Step], limit: int):
    assert parse_steps(steps_to_lines(steps, limit)) == (tuple(steps), ())


LINE: dict[str, Any] = {
    "id": "e1", "timestamp": 5, "query": "q", "answer": "a", "summary": None, "model": "m",
    "status": "complete", "duration": 5, "parentId": None, "provider": "openai", "error": "e",
    "tokenUsage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
}  # fmt: skip
odd = st.none() | st.booleans() | st.integers(-3, 2**64) | st.floats() | text | st.just({}) | st.just([1])


@given(
    st.dictionaries(st.sampled_from([*LINE, "unknown", "more"]), odd, max_size=3),
    st.sets(st.sampled_from([*LINE]), max_size=3),
    st.dictionaries(st.sampled_from(["inputTokens", "totalTokens", "cached", "unknown"]), odd, max_size=2),
)
def test_the_fast_way_reads_a_line_as_the_slow_one_or_not_at_all(
    changed: dict[str, Any], without: set[str], usage: dict[str, Any]
):
    fields = {**LINE, "tokenUsage": {**LINE["tokenUsage"], **usage}, **changed}
    fields = {key: value for key, value in fields.items() if key not in without}
    line = json.dumps(fields).encode()
    fast = exchange_in(line)
    if fast is not None:
        assert fast == (SessionExchange.from_fields(decode_object(line)), "parentId" in fields)
        assert parse_history(line) == ((fast[0],), ())


def test_the_usual_line_is_read_the_fast_way():
    line = SessionExchange.from_fields(LINE).to_line()
    assert exchange_in(line) == (SessionExchange.from_line(line), True)
    assert exchange_in(b'{"duplicate": 1}') is None


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / ".dexter", limits=SMALL)


def _exchange(number: int, answer: str = "a" * 100, **fields: Any) -> SessionExchange:
    parent = f"e{number - 1:03}" if number else None
    return SessionExchange(
        f"e{number:03}", number, f"query {number}", answer, model="m", parent_id=parent, **fields
    )


def test_a_history_goes_on_in_further_files_and_is_read_as_one(archive: Archive):
    with SessionHistory(archive, "aaaa0000") as history:
        for number in range(20):
            history.append(_exchange(number))
        assert history.load() == [_exchange(number) for number in range(20)]
        history.append(_exchange(7))
        assert len(history.load()) == 20
    folder = archive.home.sessions / "cli/aaaa0000"
    names = sorted(path.name for path in folder.glob("history*.jsonl"))
    assert names[:3] == ["history.0002.jsonl", "history.0003.jsonl", "history.jsonl"]
    assert all((folder / name).stat().st_size <= SMALL.file for name in names)
    with SessionManager(archive.home.root) as manager:
        view = manager.resume("aaaa0000")
        assert (view.metadata.exchange_count, len(view.exchanges), view.notices) == (20, 20, ())
    assert is_sound(archive.home.root)


def test_skipped_lines_are_told_with_their_file(archive: Archive):
    with SessionHistory(archive, "aaaa0000") as history:
        for number in range(20):
            history.append(_exchange(number))
    path = "cli/aaaa0000/history.0002.jsonl"
    content = (archive.home.sessions / path).read_bytes()
    commit_file(archive.home.root, path, b"torn\n" + content)
    with SessionHistory(archive, "aaaa0000") as history:
        assert history.problems() == (LinesSkipped("aaaa0000", path, ((1, "not JSON"),)),)
        assert len(history.load()) == 20
    commit_file(archive.home.root, path, None)
    with SessionHistory(archive, "aaaa0000") as history:
        assert history.problems() == (Damage("aaaa0000", path, "it is missing"),)
        assert 0 < len(history.load()) < 20


def test_a_long_answer_and_long_steps_are_whole_after_a_save_and_a_fork(archive: Archive):
    answer = "".join(f"{number} é\n" for number in range(2_000))
    steps = (
        ReasoningStep(1, "hm " * 500),
        ToolStep(1, "c", "read", {"text": "w" * 5_000}, answer * 2, True, 9),
        ToolStep(2, "d", "read", {}, "short", True, 9),
    )
    wanted = _exchange(0, answer, summary="s" * 900, unknown={"note": ["n" * 3_000], CONTINUED: "mine"})
    save_exchange(archive, "aaaa0000", wanted, steps, summaries=[Summary("s1", wanted.id, "better " * 300)])
    folder = archive.home.sessions / "cli/aaaa0000"
    lines = [line for path in folder.rglob("*.jsonl") for line in path.read_bytes().splitlines()]
    assert max(len(line) for line in lines) <= SMALL.line
    assert max(path.stat().st_size for path in folder.rglob("*.jsonl")) <= SMALL.file
    assert json.loads((folder / "history.jsonl").read_bytes())[CONTINUED]["answer"] == len(answer)
    archive.close()
    with SessionManager(archive.home.root) as manager:
        view = manager.resume("aaaa0000")
        assert view.notices == ()
        (found,) = view.exchanges
        assert (found.answer, found.unknown, found.summary) == (answer, wanted.unknown, "better " * 300)
        assert manager.steps(wanted.id) == steps
        forked = manager.fork_session()
        assert forked.exchanges == view.exchanges
        assert manager.steps(wanted.id) == steps
    assert is_sound(archive.home.root)


def test_parts_that_are_lost_are_told_and_the_beginning_is_shown(archive: Archive):
    steps = [ToolStep(1, "c", "read", {}, "r" * 9_000, True, 9), TextStep(2, "after")]
    save_exchange(archive, "aaaa0000", _exchange(0, "a" * 9_000), steps)
    save_exchange(archive, "aaaa0000", _exchange(1), ())
    archive.close()
    home = archive.home.root
    for kind in ("parts", "steps"):
        commit_file(home, f"cli/aaaa0000/{kind}/e000.0002.jsonl", None)
    with SessionManager(home) as manager:
        view = manager.show("aaaa0000")
        (told,) = view.notices
        assert isinstance(told, Damage)
        assert told.place == "cli/aaaa0000/parts/e000.jsonl"
        assert told.reason.startswith("of answer ")
        assert view.exchanges[0].answer.startswith("aaa")
        assert view.exchanges[0].unknown == {CONTINUED: {"answer": 9_000}}
        assert view.exchanges[1] == _exchange(1)
        found, (lost,) = manager.all_steps(view)
        assert isinstance(lost, Damage)
        assert lost.place == "cli/aaaa0000/steps/e000.jsonl"
        assert found["e000"][-1] == TextStep(2, "after")


def test_a_tool_result_of_five_megabytes_is_shown_whole_as_json_and_shortened_on_a_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    home = tmp_path / ".dexter"
    result = "".join(f"line {number}, " for number in range(400_000))
    assert len(result) > 5_000_000
    answer = "word " * 500_000
    session_id = make_session(
        home, "long", answer=answer, steps=[ToolStep(1, "c", "read", {"n": 1}, result, True, 5)]
    )
    sizes = [
        (int(size), path)
        for _, _, _, size, path in (
            row.split() for row in git(home, "ls-tree", "-r", "-l", "HEAD", "--", "cli").splitlines()
        )
    ]
    assert max(sizes)[0] < 17_000_000
    for path in (home / "sessions/cli" / session_id).rglob("*.jsonl"):
        assert max(len(line) for line in path.read_bytes().splitlines()) <= 2 << 20
    shown = dexter_json("sessions", "show", session_id, home=home)
    assert shown["exchanges"][0]["answer"] == answer
    assert shown["exchanges"][0]["steps"][0]["result"] == result
    assert CONTINUED not in shown["exchanges"][0]
    assert main(["--home", str(home), "sessions", "show", session_id]) == 0
    printed = capsys.readouterr().out
    assert "line 1, line 2" in printed
    assert len(printed) < len(answer) + 2_000


def test_a_query_that_died_with_a_large_result_is_recovered_whole(tmp_path: Path):
    home = tmp_path / ".dexter"
    step = ToolStep(1, "c", "read", {}, "r" * 3_000_000, True, 5)
    with SessionManager(home) as manager:
        session_id = manager.start_new("m", "p").id
        save(manager, "one")
        draft = manager.begin_exchange("two", "m", "p")
        draft.tool_result(step)
        draft.text(2, "t" * 2_000_000)
        draft.close()
    with SessionManager(home) as manager:
        recovered = manager.show(session_id).exchanges[-1]
        assert (recovered.status, len(recovered.answer)) == ("interrupted", 2_000_000)
        assert manager.steps(recovered.id, session_id=session_id) == (step,)
    assert is_sound(home)


def test_steps_of_a_repository_from_before_are_read(tmp_path: Path):
    home = tmp_path / ".dexter"
    session_id = make_session(home, "one")
    line = steps_to_lines([ToolStep(1, "c", "n", {}, "r" * 2_000_000, True, 1)], limit=10**9)
    assert line.count(b"\n") == 1
    commit_file(home, f"cli/{session_id}/steps/old.jsonl", line)
    with Archive(home) as archive:
        snapshot = archive.snapshot()
        assert snapshot is not None
        (step,) = read_steps(snapshot, session_id, "old")
        assert isinstance(step, ToolStep)
        assert len(step.result) == 2_000_000
