"""A plot that a model draws, where there is no terminal: in `--print`, in a pipe, in what is shown later."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import Call, ModelServer, Reply
from tests.support.sessions import dexter

SERIES = [{"name": "Margin", "points": [{"x": "2023", "y": 44.13}, {"x": "2024", "y": 6}]}]
DRAW = Reply(calls=(Call("plot", {"title": "Apple", "unit": "percent", "series": SERIES}),))
TABLE = "Apple (percent)\n      Margin\n2023   44.13\n2024    6\n"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server whose model draws, then answers."""
    with ModelServer([DRAW, Reply("As **shown**.")]) as running:
        yield running


@pytest.fixture
def remote(server: ModelServer) -> dict[str, str]:
    """Variables that make the server the model."""
    return {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-plot-0123456789"}


def test_a_printed_answer_has_the_table_before_it_and_so_has_the_session(
    server: ModelServer, remote: dict[str, str]
):
    done = dexter("--print", "Draw it", "--model", "openai:demo", environment=remote)
    assert (done.returncode, done.stdout) == (0, f"{TABLE}\nAs **shown**.\n")
    assert '"note": "The user sees it."' in str(server.bodies[-1]["messages"][-1])
    session = next(Path(".dexter/sessions/cli").iterdir()).name
    assert f"\n\n{TABLE}\nAs **shown**." in dexter("sessions", "show", session).stdout
    page = dexter("sessions", "export", session, "--format", "html").stdout
    assert page.count("<polyline ") == 1
    assert "Margin, 2023: 44.13" in page


def test_piped_queries_get_the_table_too(remote: dict[str, str]):
    done = dexter("--model", "openai:demo", stdin="Draw it\n", environment=remote)
    assert done.stdout == f"{TABLE}\nAs **shown**.\n"
