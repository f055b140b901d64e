"""Answers on disk: what counts, what goes, what is never in them, and several processes at once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.tools.fetching.cache import Cache
from dexter.tools.fetching.room import make_room
from dexter.tools.fetching.source import DAY, Question, Source
from tests.support.fetching import KEY, Clock, ask, cache_of, client_of, question
from tests.support.servers.pages import Page, PageServer, json_page

SHOP = Source("shop", "Shop", ("shop.invalid",), 10)
THING = Question("things/all", "https://shop.invalid/things", "thing", {"page": "1"}, "brk.b")


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer() as running:
        yield running


def files(folder: Path) -> list[Path]:
    """All files of the cache."""
    return sorted(each for each in (folder / "cache").rglob("*") if each.is_file())


def test_a_file_is_named_and_built_as_the_format_says(tmp_path: Path):
    cache_of(tmp_path, Clock()).keep(SHOP, THING, b'{"price": 1.10}')
    (file,) = files(tmp_path)
    assert file.parent == tmp_path / "cache/shop/things/all"
    assert file.name.startswith("BRK-B_")
    assert len(file.name) == len("BRK-B_0123456789ab.json")
    content = file.read_bytes()
    assert json.loads(content) == {
        "endpoint": "things/all",
        "params": {"page": "1"},
        "data": {"price": 1.1},
        "url": "https://shop.invalid/things",
        "cachedAt": "2026-11-22T12:00:00.000Z",
    }
    assert b"1.10" in content  # a figure stays as it was written


@pytest.mark.parametrize(("keep", "counts"), [(DAY, False), (3 * DAY, True), (None, True)])
def test_what_never_changes_is_kept_and_the_rest_by_age(tmp_path: Path, keep: float | None, counts: bool):
    clock = Clock()
    asked = msgspec.structs.replace(THING, keep=keep)
    cache_of(tmp_path, clock).keep(SHOP, asked, b"1")
    assert cache_of(tmp_path, clock).find(SHOP, asked)
    clock.now += 2 * DAY
    assert bool(cache_of(tmp_path, clock).find(SHOP, asked)) == counts


def test_what_a_wrong_clock_wrote_in_the_future_does_not_count_for_ever(tmp_path: Path):
    clock = Clock()
    cache_of(tmp_path, Clock(clock.now + 400 * DAY)).keep(SHOP, THING, b"1")
    assert cache_of(tmp_path, clock).find(SHOP, THING) is None


def test_refreshing_asks_again_once_and_keeps_what_comes(server: PageServer, tmp_path: Path):
    server.put("/things/1", json_page(1), json_page(2))
    clock = Clock()
    ask(client_of(server, tmp_path, clock), question(server))
    clock.now += 1
    anew = client_of(server, tmp_path, clock, newer_than=clock.now)
    assert [each.data for each in ask(anew, question(server), question(server))] == [b"2", b"2"]
    assert [each.data for each in ask(client_of(server, tmp_path, clock), question(server))] == [b"2"]
    assert len(files(tmp_path)) == 1


def test_who_keeps_nothing_reads_and_remembers_but_leaves_nothing(server: PageServer, tmp_path: Path):
    server.put("/things/1", json_page({"ok": True}))
    client = client_of(server, tmp_path, keeps=False)
    ask(client, question(server), question(server))
    assert len(server.requests) == 1
    assert not (tmp_path / "cache").exists()
    ask(client_of(server, tmp_path), question(server))
    before = files(tmp_path)[0].stat().st_mtime_ns
    ask(client_of(server, tmp_path, keeps=False), question(server))
    assert len(server.requests) == 2
    assert files(tmp_path)[0].stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"endpoint": "things/all"}',
        b"\xff\xfe",
        b'{"endpoint":"things/all","params":{"page":"1"},"data":1,"url":"https://shop.invalid/things","cachedAt":"?"}',
    ],
)
def test_a_file_that_can_not_be_read_is_deleted(tmp_path: Path, content: bytes):
    cache = cache_of(tmp_path, Clock())
    cache.keep(SHOP, THING, b"1")
    (file,) = files(tmp_path)
    file.write_bytes(content)
    assert cache.find(SHOP, THING) is None
    assert files(tmp_path) == []


@given(st.integers(0, 200))
def test_a_file_cut_anywhere_never_gives_another_answer(length: int):
    folder = Path("cut")
    cache = cache_of(folder, Clock())
    cache.keep(SHOP, THING, b'{"price": [1, 2, 3]}')
    (file,) = files(folder)
    whole = file.read_bytes()
    file.write_bytes(whole[:length])
    found = cache.find(SHOP, THING)
    assert found is None or length >= len(whole)


def test_another_question_whose_hash_is_the_same_gets_no_answer(tmp_path: Path):
    cache = cache_of(tmp_path, Clock())
    cache.keep(SHOP, THING, b"1")
    other = msgspec.structs.replace(THING, params={"page": "2"})
    cache.keep(SHOP, other, b"2")
    first, second = files(tmp_path)
    first.write_bytes(second.read_bytes())
    found = [cache.find(SHOP, THING), cache.find(SHOP, other)]
    assert [each.data for each in found if each] == [b"2"]


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3), st.text(max_size=40))
def test_whatever_is_asked_comes_back_for_the_same_question_only(params: dict[str, str], label: str):
    cache = cache_of(Path("law"), Clock())
    asked = msgspec.structs.replace(THING, params=params, label=label)
    cache.keep(SHOP, asked, b'"this"')
    found = cache.find(SHOP, asked)
    assert found is not None
    assert found.data == b'"this"'
    assert cache.find(SHOP, msgspec.structs.replace(asked, params={**params, "more": "x"})) is None


def test_no_secret_gets_into_a_file_or_its_name(server: PageServer, tmp_path: Path):
    server.put("/things/1", json_page({"ok": True}))
    asked = question(server, params={"api_key": KEY, "q": f"what is {KEY}"}, body={"key": KEY})
    ask(client_of(server, tmp_path), asked, asked)
    assert len(server.requests) == 1
    (file,) = files(tmp_path)
    assert KEY.encode() not in file.read_bytes()
    assert b"[key hidden]" in file.read_bytes()


def test_a_label_can_not_lead_out_of_the_folder(tmp_path: Path):
    cache_of(tmp_path, Clock()).keep(SHOP, msgspec.structs.replace(THING, label="../../../x\x00/y"), b"1")
    (file,) = files(tmp_path)
    assert file.parent == tmp_path / "cache/shop/things/all"


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path):
    cache = cache_of(tmp_path, Clock(), most=40_000)
    asked = [msgspec.structs.replace(THING, params={"page": str(number)}) for number in range(30)]
    for number, each in enumerate(asked):
        cache.keep(SHOP, each, b'"%s"' % (b"x" * 2000))
        for file in files(tmp_path):
            if f'"page":"{number}"' in file.read_text():
                os.utime(file, (1000 + number, 1000 + number))
        if number == 10:
            assert cache.find(SHOP, asked[0])  # used just now
    make_room(tmp_path / "cache", 40_000)
    assert sum(file.stat().st_size for file in files(tmp_path)) <= 40_000
    assert cache.find(SHOP, asked[0])
    assert cache.find(SHOP, asked[29])
    assert cache.find(SHOP, asked[1]) is None


def test_the_bound_holds_while_one_process_writes_on_and_on(tmp_path: Path):
    cache = cache_of(tmp_path, Clock(), most=100_000)
    for number in range(100):
        cache.keep(
            SHOP, msgspec.structs.replace(THING, params={"page": str(number)}), b'"%s"' % (b"x" * 5000)
        )
        assert sum(file.stat().st_size for file in files(tmp_path)) <= 100_000 * (1 + 1 / 8)


def test_an_answer_too_large_for_the_cache_is_given_and_not_kept(tmp_path: Path):
    answer = cache_of(tmp_path, Clock(), most=8000).keep(SHOP, THING, b'"%s"' % (b"x" * 2000))
    assert len(answer.data) == 2002
    assert files(tmp_path) == []


def test_what_a_killed_process_left_half_written_goes_after_an_hour(tmp_path: Path):
    folder = tmp_path / "cache/shop/things/all"
    folder.mkdir(parents=True)
    old, young = folder / ".staged-00", folder / ".staged-11"
    for each in (old, young):
        each.write_bytes(b"half")
    os.utime(old, (1000, 1000))
    cache_of(tmp_path, Clock()).keep(SHOP, THING, b"1")
    assert not old.exists()
    assert young.exists()


def test_a_cache_that_can_not_be_written_costs_no_answer(server: PageServer, tmp_path: Path):
    server.put("/things/1", json_page({"ok": True}))
    (tmp_path / "cache").write_text("a file where the folder should be")
    (answer,) = ask(client_of(server, tmp_path), question(server))
    assert json.loads(answer.data) == {"ok": True}


def test_an_answer_that_fails_is_never_kept(server: PageServer, tmp_path: Path):
    server.put("/things/1", Page(b"nothing", 404), json_page({"ok": True}))
    with pytest.raises(Exception, match="has no"):
        ask(client_of(server, tmp_path), question(server))
    (answer,) = ask(client_of(server, tmp_path), question(server))
    assert json.loads(answer.data) == {"ok": True}


WRITER = """
import sys
from pathlib import Path
from tests.support.fetching import Clock, cache_of
from dexter.tools.fetching.source import Question, Source
shop = Source("shop", "Shop", ("shop.invalid",), 10)
cache = cache_of(Path(sys.argv[1]), Clock(), most=60_000)
for round in range(150):
    number = round % 12
    asked = Question("things", "https://shop.invalid/things", "thing", {"page": str(number)}, "acme")
    found = cache.find(shop, asked)
    assert found is None or found.data == b'"%d%s"' % (number, b"x" * 6000), found
    cache.keep(shop, asked, b'"%d%s"' % (number, b"x" * 6000))
print("well")
"""


def test_processes_that_read_write_and_make_room_at_once_get_whole_answers(tmp_path: Path):
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in running] == ["well"] * 3
    assert not [file for file in files(tmp_path) if file.name.startswith(".staged-")]


def test_what_one_process_kept_another_finds(server: PageServer, tmp_path: Path):
    server.put("/things/1", json_page({"ok": True}))
    ask(client_of(server, tmp_path), question(server))
    code = (
        "import sys; from pathlib import Path\n"
        "from dexter.tools.fetching.source import Question, Source\n"
        "from tests.support.fetching import Clock, cache_of\n"
        "source = Source('shop', 'Shop', (), 10, sys.argv[2])\n"
        "asked = Question('things', sys.argv[2] + '/things/1', 'thing', label='acme')\n"
        "print(cache_of(Path(sys.argv[1]), Clock()).find(source, asked).data)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), server.address],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.strip().removeprefix("b'").removesuffix("'")) == {"ok": True}


def test_no_folder_is_made_before_something_is_kept(tmp_path: Path):
    cache = Cache(tmp_path / "cache", clock=Clock(), mask=str)
    assert cache.find(SHOP, THING) is None
    assert not (tmp_path / "cache").exists()
