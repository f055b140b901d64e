import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from dexter.cli.equipping.prices import list_price
from dexter.cli.stored import sessions
from dexter.cli.stored.stats import statistics_text
from dexter.sessions import Facts
from dexter.sessions.catalog.statistics import Counted, compute
from dexter.sessions.footprint import Footprint
from tests.support.sessions import commit_file, dexter, dexter_json, make_session

WHEN = 1_795_000_000_000  # in the middle of a month, so that every time zone agrees
PAGE = """\
Sessions:  3
Exchanges: 4 (3 complete, 1 interrupted)
Tokens:    3,045 (2,030 in, 1,015 out)
Cost:      at least $2.00
           1 exchange without a count of tokens
           price unknown: nobody:brand-new

Model             Exchanges  Tokens     Cost
openai:gpt-5              2   1,500    $2.00  ##########
nobody:brand-new          1   1,545  unknown  ##########
openai:silent             1       0  unknown

Month    Exchanges  Tokens      Cost
2026-11          4   3,045  >= $2.00  ##########

On disk    Files    Size
packs          2  1.5 MB  ##########
histories      1    10 B  #
all            3  1.5 MB

Costs are list prices in US dollars; models on this machine are free.
Deleted sessions are not counted.
"""


def made_up(exchange: Counted) -> Decimal | None:
    return Decimal(1) if exchange.model == "gpt-5" else None


def facts(model: str, provider: str, tokens: int | None, status: str = "complete") -> Facts:
    output = None if tokens is None else tokens // 2
    return Facts("a7k3m9x2", "1", WHEN, provider, model, status, 1, tokens, output)


ROWS = [
    facts("gpt-5", "openai", 500),
    facts("gpt-5", "openai", 500),
    facts("brand-new", "nobody", 1030),
    facts("silent", "openai", None, "interrupted"),
]
DISK = [Footprint("packs", 2, 1_500_000), Footprint("steps"), Footprint("histories", 1, 10)]


def test_the_page_on_a_terminal_has_bars_that_fit() -> None:
    found = compute(3, ROWS, made_up)
    text = statistics_text(found, DISK, 57)
    assert max(map(len, text.splitlines()[:18])) <= 57
    assert "#" in text
    assert "\x1b" not in text


def test_the_page_in_a_pipe_is_plain_and_complete() -> None:
    found = compute(3, ROWS, made_up)
    # nobody's model took more tokens, so that it comes first
    expected = re.sub(r"(openai:gpt-5 .*\n)(nobody:.*\n)", r"\2\1", PAGE)
    expected = re.sub(r" +#+$", "", expected, flags=re.MULTILINE)
    assert statistics_text(found, DISK, None) + "\n" == expected


def test_a_narrow_terminal_loses_bars_before_figures() -> None:
    text = statistics_text(compute(1, ROWS, made_up), DISK, 40)
    assert "1,545  unknown\n" in text
    assert max(len(line) for line in text.splitlines() if "#" in line) <= 40


def test_an_empty_home_has_nothing_and_stays_empty(tmp_path: Path) -> None:
    done = dexter("sessions", "stats", home=tmp_path / "none")
    assert done.returncode == 0
    assert done.stdout.startswith("Sessions:  0\nExchanges: 0\nTokens:    0\nCost:      $0.00\n")
    assert not done.stderr
    found = dexter_json("sessions", "stats", home=tmp_path / "none")
    assert found["sessions"] == found["exchanges"]["total"] == found["disk"]["bytes"] == 0
    assert found["total"]["cost"] == "0"
    assert found["byModel"] == found["byMonth"] == []
    assert not (tmp_path / "none").exists()


def test_what_is_saved_is_counted_with_prices_and_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_session(tmp_path, "one", "two")
    make_session(tmp_path, "three", model="offline", provider="offline", token_usage=None)
    assert sessions.stats(tmp_path, json=True, price=made_up) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sessions"] == 2
    assert found["exchanges"] == {"total": 3, "complete": 3, "interrupted": 0, "error": 0}
    first = found["byModel"][0]
    assert (first["provider"], first["model"], first["totalTokens"], first["cost"]) == (
        "openai", "gpt-5", 60, "2",
    )  # fmt: skip
    assert found["byModel"][1]["cost"] is None
    assert found["byModel"][1]["withoutTokens"] == 1
    assert found["total"]["costIsComplete"] is False
    kinds = {each["kind"]: each["bytes"] for each in found["disk"]["byKind"]}
    assert kinds["histories"] > 0
    assert sum(kinds.values()) == found["disk"]["bytes"]


def test_a_damaged_session_is_told_and_the_rest_is_counted(tmp_path: Path) -> None:
    broken = make_session(tmp_path, "one")
    make_session(tmp_path, "two")
    commit_file(tmp_path, f"cli/{broken}/session.json", b"{")
    done = dexter("sessions", "stats", home=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("Sessions:  2\nExchanges: 2 ")
    assert done.stderr.count(broken) == 1


def test_list_prices_are_those_of_the_day_and_local_models_are_free() -> None:
    assert list_price(facts("offline", "offline", None)) == 0
    assert list_price(facts("llama3", "ollama", 5000)) == 0
    known = list_price(facts("gpt-5", "openai", 1_000_000))
    assert known is not None
    assert known > 0
    assert list_price(facts("no-such-model", "openai", 10)) is None
    assert list_price(facts("no-such-model", "nobody", 10)) is None
    assert list_price(facts("gpt-5", "openai", None)) is None
