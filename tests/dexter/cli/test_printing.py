"""`dexter --print`: the real program, in a process of its own, against a server on the loopback."""

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import Call, Fail, ModelServer, Reply
from tests.support.servers.echo import token_of
from tests.support.sessions import dexter, git

PROGRAM = (sys.executable, "-m", "dexter")
KEY = "sk-print-0123456789"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A server that speaks all protocols."""
    with ModelServer() as running:
        yield running


@pytest.fixture
def remote(server: ModelServer) -> dict[str, str]:
    """Variables that make the server the model."""
    return {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}


def only_exchange(home: Path) -> dict[str, Any]:
    """The one exchange that is stored."""
    (history,) = home.glob("sessions/cli/*/history.jsonl")
    (line,) = history.read_text().splitlines()
    exchange: dict[str, Any] = json.loads(line)
    return exchange


def test_the_answer_alone_goes_to_stdout_and_the_session_is_named_beside_it(tmp_path: Path):
    done = dexter("--print", "What is 1+1?")
    assert (done.returncode, "2" in done.stdout) == (0, True)
    session = next((Path.cwd() / ".dexter/sessions/cli").iterdir()).name
    assert done.stderr == f"Session: {session}\n"
    assert session not in done.stdout


def test_json_is_one_object_with_what_was_saved(remote: dict[str, str]):
    done = dexter("--print", "words:20 héllo", "--json", "--model", "openai:demo", environment=remote)
    assert done.returncode == 0
    fields = json.loads(done.stdout)
    assert list(fields) == [
        "sessionId",
        "exchangeId",
        "status",
        "answer",
        "model",
        "provider",
        "duration",
        "tokenUsage",
        "commit",
        "figures",
    ]
    home = Path.cwd() / ".dexter"
    exchange = only_exchange(home)
    assert fields["exchangeId"] == exchange["id"]
    assert (fields["status"], fields["model"], fields["provider"]) == ("complete", "demo", "openai")
    assert token_of("words:20 héllo") in fields["answer"]
    assert fields["answer"] == exchange["answer"]
    assert fields["tokenUsage"] == {"inputTokens": 20, "outputTokens": 10, "totalTokens": 30}
    assert fields["duration"] == exchange["duration"]
    assert git(home, "rev-parse", "main").strip() == fields["commit"]
    assert git(home, "status", "--short") == ""
    assert done.stderr == ""


def test_a_query_from_standard_input_that_is_not_utf8_is_asked_and_stored():
    done = dexter("--print", "-", stdin=b"what is 2+2? caf\xe9\n")
    assert done.returncode == 0
    assert only_exchange(Path.cwd() / ".dexter")["query"] == "what is 2+2? caf\ufffd"


def test_an_argument_that_is_not_utf8_is_asked_and_stored():
    done = dexter("--print", os.fsdecode(b"1+1 caf\xe9"))
    assert done.returncode == 0
    assert only_exchange(Path.cwd() / ".dexter")["query"] == "1+1 caf\ufffd"


def test_a_query_of_a_megabyte_is_stored_whole_and_asked_cut(server: ModelServer, remote: dict[str, str]):
    query = "Why? " * 250_000
    done = dexter("--print", "-", "--model", "openai:gpt-4o", stdin=query.encode(), environment=remote)
    assert done.returncode == 0
    assert "larger than the window of gpt-4o" in done.stderr
    assert only_exchange(Path.cwd() / ".dexter")["query"] == query
    assert len(server.bodies[0]["messages"][-1]["content"]) < 400_000


@pytest.mark.parametrize("query", ["", "   ", "\n\t\n"])
def test_a_query_without_anything_in_it_is_wrong_usage_and_leaves_nothing(query: str):
    for arguments, given in ((("--print", query), b""), (("--print", "-"), query.encode())):
        done = dexter(*arguments, stdin=given)
        assert done.returncode == 2
        assert done.stderr.startswith("Error: The query is empty")
        assert done.stdout == ""
    assert not (Path.cwd() / ".dexter").exists()


def test_a_failing_provider_is_exit_1_one_sentence_and_an_exchange_with_status_error(
    server: ModelServer, remote: dict[str, str]
):
    server.say(Fail(401))
    done = dexter("--print", "hello", "--json", "--model", "openai:demo", environment=remote)
    assert done.returncode == 1
    assert json.loads(done.stdout)["status"] == "error"
    assert done.stderr.startswith("Error: OpenAI refused the key in OPENAI_API_KEY")
    assert done.stderr.count("\n") == 1
    assert KEY not in done.stdout + done.stderr
    assert only_exchange(Path.cwd() / ".dexter")["status"] == "error"
    stored = b"".join(path.read_bytes() for path in (Path.cwd() / ".dexter").rglob("*") if path.is_file())
    assert KEY.encode() not in stored


def test_the_next_query_after_a_failed_one_is_answered(server: ModelServer, remote: dict[str, str]):
    server.say(Fail(400, "no"), Reply("Here you are."))
    dexter("--print", "first", "--model", "openai:demo", environment=remote)
    done = dexter("--print", "second", "--continue", "--model", "openai:demo", environment=remote)
    assert (done.returncode, done.stdout) == (0, "Here you are.\n")
    said = [(each["role"], each.get("content")) for each in server.bodies[-1]["messages"][1:]]
    assert said == [
        ("user", "first"),
        ("assistant", "[failed: the model could not be asked]"),
        ("user", "second"),
    ]


def test_a_session_goes_on_with_its_tool_results_known(server: ModelServer, remote: dict[str, str]):
    server.say(
        Reply("I compute.", calls=(Call("calculate", {"expression": "40+2"}),)),
        Reply("It is 42."),
        Reply("As I said, 42."),
    )
    first = dexter("-p", "What is 40+2?", "--json", "-m", "openai:demo", environment=remote)
    session = json.loads(first.stdout)["sessionId"]
    second = dexter("-p", "And that again?", "-s", session[:5], "-m", "openai:demo", environment=remote)
    assert second.stdout == "As I said, 42.\n"
    roles = [each["role"] for each in server.bodies[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]
    assert '"amount": "42"' in str(server.bodies[-1]["messages"][3]["content"])
    steps = list((Path.cwd() / ".dexter/sessions").glob("cli/*/steps/*.jsonl"))
    kinds = [json.loads(line)["type"] for line in steps[0].read_text().splitlines()]
    assert kinds == ["text", "tool"]


def test_without_a_session_nothing_is_written():
    done = dexter("--print", "What is 1+1?", "--no-session", "--json")
    fields = json.loads(done.stdout)
    assert done.returncode == 0
    assert (fields["sessionId"], fields["exchangeId"], fields["commit"]) == (None, None, None)
    assert not (Path.cwd() / ".dexter").exists()


def test_an_unknown_session_shows_those_that_there_are_and_asks_nothing(
    server: ModelServer, remote: dict[str, str]
):
    dexter("--print", "What is 1+1?")
    done = dexter("--print", "x", "--session", "zzzzzzzz", "--model", "openai:demo", environment=remote)
    assert done.returncode == 1
    assert done.stderr.startswith('Error: Session "zzzzzzzz" not found.\n\nAvailable sessions:\n')
    assert server.requests == []


def test_there_is_nothing_to_continue_in_an_empty_home():
    done = dexter("--print", "x", "--continue")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: There is no session to continue")


@pytest.mark.parametrize("model", ["antropic:claude", "gpt5x", "offline:big", ""])
def test_an_unknown_model_is_an_error_that_stores_nothing(model: str):
    done = dexter("--print", "x", "--model", model)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert not (Path.cwd() / ".dexter").exists()


def test_a_missing_key_is_named_and_the_query_is_kept():
    done = dexter("--print", "keep me", "--model", "xai:grok-4.7")
    assert done.returncode == 1
    assert "xAI needs a key" in done.stderr
    assert "XAI_API_KEY" in done.stderr
    assert only_exchange(Path.cwd() / ".dexter")["query"] == "keep me"


def test_a_key_from_a_dotenv_file_beside_the_home_is_found(server: ModelServer):
    Path(".env").write_text(f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={server.base_url}\n")
    done = dexter("--print", "hello", "--json")
    assert json.loads(done.stdout)["provider"] == "openai"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_settings_that_can_not_be_read_are_told_and_left(remote: dict[str, str]):
    home = Path.cwd() / ".dexter"
    home.mkdir()
    (home / "settings.json").write_text("{not json")
    done = dexter("--print", "What is 1+1?")
    assert done.returncode == 0
    assert "settings.json is not used" in done.stderr
    assert (home / "settings.json").read_text() == "{not json"


def test_control_characters_of_a_model_are_not_obeyed(server: ModelServer, remote: dict[str, str]):
    server.say(Reply("red \x1b[31mtext\x07 and \x9b2J end"))
    done = dexter("--print", "x", "--model", "openai:demo", environment=remote)
    assert not set(done.stdout) & {"\x1b", "\x07", "\x9b"}
    assert "text" in done.stdout


def test_a_closed_stdout_loses_the_answer_but_not_the_exchange():
    command = f'exec {shlex.join(PROGRAM)} --print "What is 1+1?" >&-'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "could not be written to standard output; it is saved" in done.stderr
    assert only_exchange(Path.cwd() / ".dexter")["status"] == "complete"


def wait_for(path: str) -> None:
    """Wait until the scratchpad of the running query holds a piece of its answer."""
    for _ in range(600):
        for file in (Path.cwd() / ".dexter/scratchpad").glob("*.jsonl"):
            if path in file.read_text():
                return
        time.sleep(0.05)
    raise AssertionError(f"no {path}")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_query_and_what_there_is_of_it_is_saved(
    number: signal.Signals, code: int, remote: dict[str, str]
):
    command = [*PROGRAM, "--print", "pause:0.1 words:500 slowly", "--json", "--model", "openai:demo"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **remote}
    )
    wait_for('"type":"text"')
    process.send_signal(number)
    out, problem = process.communicate(timeout=30)
    assert process.returncode == code
    fields = json.loads(out)
    assert fields["status"] == "interrupted"
    assert fields["answer"].startswith("About")
    assert problem == "Interrupted; what there is of the answer is saved.\n"
    exchange = only_exchange(Path.cwd() / ".dexter")
    assert (exchange["status"], exchange["answer"]) == ("interrupted", fields["answer"])


def test_a_killed_process_leaves_its_query_to_the_next_start(remote: dict[str, str]):
    command = [*PROGRAM, "--print", "pause:0.1 words:500 slowly", "--model", "openai:demo"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **remote})
    wait_for('"type":"text"')
    process.kill()
    process.wait()
    done = dexter("--print", "What is 1+1?")
    assert done.returncode == 0
    assert done.stderr.startswith("Recovered in session ")
    histories = (Path.cwd() / ".dexter").glob("sessions/cli/*/history.jsonl")
    exchanges = [json.loads(line) for history in histories for line in history.read_text().splitlines()]
    (recovered,) = [each for each in exchanges if each["status"] == "interrupted"]
    assert recovered["query"] == "pause:0.1 words:500 slowly"
    assert recovered["answer"].startswith("About")
    assert len(exchanges) == 2


def on_a_terminal(command: list[str], environment: dict[str, str]) -> tuple[bytes, bytes]:
    """What a program prints, and what it shows on a terminal that only its standard error is on."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, **environment}
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):
        while piece := os.read(ours, 4096):
            shown += piece
    os.close(ours)
    out, _ = process.communicate(timeout=30)
    return out, shown


def test_whoever_waits_at_a_terminal_sees_what_is_done_and_nothing_of_it_stays(remote: dict[str, str]):
    command = [*PROGRAM, "--print", "pause:0.1 words:20 x", "--no-session", "--model", "openai:demo"]
    out, shown = on_a_terminal(command, remote)
    assert b"Answering... " in shown
    assert shown.endswith(b"\r\x1b[K")
    assert b"\x1b" not in out
    assert b"Answering" not in out
