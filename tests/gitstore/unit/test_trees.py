"""Trees of git as bytes: grids of directories with names of one length, and anything else."""

import pytest

from gitstore.errors import Damaged
from gitstore.objects import trees
from gitstore.objects.trees import DIRECTORY, FILE, Entry

ONE, TWO = "11" * 20, "22" * 20


def row(mode: str, name: str, identifier: str = ONE) -> bytes:
    return f"{mode} {name}\0".encode() + bytes.fromhex(identifier)


def grid(*names: str, identifier: str = ONE) -> bytes:
    return b"".join(row(DIRECTORY, name, identifier) for name in names)


@pytest.mark.parametrize(
    "broken", [b"x", b"40000 a", b"40000 a\0short", b"4000 a\0" + bytes(20), b"40000 \0" + bytes(20)]
)
@pytest.mark.parametrize("before", [b"", row(FILE, "a")])
def test_bytes_that_are_no_tree_are_refused(broken: bytes, before: bytes) -> None:
    with pytest.raises(Damaged) as raised:
        trees.parse(before + broken)
    assert (raised.value.place, raised.value.reason) == ("tree", "not a list of entries")


def test_damage_between_two_entries_is_not_stepped_over() -> None:
    tree = row(FILE, "a") + b"?" + row(FILE, "b")
    with pytest.raises(Damaged):
        trees.parse(tree)
    with pytest.raises(Damaged):
        trees.find(tree, "b")
    with pytest.raises(Damaged):
        trees.splice(tree, "b", None)


def test_all_modes_and_names_are_read() -> None:
    tree = row("100755", "run") + row("120000", "sl") + row("160000", "sub")
    assert trees.parse(tree) == [
        Entry("100755", "run", ONE),
        Entry("120000", "sl", ONE),
        Entry("160000", "sub", ONE),
    ]
    odd = b"100644 \xff\0" + bytes.fromhex(ONE)
    assert trees.parse(odd)[0].name == "\udcff"
    assert trees.find(odd, "\udcff") == Entry(FILE, "\udcff", ONE)
    assert trees.splice(b"", "\udcff", FILE, ONE) == odd


@pytest.mark.parametrize("count", range(6))
@pytest.mark.parametrize("name", ["aa", "bb", "cc", "dd", "ab", "zz", "a", "ccc"])
def test_a_name_is_found_in_a_grid_or_has_its_place_there(count: int, name: str) -> None:
    names = ["aa", "bb", "cc", "dd", "ee"][:count]
    tree = grid(*names)
    assert trees.find(tree, name) == (Entry(DIRECTORY, name, ONE) if name in names else None)
    for mode in (DIRECTORY, FILE):
        there = dict.fromkeys(names, (DIRECTORY, ONE)) | {name: (mode, TWO)}

        def key(known: str, there: dict[str, tuple[str, str]] = there) -> str:
            return known + "/" if there[known][0] == DIRECTORY else known

        wanted = b"".join(row(there[known][0], known, there[known][1]) for known in sorted(there, key=key))
        assert trees.splice(tree, name, mode, TWO) == wanted
    assert trees.splice(tree, name, None) == grid(*(known for known in names if known != name))


@pytest.mark.parametrize("beside", [".", "-", "0", "/"])
def test_a_directory_is_sorted_as_if_its_name_ended_in_a_slash(beside: str) -> None:
    beside = "aa" + beside if beside != "/" else "aa0"
    tree = trees.splice(grid("aa"), beside, FILE, TWO)
    assert [entry.name for entry in trees.parse(tree)] == sorted(
        ["aa", beside], key=lambda n: n + "/" if n == "aa" else n
    )
    again = trees.splice(row(FILE, beside, TWO), "aa", DIRECTORY, ONE)
    assert again == tree


def test_an_entry_says_whether_it_names_a_directory() -> None:
    assert [entry.is_directory for entry in trees.parse(row(FILE, "a") + row(DIRECTORY, "b"))] == [
        False,
        True,
    ]


def test_names_are_utf_8() -> None:
    assert trees.encode_name("é") == b"\xc3\xa9"
    assert trees.parse(b"100644 \xc3\xa9\0" + bytes(20))[0].name == "é"


@pytest.mark.parametrize("name", ["aaa", "aaaa", "aab", "ab", "ac0", "b"])
def test_a_file_finds_its_place_in_a_grid_by_the_slash_that_directories_are_sorted_with(name: str) -> None:
    names = ["aa", "ab", "ac"]
    for file in (name, name + "!", name + "0"):
        made = trees.splice(grid(*names), file, FILE, TWO)
        keys = [each + "/" if each in names and each != file else each for each in [*names, file]]
        wanted = sorted(set(keys) if file not in names else {each.rstrip("/") for each in keys})
        assert [entry.name for entry in trees.parse(made)] == [each.rstrip("/") for each in wanted]


