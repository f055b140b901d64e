"""Asking an Ollama server for its models."""

import socket
import subprocess
import sys

import pytest

from dexter.keys import Keys
from dexter.models.ollama import list_models, server_address
from tests.support.servers import ModelServer


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "http://127.0.0.1:11434"),
        ({"OLLAMA_HOST": "0.0.0.0"}, "http://127.0.0.1:11434"),  # noqa: S104  what Ollama listens on
        ({"OLLAMA_HOST": "0.0.0.0:9999"}, "http://127.0.0.1:9999"),
        ({"OLLAMA_HOST": "box.example:1"}, "http://box.example:1"),
        ({"OLLAMA_HOST": "https://box.example"}, "https://box.example:443"),
        ({"OLLAMA_HOST": "[::]:7"}, "http://127.0.0.1:7"),
        ({"OLLAMA_HOST": "x", "OLLAMA_BASE_URL": "http://127.0.0.1:5/v1/"}, "http://127.0.0.1:5"),
        ({"OLLAMA_BASE_URL": "http://127.0.0.1:5/prefix"}, "http://127.0.0.1:5/prefix"),
    ],
)
def test_the_address_is_read_as_ollama_reads_it(values: dict[str, str], expected: str):
    assert server_address(Keys(values)) == expected


def test_the_models_are_listed_without_those_that_only_embed():
    with ModelServer(models=("b:1", "nomic-embed-text", "a")) as server:
        assert list_models(Keys({"OLLAMA_HOST": server.address, "OLLAMA_API_KEY": "k"})) == ("b:1", "a")
        assert server.requests[0].headers["authorization"] == "Bearer k"


def test_no_server_is_no_models():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert list_models(Keys({"OLLAMA_HOST": f"127.0.0.1:{port}"})) == ()


def test_a_server_that_says_nothing_is_no_models():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert list_models(Keys({"OLLAMA_HOST": f"127.0.0.1:{mute.getsockname()[1]}"}), timeout=0.05) == ()


def test_a_server_that_is_no_ollama_is_no_models():
    with ModelServer() as server:
        assert list_models(Keys({"OLLAMA_BASE_URL": f"{server.address}/elsewhere"})) == ()


def test_choosing_a_model_imports_no_model_library_and_no_http_library():
    code = (
        "import sys, dexter.models.choice, dexter.models.ollama, dexter.keys, dexter.agent.events\n"
        "bad = {'pydantic_ai', 'pydantic', 'openai', 'anthropic', 'httpx2', 'http.client', 'dotenv'}\n"
        "print(sorted(bad & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
