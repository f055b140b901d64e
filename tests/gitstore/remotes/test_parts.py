from hypothesis import given, settings
from hypothesis import strategies as st

from gitstore.errors import ObjectMissing, RemoteBroken, RemoteUnreachable
from gitstore.objects import commits
from gitstore.transport import ancestry
from gitstore.transport.pktline import line
from gitstore.transport.saying import clean, failure

NOTHING: frozenset[str] = frozenset()


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], list[int]]:
    """Parents of each commit, all earlier ones, and its time by whatever clock."""
    size = draw(st.integers(1, 12))
    parents = [
        tuple(sorted(draw(st.sets(st.integers(0, number - 1), max_size=2)))) if number else ()
        for number in range(size)
    ]
    return parents, draw(st.lists(st.integers(0, 5), min_size=size, max_size=size))


def name(number: int) -> str:
    return f"{number + 1:040x}"


def reading(history: tuple[list[tuple[int, ...]], list[int]]) -> ancestry.Read:
    parents, times = history

    def read(identifier: str) -> bytes:
        number = int(identifier, 16) - 1
        if not 0 <= number < len(parents):
            raise ObjectMissing(identifier, identifier)
        lines = [f"tree {'0' * 40}", *(f"parent {name(each)}" for each in parents[number])]
        lines += [f"author a <b> {times[number]} +0000", f"committer a <b> {times[number]} +0000"]
        return ("\n".join(lines) + "\n\nx\n").encode()

    return read


def behind(parents: list[tuple[int, ...]], tips: set[int]) -> set[int]:
    found, waiting = set(tips), list(tips)
    while waiting:
        for each in parents[waiting.pop()]:
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


@given(histories(), st.data())
@settings(max_examples=300)
def test_all_that_is_new_is_found_parents_first(
    history: tuple[list[tuple[int, ...]], list[int]], data: st.DataObject
) -> None:
    parents, times = history
    numbers = st.integers(0, len(parents) - 1)
    tips, known = data.draw(st.sets(numbers, min_size=1)), data.draw(st.sets(numbers))
    read = reading(history)
    found = ancestry.new_commits(read, map(name, sorted(tips)), map(name, sorted(known)), NOTHING)
    exact = behind(parents, tips) - behind(parents, known)
    assert {name(each) for each in exact} <= set(found)
    assert set(found) <= {name(each) for each in behind(parents, tips)}
    if all(times[above] < times[number] for number in range(len(parents)) for above in parents[number]):
        assert set(found) == {name(each) for each in exact}
    assert len(set(found)) == len(found)
    for at, identifier in enumerate(found):
        above = commits.parents(read(identifier))[1]
        assert not set(above) & set(found[at:])


@given(histories(), st.data())
@settings(max_examples=300)
def test_whether_one_is_behind_another_does_not_depend_on_clocks(
    history: tuple[list[tuple[int, ...]], list[int]], data: st.DataObject
) -> None:
    numbers = st.integers(0, len(history[0]) - 1)
    tip, other = data.draw(numbers), data.draw(numbers)
    wanted = other in behind(history[0], {tip})
    assert ancestry.contains(reading(history), name(tip), name(other), NOTHING) is wanted
    assert not ancestry.contains(reading(history), name(tip), name(77), NOTHING)


def test_a_remote_is_told_the_latest_and_few_of_the_rest() -> None:
    size = 3000
    history = ([((number - 1,) if number else ()) for number in range(size)], list(range(size)))
    found = ancestry.sample(reading(history), [name(size - 1), name(size - 6)], NOTHING, ancestry.FAR)
    assert found[:2] == [name(size - 1), name(size - 6)]
    assert len(found) < 60
    assert found[2:6] == [name(size - 2 - each) for each in range(4)]


def test_a_line_says_how_long_it_is() -> None:
    assert line(b"done\n") == b"0009done\n"


def test_what_a_program_prints_is_cut_to_what_is_wrong() -> None:
    said = (
        "remote: Counting objects: 100% (3/3), done.\n"
        "fatal: unable to access 'https://me:pw@host/x/': Could not resolve host: host\n"
    )
    assert clean(said) == "unable to access 'https://me:***@host/x/': Could not resolve host: host"
    assert clean("error: the word is hunter2\x1b[31m\n", ("hunter2",)) == "the word is *** [31m"
    assert clean("") == "no reason given"


def test_a_connection_that_ended_is_not_taken_for_a_damaged_repository() -> None:
    cut = "fetch-pack: unexpected disconnect while reading sideband packet\nfatal: protocol error: bad pack"
    assert type(failure("far", cut)) is RemoteUnreachable
    assert (
        type(failure("far", f"remote: aborting due to possible repository corruption\n{cut}")) is RemoteBroken
    )
    assert (
        type(failure("far", "fatal: early EOF\nfatal: fetch-pack: invalid index-pack output")) is RemoteBroken
    )