def test_ids_that_look_like_frames_of_entries_do_not_deceive() -> None:
    deceiving = b"40000 aa".hex() + "00" + "34" * 11
    tree = grid("aa", "bb", "cc", identifier=deceiving)
    assert trees.find(tree, "bb") == Entry(DIRECTORY, "bb", deceiving)
    lone = row(DIRECTORY, "aa", deceiving) + row(FILE, "ab", deceiving)
    assert [entry.name for entry in trees.parse(lone)] == ["aa", "ab"]
    assert trees.find(lone, "ab") == Entry(FILE, "ab", deceiving)
    mixed = row(DIRECTORY, "ab") + row(DIRECTORY, "abcd")
    assert [entry.name for entry in trees.parse(trees.splice(mixed, "ac", DIRECTORY, TWO))] == [
        "ab",
        "abcd",
        "ac",
    ]


def test_a_tree_whose_first_entry_only_looks_like_a_grid_is_read_entry_by_entry() -> None:
    # As long as a grid of two, with names of one and of three letters.
    tree = row(DIRECTORY, "a") + row(DIRECTORY, "bbb")
    assert len(tree) == 2 * len(row(DIRECTORY, "cc"))
    assert trees.find(tree, "bbb") == Entry(DIRECTORY, "bbb", ONE)
    files = row(DIRECTORY, "aaa") + row("100644", "bb")
    assert trees.find(files, "bb") == Entry(FILE, "bb", ONE)
    assert trees.splice(files, "bb", None) == row(DIRECTORY, "aaa")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((), ("aa",)), (("aa",), ()), (("aa", "bb"), ("aa", "bb")), (("aa", "bb", "cc"), ("aa", "cc")),
        (("aa", "cc"), ("aa", "bb", "cc")), (("bb", "cc"), ("aa", "bb", "cc")), (("aa",), ("aaa",)),
        (("aa", "ab", "ac"), ("aa", "ac", "ad")),
    ],
)  # fmt: skip
def test_what_two_trees_do_not_share_is_told_for_each(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    gone, come = trees.changed(grid(*old), grid(*new))
    assert [entry.name for entry in gone] == [name for name in old if name not in new]
    assert [entry.name for entry in come] == [name for name in new if name not in old]


def test_only_what_differs_is_parsed() -> None:
    names = [f"{number:03}" for number in range(200)]
    changed = grid(*names[:100]) + grid(names[100], identifier=TWO) + grid(*names[101:])
    before, after = trees.parse_differing(grid(*names), changed)
    assert (before, after) == ([Entry(DIRECTORY, "100", ONE)], [Entry(DIRECTORY, "100", TWO)])
    assert trees.parse_differing(grid(*names), grid(*names)) == ([], [])
    before, after = trees.parse_differing(grid(*names), grid(*names[:-1]))
    assert ([entry.name for entry in before], after) == (["199"], [])
    before, after = trees.parse_differing(grid(*names[1:]), grid(*names))
    assert (before, [entry.name for entry in after]) == ([], ["000"])


@pytest.mark.parametrize("one", [b"", b"a", b"ab", b"abc", b"xbc", b"axc", b"abx", b"abcd", b"dabc"])
@pytest.mark.parametrize("other", [b"", b"a", b"ab", b"abc", b"xbc", b"axc", b"abx", b"abcd", b"dabc"])
def test_common_beginnings_and_ends_are_as_long_as_they_are(one: bytes, other: bytes) -> None:
    shorter = min(len(one), len(other))
    assert trees.common_prefix(one, other) == max(n for n in range(shorter + 1) if one[:n] == other[:n])
    ends = (n for n in range(shorter + 1) if one[len(one) - n :] == other[len(other) - n :])
    assert trees.common_suffix(one, other) == max(ends)


def test_a_common_beginning_or_end_of_many_bytes_is_found_exactly() -> None:
    for at in (0, 1, 2, 31, 32, 33, 63, 64):
        one, other = bytearray(64), bytearray(64)
        if at < 64:
            other[at] = 1
        assert trees.common_prefix(bytes(one), bytes(other)) == at
        assert trees.common_suffix(bytes(one), bytes(other)) == (63 - at if at < 64 else 64)
