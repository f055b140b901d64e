"""What masking costs: an exchange, a large tool result, the import; beside detect-secrets if it is there."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence

from benchmarks.homes import Homes
from benchmarks.measure import Row, in_turn, middle, show
from benchmarks.prose import Prose
from dexter.secrets import Masks

EXCHANGE = 3_000
RESULT = 2_000_000
KEYS = 12
HOSTILE = ("api_key=", "key", "api_key=abcdefghijk123456789 ", "[masked: api key]")
"""What makes most work if a text is nothing else: names without values, values, what was masked before."""


def main(arguments: Sequence[str], homes: Homes) -> list[Row]:  # noqa: ARG001  nothing is stored
    """Print the tables and return what they come to."""
    parser = argparse.ArgumentParser("masking", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--size", type=int, default=RESULT, help="characters of the large result")
    asked = parser.parse_args(arguments)
    keys = {f"SERVICE{number}_API_KEY": f"sk-made-up-{number:04}-abcdefghijkl" for number in range(KEYS)}
    masks = Masks.of(keys)
    prose = Prose()
    exchange = f"{prose.question()}\n{prose.text(EXCHANGE)}"
    rows = [
        _row("masking an exchange of 3 KB", "1 ms", masks, exchange, asked.rounds),
        _row(
            "masking a result of 2 MB, prose", "50 ms", masks, prose.text(asked.size), asked.rounds // 4 or 1
        ),
        _row("masking a result of 2 MB, JSON", "50 ms", masks, _json(asked.size), asked.rounds // 4 or 1),
        *(
            _row(f"masking 2 MB of `{text}`", "1 s", masks, _only(text, asked.size), 1, peer=False)
            for text in HOSTILE
        ),
    ]
    times = in_turn(
        [lambda: _import("dexter.secrets"), lambda: _import("detect_secrets")], asked.rounds // 4 or 1
    )
    show("a process that imports it", ["dexter.secrets", "detect-secrets"], times)
    return rows


def _row(title: str, asked: str, masks: Masks, text: str, rounds: int, *, peer: bool = True) -> Row:
    runs: list[Callable[[], object]] = [lambda: masks.mask(text)]
    names = ["dexter.secrets"]
    other = _detect_secrets(text[:100_000]) if peer else None
    if other is not None:
        runs.append(other)
        names.append("detect-secrets (100 KB of it at most)")
    times = in_turn(runs, rounds)
    show(title, names, times)
    beside = f"detect-secrets {middle(times[1])} for {len(text[:100_000]) // 1000} KB" if other else ""
    return Row(title, asked, middle(times[0]), beside)


def _detect_secrets(text: str) -> Callable[[], object] | None:
    """What looks through the lines of a text with all of its plugins; None if it is not installed."""
    try:
        from detect_secrets.core.scan import scan_line
        from detect_secrets.settings import default_settings
    except ImportError:
        return None

    def run() -> int:
        with default_settings():
            return sum(1 for line in text.splitlines() for _ in scan_line(line))

    return run


def _only(text: str, size: int) -> str:
    return (text * (size // len(text) + 1))[:size]


def _json(size: int) -> str:
    fact = {"ticker": "AAPL", "key": "value", "revenue": 1.23e9, "token": "0000320193-23-000106"}
    url = "https://www.sec.gov/Archives/edgar/data/320193/000032019323000106/aapl-20230930.htm"
    return (json.dumps({**fact, "url": url, "note": "restated"}) * (size // 150 + 1))[:size]


def _import(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {module}"], check=False, stderr=subprocess.DEVNULL)
