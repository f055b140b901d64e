import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import guards


def test_connecting_beyond_loopback_is_refused() -> None:
    with socket.socket() as plug, pytest.raises(guards.NetworkReached):
        plug.connect(("192.0.2.1", 80))


def test_sending_a_datagram_beyond_loopback_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug, pytest.raises(guards.NetworkReached):
        plug.sendto(b"x", ("192.0.2.1", 53))


def test_looking_up_a_name_is_refused() -> None:
    with pytest.raises(guards.NetworkReached):
        socket.getaddrinfo("example.invalid", 443)


def test_loopback_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        server.accept()[0].close()


def test_the_real_home_is_refused() -> None:
    real = Path(os.environ["DEXTER_TEST_REAL_HOME"])
    with pytest.raises(guards.HomeReached):
        (real / ".gitconfig").read_text()
    with pytest.raises(guards.HomeReached):
        (real / ".dexter" / "sessions").mkdir()


def test_home_is_made_up() -> None:
    assert Path.home() != Path(os.environ["DEXTER_TEST_REAL_HOME"])
    assert (Path.home() / ".gitconfig").exists()


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("import socket; socket.create_connection(('192.0.2.1', 80), 1)", "NetworkReached"),
        ("import os; open(os.environ['DEXTER_TEST_REAL_HOME'] + '/.gitconfig')", "HomeReached"),
    ],
)
def test_a_child_is_guarded_too(code: str, refusal: str) -> None:
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert child.returncode == 1
    assert refusal in child.stderr


def test_identity_and_zone_are_fixed() -> None:
    identity = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, check=True)
    assert identity.stdout.strip() == guards.IDENTITY[0]
    assert time.localtime(0)[3:5] == (5, 30)


def test_no_key_and_no_model_server_of_the_person_at_the_machine_is_seen() -> None:
    inherited = {
        "OPENAI_API_KEY": "k",
        "ANTHROPIC_BASE_URL": "b",
        "DEXTER_HOME": "h",
        "https_proxy": "p",
        "PATH": "/bin",
    }
    kept = guards.environment(inherited, Path("/h"), Path("/r"))
    assert not set(kept) & {"OPENAI_API_KEY", "ANTHROPIC_BASE_URL", "DEXTER_HOME", "https_proxy"}
    assert kept["PATH"] == "/bin"
    assert kept["OLLAMA_HOST"] == "127.0.0.1:9"


def test_tests_stand_in_an_empty_directory() -> None:
    assert list(Path.cwd().iterdir()) == []
