"""What a person said of settings that let tools act: remembered outside, until they are something else."""

import json
from pathlib import Path
from typing import Any

import pytest

from dexter.permissions.rules import Permissions
from dexter.servers import servers_of
from dexter.settings import Settings, load_settings, save_settings
from dexter.trust import Trusted, acting, without_acting

SERVERS: dict[str, Any] = {
    "notes": {"command": "notes-server", "args": ["--read-only"]},
    "far": {"url": "https://mcp.example.org"},
}
RULES: dict[str, Any] = {"allow": ["run_command(ls:*)"], "ask": ["read_file(a/**)"], "deny": ["write_file"]}


def settings_of(**fields: Any) -> Settings:
    """Settings with these fields of the file."""
    mcp = fields.get("mcpServers", {})
    return Settings(
        mcp_servers=servers_of(mcp),
        mcp_fields=mcp,
        source_urls=fields.get("sourceUrls", {}),
        permissions=Permissions.of(fields.get("permissions", {})),
    )


WHOLE = settings_of(mcpServers=SERVERS, permissions=RULES, sourceUrls={"sec": "http://127.0.0.1:1"})


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path / "config")}


def test_all_that_happens_by_itself_is_named_and_can_be_left_out():
    assert acting(WHOLE) == (
        "start notes-server --read-only",
        "ask the tools of https://mcp.example.org",
        "ask http://127.0.0.1:1 in the place of sec",
        "allow run_command(ls:*)",
    )
    left = without_acting(WHOLE)
    assert acting(left) == ()
    assert left.permissions.rules.ask == WHOLE.permissions.rules.ask
    assert left.permissions.rules.deny == WHOLE.permissions.rules.deny


def test_settings_that_let_nothing_act_need_no_trust(environment: dict[str, str], tmp_path: Path):
    only = settings_of(permissions={"ask": ["read_file"], "deny": ["run_command"]})
    assert Trusted(environment).has(tmp_path / "settings.json", only)
    assert not Trusted(environment).has(tmp_path / "settings.json", WHOLE)


def test_what_is_trusted_is_known_by_the_next_process_and_under_any_name_of_the_folder(
    environment: dict[str, str], tmp_path: Path
):
    folder = tmp_path / "home"
    folder.mkdir()
    save_settings(folder / "settings.json", WHOLE)
    Trusted(environment).add(folder / "settings.json", WHOLE)
    (tmp_path / "link").symlink_to(folder)
    for path in (folder, tmp_path / "link"):
        assert Trusted(environment).has(path / "settings.json", load_settings(path / "settings.json"))
    assert not Trusted(environment).has(tmp_path / "other" / "settings.json", WHOLE)
    assert not list((tmp_path / "config" / "dexter").glob(".*"))


def changed(what: str) -> Settings:
    """The settings of all tests with one thing otherwise."""
    servers = json.loads(json.dumps(SERVERS))
    rules, urls = json.loads(json.dumps(RULES)), {"sec": "http://127.0.0.1:1"}
    match what:
        case "command":
            servers["notes"]["command"] = "other"
        case "arguments":
            servers["notes"]["args"] = []
        case "variables":
            servers["notes"]["env"] = {"LD_PRELOAD": "x.so"}
        case "address":
            servers["far"]["url"] = "https://mcp.example.net"
        case "headers":
            servers["far"]["headers"] = {"Authorization": "Bearer ${OPENAI_API_KEY}"}
        case "rule":
            rules["allow"].append("run_command")
        case "source":
            urls["sec"] = "http://127.0.0.1:2"
    return settings_of(mcpServers=servers, permissions=rules, sourceUrls=urls)


@pytest.mark.parametrize(
    "what", ["command", "arguments", "variables", "address", "headers", "rule", "source"]
)
def test_one_change_of_what_may_act_is_asked_for_again(
    what: str, environment: dict[str, str], tmp_path: Path
):
    trusted = Trusted(environment)
    trusted.add(tmp_path / "settings.json", WHOLE)
    assert trusted.has(tmp_path / "settings.json", changed("nothing"))
    assert not trusted.has(tmp_path / "settings.json", changed(what))


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 5000, b'{"x": 1}'])
def test_a_record_that_is_none_trusts_nothing_and_is_written_anew(
    content: bytes, environment: dict[str, str], tmp_path: Path
):
    file = tmp_path / "config/dexter/trusted.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    trusted = Trusted(environment)
    assert not trusted.has(tmp_path / "settings.json", WHOLE)
    trusted.add(tmp_path / "settings.json", WHOLE)
    assert trusted.has(tmp_path / "settings.json", WHOLE)


@pytest.mark.parametrize("known", [{}, {"XDG_CONFIG_HOME": "relative"}, {"HOME": "also/relative"}])
def test_where_nothing_can_be_remembered_nothing_is(known: dict[str, str], tmp_path: Path):
    Trusted(known).add(tmp_path / "settings.json", WHOLE)
    assert not Trusted(known).has(tmp_path / "settings.json", WHOLE)
