"""While a store changes, other implementations of git read it after each call that changes the disk."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitstore.interop import moments
from tests.support.readers import READERS, IsomorphicGit, Look, Reader
from tests.support.stores import judge

FIRST, LAST = 15, 18
"""Of the changes that are watched; the packs of those before are many enough to be made fewer meanwhile."""


@pytest.fixture(params=list(READERS))
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    if request.param == IsomorphicGit.name and (reason := IsomorphicGit.missing()):
        pytest.skip(reason)
    made = READERS[request.param]()
    yield made
    made.close()


def _holds(look: Look, known: list[str], least: int, states: list[moments.Model]) -> None:
    """A look is a whole state, and none that is older than what was acknowledged before it."""
    assert look.commits[: len(known)] == known[: len(look.commits)], "other commits than those acknowledged"
    assert len(look.commits) >= least, "less than what was acknowledged"
    assert len(look.commits) <= len(known) + 1, "more than what was asked for"
    state = states[len(look.commits) - 1]
    sessions = {name: ids for name, ids in state.items() if not name.startswith("gone ")}
    histories = {
        name.split("/")[1]: [json.loads(line)["id"] for line in content.splitlines()]
        for name, content in look.files.items()
        if name.endswith("/history.jsonl")
    }
    assert histories == sessions
    for session, ids in sessions.items():
        assert json.loads(look.files[f"cli/{session}/session.json"])["count"] == len(ids)
        for identifier in ids:
            assert look.files[f"cli/{session}/steps/{identifier}.jsonl"] == b'{"step": 1}\n'


def test_a_reader_sees_a_whole_state_at_every_moment(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    before = moments.prepare(path, FIRST)
    states = moments.models(0, LAST)
    seen, length, looks, calls = None, 0, 0, set()
    with moments.stepped(path, FIRST, LAST) as steps:
        for call, acknowledged in steps:
            now = moments.visible(path)
            if now == seen:
                continue
            seen = now
            known = before + acknowledged
            look = reader.look(path)
            _holds(look, known, max(len(known), length), states)
            length = len(look.commits)
            looks += 1
            calls.add(call)
    assert looks > 5 * (LAST - FIRST)
    assert {"rename", "link", "unlink"} <= calls
    look = reader.look(path)
    assert look.clean
    assert len(look.commits) == 1 + LAST
    judge(path)
