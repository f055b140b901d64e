"""The page in a real browser: hostile answers do nothing there, and the search finds."""

import re
from pathlib import Path

import pytest

from dexter.exports.formats import rendered
from dexter.exports.saving import write_new
from dexter.sessions import ToolStep
from tests.support.browser import NAMES, browser, dump
from tests.support.transcripts import HOSTILE, exchange, transcript

pytestmark = pytest.mark.skipif(browser() is None, reason=f"none of {', '.join(NAMES)} is installed")

ATTACK = "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    first, second, third = exchange(1, HOSTILE, HOSTILE), exchange(2, "Growth of pears?", "7%"), exchange(3)
    steps = {third.id: (ToolStep(1, "c", "look_up", {"fruit": "quince"}, "sour", True, 3),)}
    path = tmp_path / "page.html"
    write_new(path, rendered(transcript(first, second, third, title="Fruit", steps=steps), "html"))
    return path


def title(dom: str) -> str:
    found = re.search("<title>(.*?)</title>", dom)
    assert found
    return found[1]


def shown(dom: str) -> list[str]:
    """The numbers of the exchanges that can be seen."""
    found = re.findall(r'<article id="x(\d+)"([^>]*)>', dom)
    return [number for number, rest in found if "hidden" not in rest]


def test_hostile_text_makes_no_element_and_runs_nothing(page: Path, tmp_path: Path):
    dom = dump(page, tmp_path / "profile")
    assert title(dom) == "Fruit"
    assert shown(dom) == ["1", "2", "3"]
    assert len(re.findall("<script", dom)) == 1
    assert not re.search("<img|<svg onload|<iframe|<object|href=.javascript|href=.data", dom)


def test_even_unescaped_it_would_not_run_because_of_the_policy(page: Path, tmp_path: Path):
    broken = tmp_path / "broken.html"
    broken.write_text(page.read_text().replace("</main>", f"{ATTACK}</main>"))
    assert title(dump(broken, tmp_path / "profile")) == "Fruit"
    unguarded = tmp_path / "unguarded.html"
    unguarded.write_text(re.sub("<meta http-equiv[^>]*>", "", broken.read_text()))
    assert title(dump(unguarded, tmp_path / "profile")) == "pwned"


def test_words_in_the_address_filter_exchanges_and_open_the_tools_that_have_them(page: Path, tmp_path: Path):
    dom = dump(page, tmp_path / "profile", fragment="#q=PEARS%20growth")
    assert shown(dom) == ["2"]
    assert "1 of 3 exchanges" in dom
    dom = dump(page, tmp_path / "profile", fragment="#q=quince")
    assert shown(dom) == ["3"]
    assert "<details open" in dom
    assert shown(dump(page, tmp_path / "profile", fragment="#q=nowhere")) == []


def test_an_address_that_is_no_search_hides_nothing(page: Path, tmp_path: Path):
    for fragment in ("#q=%E0%A4%A", "#x2", "#<script>"):
        assert shown(dump(page, tmp_path / "profile", fragment=fragment)) == ["1", "2", "3"]
