"""What stands for the first exchanges of a session: stored, merged, forked, purged."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dexter.paths import Home
from dexter.sessions import SessionExchange, SessionManager
from dexter.sessions.health.verification import verify
from dexter.sessions.records.compactions import Compaction, Summary, best, compactions_in
from dexter.sessions.records.encoding import encode_object
from dexter.sessions.records.history_lines import parse_summaries
from gitstore.merging.records import merge_records
from tests.support import machines
from tests.support.sessions import dexter, dexter_json, everything_below, is_sound, make_session

NAMES = [f"e{number}" for number in range(8)]
PATH = tuple(SessionExchange(each, 1, "q", "a") for each in NAMES)

summaries = st.builds(
    Summary,
    id=st.sampled_from([f"s{number}" for number in range(6)]),
    exchange_id=st.sampled_from([*NAMES, "elsewhere"]),
    text=st.text(max_size=5),
    compacts=st.integers(0, 9),
    compaction=st.sampled_from(["", " ", "notes", "other notes", "ünter"]),
)
sides = st.lists(st.lists(summaries, max_size=5, unique_by=lambda each: each.id), max_size=4)


def lines(side: Sequence[Summary]) -> bytes:
    """A file with these records, sorted as a store does."""
    return b"".join(encode_object(each.to_fields()) + b"\n" for each in sorted(side))


@given(sides=sides, order=st.randoms())
def test_whoever_merges_first_all_have_the_same_compactions_and_choose_the_same(
    sides: list[list[Summary]], order: Random
):
    contents = [lines(side) for side in sides]
    shuffled = list(contents)
    order.shuffle(shuffled)
    merged = merge_records(contents)
    one_by_one = b""
    aside: set[bytes] = set()
    for content in shuffled:
        step = merge_records([one_by_one, content])
        one_by_one, aside = b"".join(step.lines), aside | set(step.aside)
    assert b"".join(merged.lines) == one_by_one
    assert set(merged.aside) == aside
    found = compactions_in(b"".join(merged.lines))
    assert best(found, PATH) == best(reversed(found), PATH)
    everything = compactions_in(b"".join([*merged.lines, *merged.aside]))
    assert {each for content in contents for each in compactions_in(content)} <= set(everything), (
        "none is lost"
    )


@given(side=st.lists(summaries, max_size=6), length=st.integers(0, len(PATH)))
def test_the_one_that_covers_most_of_the_way_counts_and_only_one_that_fits_it(
    side: list[Summary], length: int
):
    path = PATH[:length]
    found = compactions_in(lines(side))
    chosen = best(found, path)
    fitting = [each for each in found if each.fits(path)]
    assert (chosen is None) == (not fitting)
    if chosen is not None:
        assert path[chosen.exchanges - 1].id == chosen.exchange_id
        assert all(each.exchanges <= chosen.exchanges for each in fitting)


@given(side=st.lists(summaries, max_size=6))
def test_who_does_not_know_compactions_has_the_summaries_all_the_same(side: list[Summary]):
    for each in side:
        plain = each._replace(compacts=0, compaction="")
        assert (
            parse_summaries(lines([each])) == parse_summaries(lines([plain])) == {each.exchange_id: each.text}
        )


def compacted(home: Path, session_id: str, count: int, text: str) -> str:
    """Let a text stand for the first exchanges of a session; the last one's id."""
    with SessionManager(home) as manager:
        resumed = manager.resume(session_id, record=False)
        last = resumed.path[count - 1].id
        manager.add_compaction(last, count, text, "in short")
    return last


def stored(home: Path, session_id: str) -> list[tuple[int, str]]:
    """The compactions of a session: how many exchanges, the text."""
    with SessionManager(home) as manager:
        return [(each.exchanges, each.text) for each in manager.compactions(session_id)]


def test_it_is_stored_beside_the_history_and_found_by_another_process(tmp_path: Path):
    home = tmp_path / ".dexter"
    session = make_session(home, "one", "two", "three")
    history = (home / f"sessions/cli/{session}/history.jsonl").read_bytes()
    last = compacted(home, session, 2, "the notes")
    assert (home / f"sessions/cli/{session}/history.jsonl").read_bytes() == history
    program = (
        "import sys; from dexter.sessions import SessionManager\n"
        "from dexter.agent import remembered\n"
        "with SessionManager(sys.argv[1]) as manager:\n"
        "    print(remembered(manager, manager.resume(sys.argv[2], record=False)).compaction)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(home), session], check=True, capture_output=True, text=True
    )
    assert f"exchange_id='{last}', exchanges=2, text='the notes'" in done.stdout
    with SessionManager(home) as manager:
        assert [each.summary for each in manager.show(session).exchanges] == [None, "in short", None]
    assert verify(Home(home)).problems == ()
    assert is_sound(home)


