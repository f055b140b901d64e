"""What is pinned must install anywhere, also when newer releases than the pinned ones are out."""

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?==", re.MULTILINE)


def _pins(name: str) -> dict[str, set[str]]:
    """The extras of each pinned distribution, by its name."""
    found = _PIN.findall((ROOT / name).read_text())
    return {_plain(name): {each.strip() for each in extras.split(",") if each} for name, extras in found}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_pin_names_the_extras_that_others_ask_for(lock: str) -> None:
    # Without them older pips look for the extra apart from the pin, find a newer release, and refuse it.
    pins = _pins(lock)
    for distribution in distributions():
        if _plain(distribution.metadata["Name"]) not in pins:
            continue
        for text in distribution.requires or []:
            asked = Requirement(text)
            wanted = asked.marker is None or asked.marker.evaluate({"extra": ""})
            if wanted and _plain(asked.name) in pins:
                missing = asked.extras - pins[_plain(asked.name)]
                assert not missing, f"{lock}: {asked.name} without {missing}"


LOCKS = [
    *sorted(path.name for path in ROOT.glob("requirements*.lock")),
    "tests/node/package-lock.json",
]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_fetch_from(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()
