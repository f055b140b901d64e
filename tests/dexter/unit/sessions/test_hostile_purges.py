"""A purge that nobody here could have asked for, written into a remote by hand."""

import json

from hypothesis import given
from hypothesis import strategies as st

from dexter.sessions.purging.holding import NAMES, SHORTEST
from dexter.sessions.purging.texts import Texts
from dexter.sessions.records.purges import fingerprint, parse

SALT, ID = "ab" * 16, "0198c7a0-0000-7000-8000-000000000001"
LINE = json.dumps({"id": ID, "timestamp": 1, "query": "the secret word", "answer": "exchange"}).encode()


@given(st.sampled_from([name for name in NAMES if len(name) >= SHORTEST]), st.data())
def test_what_holds_sessions_together_stays_whatever_a_remote_says(name: str, data: st.DataObject):
    at = data.draw(st.integers(0, len(name) - SHORTEST))
    part = name[at : data.draw(st.integers(at + SHORTEST, len(name)))].encode()
    assert Texts([(SALT, fingerprint(part, SALT))]).in_line(LINE) == LINE


def test_a_text_that_is_too_short_is_not_looked_for():
    for text in (b"e", b"query"):
        assert not Texts([(SALT, fingerprint(text, SALT))]).any
    found = Texts([(SALT, fingerprint(b"e", SALT)), (SALT, fingerprint(b"secret word", SALT))])
    assert json.loads(found.in_line(LINE)) == {**json.loads(LINE), "query": "the [purged]***"}


def test_a_line_that_is_no_purge_costs_only_itself():
    good = {"id": ID, "timestamp": 1, "session": "a7k3m9x2", "exchanges": [ID]}
    bad: list[object] = [
        {**good, "id": "../x"},
        {**good, "session": "../../x"},
        {**good, "exchanges": ["*"]},
        {**good, "timestamp": "now"},
        {**good, "texts": [{"length": -1, "digest": "0" * 32}]},
        {**good, "texts": [{"length": 10**30, "digest": "0" * 32}]},
        {**good, "salt": "s" * 65},
        {**good, "salt": "\ud800"},
        [good],
        "purge",
    ]
    lines = [json.dumps(each).encode() for each in (*bad, good)]
    assert [each.session for each in parse(b"\n".join([b"{", b"\0\xff", *lines, b"[" * 5000]))] == [
        "a7k3m9x2"
    ]
