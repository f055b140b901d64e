import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gitstore

PROJECT = Path(__file__).parents[3]
PAGE = (PROJECT / "docs" / "gitstore.md").read_text()
PRINTED = {
    "notes": """\
notes: buy bread, call the bank
after deleting: []
after restoring: buy bread, call the bank
log: not quite
log: all done
log: note 2: call the bank
log: note 1: buy bread
""",
    "writers": """\
records: 20 in order: True
counted: 20
commits: 20
""",
    "earlier": """\
now: 15
by commit: 10
two days ago: 12
1999: too early
""",
}


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_runs_and_prints_what_it_should(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(PROJECT / "examples" / f"{name}.py"), str(tmp_path / "store")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, PRINTED[name], "")
    store = ["git", "-C", str(tmp_path / "store")]
    assert not subprocess.run([*store, "status", "--porcelain"], capture_output=True, check=True).stdout
    subprocess.run([*store, "fsck", "--full", "--strict"], capture_output=True, check=True)


def test_every_example_is_run() -> None:
    assert {path.stem for path in (PROJECT / "examples").glob("*.py")} == set(PRINTED)


def test_the_page_names_the_public_names_and_no_others() -> None:
    assert sorted(re.findall(r"^\| `(\w+)` \| \S", PAGE, re.MULTILINE)) == sorted(gitstore.__all__)
    assert gitstore.__all__ == sorted(gitstore.__all__, key=lambda name: (not name.isupper(), name))


def test_every_public_class_and_method_says_what_it_does() -> None:
    for name in gitstore.__all__:
        found = getattr(gitstore, name)
        if not inspect.isclass(found):
            continue  # a union of others
        assert found.__doc__, name
        for method, function in inspect.getmembers(found, inspect.isfunction):
            if not method.startswith("_") and function.__module__.startswith("gitstore"):
                assert function.__doc__, f"{name}.{method}"


@pytest.mark.parametrize("method", ["open", "apply", "snapshot", "resolve", "log", "deletions"])
def test_what_can_fail_says_how_and_what_is_left_then(method: str) -> None:
    assert "Raises:" in (inspect.getdoc(getattr(gitstore.Store, method)) or "")


def test_importing_brings_nothing_but_the_standard_library_and_msgspec() -> None:
    program = (
        "import sys; before = set(sys.modules); import gitstore\n"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PROJECT
    ).stdout
    assert set(out.split()) - set(sys.stdlib_module_names) <= {
        "gitstore",
        "msgspec",
        "typing_extensions",
    }  # msgspec takes the last along where it is
