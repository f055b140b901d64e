"""The laws of merging: whichever side is ours, in whatever order, however often, the same comes about."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitstore import Fields, Register
from gitstore.kinds import TREE, identify
from gitstore.merging.documents import merge_documents
from gitstore.merging.merge import Merged, merge_trees
from gitstore.merging.records import merge_records
from gitstore.merging.rules import Plain
from gitstore.objects.editing import Editor
from gitstore.objects.objects import ObjectReader
from gitstore.objects.trees import EMPTY

LINES = st.one_of(
    st.builds(
        lambda number, text: json.dumps({"id": f"{number:02}", "text": text}).encode() + b"\n",
        st.integers(0, 12),
        st.sampled_from(["a", "b", "long one"]),
    ),
    st.sampled_from([b"torn {\n", b"\n", b'{"id": 3}\n', b'{"no": "id"}\n']),
)
SIDES = st.lists(LINES, max_size=8).map(b"".join)


def merged(*sides: bytes) -> bytes:
    return b"".join(merge_records(sides).lines)


@given(SIDES, SIDES, SIDES)
def test_records_merge_in_any_order_and_any_number_of_times_to_the_same(
    one: bytes, two: bytes, three: bytes
) -> None:
    assert merged(one, two) == merged(two, one)
    assert merged(merged(one, two), three) == merged(one, merged(two, three)) == merged(three, one, two)
    assert merged(merged(one, two), two) == merged(one, two)
    assert merged(merged(one)) == merged(one)


@given(SIDES, SIDES)
def test_every_record_of_both_sides_is_there_once_and_in_order(one: bytes, two: bytes) -> None:
    lines = merge_records([one, two])
    found = [each["id"] for each in records(b"".join(lines.lines))]
    assert found == sorted(set(found))
    assert set(found) == {each["id"] for each in records(one + two)}
    wanted = {line for side in (one, two) for line in side.splitlines(keepends=True)}
    assert wanted <= {*lines.lines, *lines.aside}


def records(content: bytes) -> list[dict[str, str]]:
    found = []
    for line in content.splitlines():
        try:
            each = json.loads(line)
        except ValueError:
            continue
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            found.append(each)
    return found


VALUES = st.one_of(
    st.none(), st.integers(0, 3), st.text("ab", max_size=2), st.lists(st.integers(0, 2), max_size=2)
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.text("xy", max_size=2),
        "titleChangedAt": st.integers(0, 3),
        "tags": st.lists(st.sampled_from("abc"), unique=True, max_size=3),
        "count": st.integers(0, 4),
        "seen": st.integers(0, 4),
        "began": st.integers(0, 4),
        "other": VALUES,
        "to": st.sampled_from("abc"),
        "after": st.sampled_from("abc"),
        "when": st.integers(0, 3),
    },
).map(lambda fields: json.dumps(fields).encode())
FIELDS = Fields(
    sets=frozenset({"tags"}),
    counts=frozenset({"count"}),
    largest=frozenset({"seen"}),
    smallest=frozenset({"began"}),
    registers=(Register(("to", "after"), "when"),),
)


def pointer(document: bytes) -> tuple[object, ...]:
    fields = json.loads(document)
    return tuple(fields.get(name) for name in ("to", "after", "when"))


@given(st.lists(DOCUMENTS, max_size=2), DOCUMENTS, DOCUMENTS)
def test_fields_that_mean_something_together_only_are_as_one_side_has_all_of_them(
    base: list[bytes], one: bytes, two: bytes
) -> None:
    found = pointer(merge_documents(base, one, two, FIELDS) or b"")
    assert found in {pointer(one), pointer(two)}
    if base == [one] and len({pointer(one), pointer(two)}) == 2:
        assert found == pointer(two)


@pytest.mark.parametrize(
    "value",
    [
        "[" * 101 + "]" * 101,
        "9" * 5000,
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        '{"a":' * 5000 + "1" + "}" * 5000,
    ],
)
def test_a_document_that_not_all_read_the_same_is_none(value: str) -> None:
    bad = b'{"other": %s}' % value.encode()
    assert merge_documents([], bad, b"{}", FIELDS) is None
    assert merge_documents([bad], b"{}", b'{"count": 1}', FIELDS) is not None


@pytest.mark.parametrize("number", ["1" + "0" * 400, "-1" + "0" * 400, "1e308", "0.5", "true"])
@pytest.mark.parametrize("name", ["count", "seen", "began", "titleChangedAt", "when"])
def test_numbers_that_nobody_counted_change_no_law(number: str, name: str) -> None:
    big, one = f'{{"{name}": {number}, "title": "a"}}'.encode(), f'{{"{name}": 3, "title": "b"}}'.encode()
    for base in ([], [b"{}"], [big], [one], [f'{{"{name}": 0.5}}'.encode()]):
        found = merge_documents(base, big, one, FIELDS)
        assert found == merge_documents(base, one, big, FIELDS)
        assert found is not None
        assert merge_documents([found], found, found, FIELDS) == found


@given(st.lists(DOCUMENTS, max_size=2), DOCUMENTS, DOCUMENTS)
def test_documents_merge_whichever_side_is_ours(base: list[bytes], one: bytes, two: bytes) -> None:
    assert merge_documents(base, one, two, FIELDS) == merge_documents(base, two, one, FIELDS)


@given(DOCUMENTS, DOCUMENTS)
def test_what_only_one_side_changed_is_as_that_side_has_it(base: bytes, one: bytes) -> None:
    found = json.loads(merge_documents([base], base, one, FIELDS) or b"")
    before, wanted = json.loads(base), json.loads(one)
    for name in ("title", "titleChangedAt", "other"):
        assert found.get(name, ...) == wanted.get(name, ...)
    assert set(found.get("tags", ())) == set(wanted.get("tags", ()))
    for name, bound in (("count", max), ("seen", max), ("began", min)):
        sides = [side[name] for side in (before, wanted) if name in side]
        assert found.get(name) == (bound(sides) if len(sides) == 2 else wanted.get(name, found.get(name)))


@given(st.lists(DOCUMENTS, min_size=2, max_size=4))
def test_without_a_common_beginning_documents_merge_in_any_order(sides: list[bytes]) -> None:
    whole: set[str] = set()
    for order in itertools.permutations(sides):
        result = order[0]
        for side in order[1:]:
            result = merge_documents([], result, side, FIELDS) or b""
        whole.add(json.dumps(json.loads(result), sort_keys=True))
    assert len(whole) == 1


NAMES = st.sampled_from(["a/x.json", "a/h.jsonl", "a/f", "a/g/f", "b/h.jsonl", "b/x.json", "c", "d/e/f"])
TREES = st.dictionaries(NAMES, st.one_of(SIDES.filter(bool), DOCUMENTS), max_size=6)


def merge(
    reader: ObjectReader, base: dict[str, bytes] | None, one: dict[str, bytes], two: dict[str, bytes]
) -> Merged:
    first = Editor(reader, EMPTY)
    made = {}
    for number, files in enumerate((base or {}, one, two)):
        editor = Editor(reader, EMPTY)
        for path, content in files.items():
            editor.write(path, content)
        made[number] = editor.finish()
        for identifier, item in editor.new_objects.items():
            reader.remember(identifier, item.kind, item.content)
    reader.remember(identify(TREE, b""), TREE, b"")
    first = Editor(reader, made[1])
    bases = [] if base is None else [made[0]]
    return merge_trees(first, made[2], bases, Plain())


@given(st.none() | TREES, TREES, TREES)
def test_trees_merge_to_the_same_whichever_is_ours(
    base: dict[str, bytes] | None, one: dict[str, bytes], two: dict[str, bytes]
) -> None:
    reader = ObjectReader(Path("nowhere"))
    assert merge(reader, base, one, two) == merge(reader, base, two, one)


@given(TREES, TREES)
def test_what_only_one_side_changed_is_taken_as_it_is(base: dict[str, bytes], one: dict[str, bytes]) -> None:
    reader = ObjectReader(Path("nowhere"))
    found = merge(reader, base, base, one)
    editor = Editor(reader, EMPTY)
    for path, content in one.items():
        editor.write(path, content)
    assert found.tree == editor.finish()
    assert found.united == found.stayed == found.aside == ()


def one_document(bases: list[dict[str, object]], one: dict[str, object], two: dict[str, object]) -> object:
    contents = [json.dumps(each).encode() for each in (*bases, one, two)]
    fields = Fields(sets=frozenset({"tags"}), registers=(Register(("to", "after"), "pointedAt"),))
    return json.loads(merge_documents(contents[:-2], contents[-2], contents[-1], fields) or b"")


def test_a_value_that_was_set_again_is_a_change() -> None:
    base = {"title": "a", "titleChangedAt": 1}
    again, other = {"title": "a", "titleChangedAt": 7}, {"title": "b", "titleChangedAt": 5}
    assert one_document([base], again, other) == again
    assert one_document([{}], {"titleChangedAt": 7}, other) == {"titleChangedAt": 7}


def test_what_bases_do_not_agree_on_says_nothing_of_who_changed_it() -> None:
    bases = [{"title": "b", "titleChangedAt": 2}, {"titleChangedAt": 3}]
    older, gone = {"title": "b", "titleChangedAt": 4}, {"titleChangedAt": 5}
    assert one_document(bases, older, gone) == gone
    assert one_document(bases[::-1], gone, older) == gone


def test_of_a_set_bases_agree_on_what_is_in_all_of_them() -> None:
    bases = [{"tags": ["a", "b"]}, {"tags": ["a"]}]
    assert one_document(bases, {"tags": ["b"]}, {"tags": ["a", "b"]}) == {"tags": ["b"]}


def test_of_a_set_that_bases_have_differently_counts_what_they_make_of_what_they_came_from() -> None:
    def made(older: list[str]) -> object:
        sides = [json.dumps({"tags": each}).encode() for each in (["red"], [], [], ["red"])]
        fields = Fields(sets=frozenset({"tags"}))
        old = json.dumps({"tags": older}).encode()
        found = {
            merge_documents(bases, one, two, fields, older=[old])
            for bases in (sides[:2], sides[1::-1])
            for one, two in (sides[2:], sides[:1:-1])
        }
        assert len(found) == 1
        return json.loads(found.pop() or b"")["tags"]

    assert made([]) == []  # one base added it, and a side took it out later
    assert made(["red"]) == ["red"]  # one base had taken it out, and a side added it again


def test_fields_that_are_one_value_are_those_of_one_side() -> None:
    one, two = {"to": "x", "after": "1"}, {"after": "2"}
    assert one_document([{}], one, two) in (one, two)
    assert one_document([{}], one, two) == one_document([{}], two, one)
    assert one_document([one], one, two) == two
