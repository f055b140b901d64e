import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_example_of_the_library_runs(capsys: pytest.CaptureFixture[str]) -> None:
    for example in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(example, "README.md", "exec"), {})  # noqa: S102  our own page
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"[a-z0-9]{8} [0-9a-f]{40}", lines[0])
    assert lines[1] == "1 31.2"
    assert re.fullmatch(r"""[0-9a-f]{40} b'{"id": "1", "text": "buy bread"}.n'""", lines[2])


def test_the_flags_that_it_names_are_those_of_the_program() -> None:
    from dexter.cli.arguments import parse

    assert parse(["sessions", "list", "--at", "2 weeks ago"])
    for flags in (
        ["--continue"],
        ["--resume"],
        ["--session", "p37v4fu0"],
        ["--print", "q", "--json"],
        ["--no-session"],
    ):
        assert parse(flags)
