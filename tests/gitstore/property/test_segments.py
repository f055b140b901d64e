"""Laws of records that go on in further files, held with limits so small that every few records meet them."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitstore.disk.segments import (
    Row,
    holds,
    place,
    place_in,
    record_id,
    segment_number,
    segment_path,
    segments_among,
    split_lines,
)

PATH = "cli/a/history.jsonl"
IDS = st.integers(0, 99).map(lambda number: f"{number:02}")
LIMITS = st.integers(40, 200)


class Sequenced:
    """The files of one sequence, and what is done to them."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = dict(files or {})

    @property
    def paths(self) -> list[str]:
        return segments_among(PATH, self.files)

    def load(self, path: str) -> bytes:
        return self.files[path]

    def append(self, *rows: Row) -> None:
        fresh = [row for row in rows if not holds(self.paths, self.load, row.id)]
        for path, content in place(PATH, self.paths, self.load, fresh).items():
            if content is None:
                del self.files[path]
            else:
                self.files[path] = content

    def lines(self) -> list[bytes]:
        return [line for path in self.paths for line in self.files[path].split(b"\n") if line]

    def ids(self) -> list[str]:
        return [found for line in self.lines() if (found := record_id(line)) is not None]


def row(identifier: str, limit: int, length: int = 10) -> Row:
    return Row(identifier, json.dumps({"id": identifier, "text": "x" * length}).encode(), limit)


def numbers(paths: Sequence[str]) -> list[int | None]:
    return [segment_number(PATH, path) for path in paths]


@given(st.lists(st.tuples(IDS, st.integers(0, 60)), max_size=40), LIMITS)
def test_records_of_any_order_are_one_sorted_sequence_without_gaps_and_without_loss(
    given_rows: list[tuple[str, int]], limit: int
) -> None:
    sequence = Sequenced()
    first: dict[str, bytes] = {}
    for identifier, length in given_rows:
        one = row(identifier, limit, length)
        first.setdefault(identifier, one.record)
        sequence.append(one)
        assert holds(sequence.paths, sequence.load, identifier)
    assert sequence.lines() == [first[identifier] for identifier in sorted(first)]
    assert numbers(sequence.paths) == list(range(1, len(sequence.paths) + 1))
    for content in sequence.files.values():
        assert len(content) <= 3 * limit or content.count(b"\n") == 1


@given(st.lists(st.tuples(IDS, st.integers(0, 60)), unique_by=lambda pair: pair[0], max_size=40), LIMITS)
def test_without_older_ids_no_file_is_over_the_limit_but_by_a_single_record(
    given_rows: list[tuple[str, int]], limit: int
) -> None:
    sequence = Sequenced()
    for identifier, length in sorted(given_rows):
        sequence.append(row(identifier, limit, length))
    for content in sequence.files.values():
        assert len(content) <= limit or content.count(b"\n") == 1
    together = Sequenced()
    together.append(*(row(identifier, limit, length) for identifier, length in given_rows))
    assert together.files == sequence.files


@given(st.lists(IDS, unique=True, min_size=2, max_size=30), LIMITS, st.data())
def test_two_writers_leave_the_same_sequence_however_they_interleave(
    ids: list[str], limit: int, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(ids)))
    one, other = sorted(ids[:cut]), sorted(ids[cut:])
    found = []
    for _ in range(2):
        left, right = list(one), list(other)
        sequence = Sequenced()
        while left or right:
            take = left if left and (not right or data.draw(st.booleans())) else right
            sequence.append(row(take.pop(0), limit))
        found.append(sequence.lines())
    assert found[0] == found[1]


@given(
    st.lists(IDS, unique=True, max_size=12),
    st.lists(st.sampled_from([b"torn", b'{"no": "id"}', b"\0\0\0", b'{"id": 7}']), max_size=4),
    st.lists(IDS, max_size=20),
    LIMITS,
    st.data(),
)
def test_an_old_file_of_any_size_takes_part_and_lines_that_are_no_records_stay(
    old: list[str], junk: list[bytes], ids: list[str], limit: int, data: st.DataObject
) -> None:
    lines = [row(identifier, limit).record for identifier in sorted(old)]
    for each in junk:
        lines.insert(data.draw(st.integers(0, len(lines))), each)
    content = b"\n".join(lines) + (b"" if data.draw(st.booleans()) else b"\n")
    sequence = Sequenced({PATH: content} if lines else {})
    for identifier in ids:
        sequence.append(row(identifier, limit))
    assert sequence.ids() == sorted({*old, *ids})
    assert sorted(line for line in sequence.lines() if record_id(line) is None) == sorted(junk)
    untouched = max(old, default="") < min({*ids} - {*old}, default="~")
    if lines and untouched and len(content) >= limit:
        assert sequence.files[PATH].rstrip(b"\n") == content.rstrip(b"\n")


@given(st.lists(IDS, unique=True, min_size=1), IDS)
def test_the_place_of_an_id_is_after_all_that_are_smaller(ids: list[str], identifier: str) -> None:
    content = b"".join(row(each, 0).record + b"\n" for each in sorted(ids))
    at = place_in(content, identifier)
    before = [record_id(line) or "" for line in content[:at].splitlines()]
    after = [record_id(line) or "" for line in content[at:].splitlines()]
    assert before == sorted(each for each in ids if each <= identifier)
    assert after == sorted(each for each in ids if each > identifier)


@pytest.mark.parametrize("path", ["a/history.jsonl", "records", "a.b/c", ".hidden", "x.tar.gz"])
def test_a_file_is_known_by_its_number_and_nothing_else_is_taken_for_one(path: str) -> None:
    names = [segment_path(path, number) for number in (1, 2, 9999, 10_000, 123_456)]
    assert [segment_number(path, name) for name in names] == [1, 2, 9999, 10_000, 123_456]
    strangers = [f"{path}.12345678", f"{path}x", path.upper()]
    odd = ("0001", "0000", "2", "00002", "x002", "0002.0002")
    strangers += [segment_path(path, 2).replace("0002", digits) for digits in odd]
    assert {segment_number(path, each) for each in strangers} == {None}
    assert segments_among(path, [*reversed(names), *strangers]) == names


@given(st.lists(st.binary(max_size=50).map(lambda text: text.replace(b"\n", b"") + b"\n")), LIMITS)
def test_lines_are_split_into_files_within_the_limit(lines: list[bytes], limit: int) -> None:
    contents = split_lines(lines, limit)
    assert b"".join(contents) == b"".join(lines)
    assert all(len(content) <= limit or content.count(b"\n") == 1 for content in contents)


def test_only_the_files_at_the_end_are_read_to_place_a_new_record() -> None:
    sequence = Sequenced()
    for number in range(40):
        sequence.append(row(f"{number:02}", 100))
    assert len(sequence.paths) > 5
    read: list[str] = []

    def load(path: str) -> bytes:
        read.append(path)
        return sequence.files[path]

    assert not holds(sequence.paths, load, "99")
    place(PATH, sequence.paths, load, [row("99", 100)])
    assert set(read) == {sequence.paths[-1]}