def test_two_machines_write_different_ones_and_both_keep_both(tmp_path: Path):
    one = machines.Machine(tmp_path / "one/home")
    session = one.ask(None, "first")
    for query in ("second", "third", "fourth"):
        one.ask(session, query)
    other = machines.Machine(tmp_path / "other/home", 1_700_000_000.0)
    other.home.mkdir(parents=True)
    subprocess.run(["git", "clone", "-q", str(one.sessions), str(other.sessions)], check=True)
    compacted(one.home, session, 2, "of two")
    compacted(other.home, session, 3, "of three")
    tips = []
    for here, there in ((one, other), (other, one)):
        here.git("fetch", "-q", str(there.sessions), "main")
        commit = here.git("rev-parse", "FETCH_HEAD")
        with here.archive() as archive:
            tips.append(archive.join(commit).commit)
    assert tips[0] == tips[1]
    for machine in (one, other):
        assert sorted(stored(machine.home, session)) == [(2, "of two"), (3, "of three")]
        with machine.manager() as manager:
            path = manager.resume(session, record=False).path
            chosen = best(manager.compactions(session), path)
        assert chosen is not None
        assert chosen.text == "of three"


def test_a_fork_takes_it_if_it_takes_the_exchanges_and_a_rewound_session_goes_without(tmp_path: Path):
    home = tmp_path / ".dexter"
    session = make_session(home, "one", "two", "three", "four")
    compacted(home, session, 3, "of three")
    with SessionManager(home) as manager:
        ids = [each.id for each in manager.show(session).exchanges]
        manager.resume(session, record=False)
        whole, some = manager.fork(session, ids[3]).id, manager.fork(session, ids[1]).id
        path = manager.rewind_session(ids[1])
        assert best(manager.compactions(), path) is None
    assert stored(home, whole) == [(3, "of three")]
    assert stored(home, some) == []


def test_it_goes_with_the_first_exchange_that_is_purged(tmp_path: Path):
    home = tmp_path / ".dexter"
    session = make_session(home, "one", "the Muller merger", "three", "four")
    compacted(home, session, 3, "They asked about the merger of M. and others.")
    with SessionManager(home) as manager:
        ids = [each.id for each in manager.show(session).exchanges]
        manager.resume(session, record=False)
        manager.add_summary(ids[0], "of the first one")
    dexter_json("sessions", "purge", f"{session}@{ids[1]}", "--yes", home=home)
    assert [place for place, content in everything_below(home) if b"merger of M." in content] == []
    assert stored(home, session) == []
    with SessionManager(home) as manager:
        assert manager.show(session).exchanges[0].summary == "of the first one"
    assert verify(Home(home)).problems == ()
    assert is_sound(home)


def test_a_session_that_goes_on_after_its_purge_keeps_none_of_before(tmp_path: Path):
    home = tmp_path / ".dexter"
    session = make_session(home, "one", "two", "three")
    compacted(home, session, 2, "They asked of the merger.")
    assert dexter("sessions", "purge", session, "--yes", home=home).returncode == 0
    assert [place for place, content in everything_below(home) if b"of the merger" in content] == []


def test_a_line_of_another_kind_stands_for_nothing():
    good = {"id": "a", "exchangeId": "e1", "summary": "s", "compacts": 2, "compaction": "notes"}
    wrong: list[dict[str, object]] = [
        {"compacts": True},
        {"compacts": "2"},
        {"compacts": 0},
        {"compaction": 7},
        {"compaction": " "},
        {"exchangeId": "../x"},
        {"id": 3},
        {"continued": {"compaction": 9}},
    ]
    content = b"\n".join([*(json.dumps({**good, **each}).encode() for each in wrong), b"{torn", b""])
    assert compactions_in(content) == ()
    assert compactions_in(json.dumps(good).encode()) == (Compaction("a", "e1", 2, "notes"),)
