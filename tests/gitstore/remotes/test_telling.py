"""What is told while an exchange goes on: the same with git and without, nothing that a terminal obeys."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from gitstore import errors
from gitstore.transport import Pushed
from gitstore.transport.telling import Count, Steps, objects_in
from tests.support.remotes import KINDS, missing, serve
from tests.support.remotes.copies import WAYS, bare, given, store, tip, transport
from tests.support.stores import git

STEP = re.compile(r"[A-Z][a-z]+ [a-z]+: +\d{1,3}% \(\d+/\d+\)[ -~]*")
HOOK = r"""#!/bin/sh
printf 'Counting sheep: \033]0;evil\007 50%% (1/2)\n' >&2
printf 'Counting sheep:  50%% (1/2)\033[2J\n' >&2
printf '\033[31mno\033[0m\302\233 such \342\200\250 thing\a\n' >&2
exit CODE
"""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_how_many_objects_come_and_go_is_told(kind: str, way: str, tmp_path: Path) -> None:
    if reason := missing(kind):
        pytest.skip(reason)
    with serve(kind, tmp_path / "served") as served:
        far = bare(served.root / "far.git")
        one = store(tmp_path / "one", *range(1, 20), url=served.url())
        new = tip(one)
        assert new is not None
        sent: list[str] = []
        assert transport(one, way, served, progress=sent.append).push("far", new, None) == Pushed(new)
        two = store(tmp_path / "two", url=served.url())
        came: list[str] = []
        assert transport(two, way, served, progress=came.append).fetch("far").tip == new
    total = int(git(far, "rev-list", "--objects", "--count", "main"))
    assert [each for each in sent + came if not STEP.fullmatch(each)] == []
    if way == "git":  # of what it prints at once only the last is told, whatever that is
        assert sent
        assert came
    else:
        assert any(each.startswith(f"Writing objects: 100% ({total}/{total}), ") for each in sent)
        # what the two stores begin with is the same if they were made in the same second
        done = [re.match(r"Receiving objects: 100% \((\d+)/\1\), .*, done\.", each) for each in came]
        assert [total - int(match[1]) < 10 for match in done if match] == [True], came
        assert sent[-1].endswith("done.")


@pytest.mark.parametrize("kind", ["daemon", "http", "ssh"])
@pytest.mark.parametrize("way", WAYS)
def test_what_a_remote_says_is_cleaned(kind: str, way: str, tmp_path: Path) -> None:
    if reason := missing(kind):
        pytest.skip(reason)
    with serve(kind, tmp_path / "served") as served:
        far = bare(served.root / "far.git")
        one = given(store(tmp_path / "one", 1, url=served.url()), far)
        first = tip(one)
        assert first is not None
        hook = far / "hooks/pre-receive"
        hook.write_text(HOOK.replace("CODE", "0"))
        hook.chmod(0o755)
        told: list[str] = []
        opened = transport(one, way, served, progress=told.append)
        new = git(one, "commit-tree", "-p", first, "-m", "more", f"{first}^{{tree}}").strip()
        assert opened.push("far", new, first) == Pushed(new)
        hook.write_text(HOOK.replace("CODE", "1"))
        newer = git(one, "commit-tree", "-p", new, "-m", "more", f"{first}^{{tree}}").strip()
        with pytest.raises(errors.RemoteRejected) as caught:
            opened.push("far", newer, new)
    assert told
    for text in (*told, caught.value.reason):
        assert text.isprintable()
    assert not any("sheep" in text for text in told)


@pytest.mark.parametrize("kind", ["daemon", "http", "ssh"])
@pytest.mark.parametrize("way", WAYS)
def test_nobody_who_reads_nothing_is_told(kind: str, way: str, tmp_path: Path) -> None:
    if reason := missing(kind):
        pytest.skip(reason)
    with serve(kind, tmp_path / "served") as served:
        given(store(tmp_path / "one", 1), bare(served.root / "far.git"))
        two = store(tmp_path / "two", url=served.url())
        assert transport(two, way, served).fetch("far").tip is not None


LINES = (
    b"remote: Counting objects:  50% (1/2)        \r",
    b"Receiving objects: 100% (3/3), 282 bytes | 282.00 KiB/s, done.\n",
    b"Welcome to the host\n",
    b"Resolving deltas:  12% (1/8)\r",
    b"Counting objects: 50% (1/2) \x1b[2J\n",
)
TOLD = {
    "Counting objects:  50% (1/2)",
    "Receiving objects: 100% (3/3), 282 bytes | 282.00 KiB/s, done.",
    "Resolving deltas:  12% (1/8)",
}


@drawn(st.lists(st.sampled_from(LINES), max_size=6), st.lists(st.integers(0, 300), max_size=8))
def test_it_does_not_matter_where_what_a_remote_says_is_cut(lines: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(lines)
    told: list[str] = []
    steps = Steps(told.append)
    places = sorted({min(each, len(whole)) for each in cuts} | {0, len(whole)})
    for start, end in pairwise(places):
        steps.hear(whole[start:end])
    assert set(told) <= TOLD
    last = [line for line in lines if line in LINES[:2] or line == LINES[3]]
    assert bool(told) == bool(last)
    if last:
        assert told[-1] in last[-1].decode()


@drawn(st.binary(max_size=400))
def test_nothing_that_a_terminal_obeys_is_told_whatever_comes(content: bytes) -> None:
    told: list[str] = []
    Steps(told.append).hear(content + b"\nCounting objects: 50% (1/2)" + content + b"\n")
    assert all(STEP.fullmatch(each) for each in told)


def test_a_count_tells_its_end_whatever_the_clock_says() -> None:
    told: list[str] = []
    count = Count(told.append, "Receiving objects", 3)
    count.bytes(2048)
    for _ in range(3):
        count.one_more()
    assert told[0] == "Receiving objects:   0% (0/3), 2.00 KiB"
    assert told[-1] == "Receiving objects: 100% (3/3), 2.00 KiB, done."


def test_what_is_no_pack_has_no_objects() -> None:
    assert objects_in(b"PACK\0\0\0\2\0\0\1\2") == 258
    assert objects_in(b"PACK\0\0\0\2") == objects_in(b"JUNK\0\0\0\2\0\0\1\2") == 0
