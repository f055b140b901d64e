"""A home and its remote, reached in four ways."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dexter.cli.app import main
from dexter.cli.equipping import reaching
from gitstore.transport import Access
from tests.support.remotes import Served, missing, serve
from tests.support.remotes.scene import PAIRS, Run, Scene


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request: pytest.FixtureRequest) -> tuple[str, str]:
    server, way = request.param
    return server, way


@pytest.fixture
def way(pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    if pair[1] == "direct":
        monkeypatch.setattr(reaching, "access", lambda _: Access(None, dict(os.environ)))
    return pair[1]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_(home: Path, *arguments: str) -> tuple[int, str, str]:
        code = main(["--home", str(home), *arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return run_


@pytest.fixture
def served(pair: tuple[str, str], tmp_path: Path) -> Iterator[Served]:
    if reason := missing(pair[0]):
        pytest.skip(reason)
    with serve(pair[0], tmp_path / "served") as found:
        yield found


@pytest.fixture
def scene(tmp_path: Path, served: Served, run: Run, way: str) -> Scene:
    return Scene(tmp_path, served, run)
