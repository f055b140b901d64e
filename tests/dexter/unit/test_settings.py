import json
from dataclasses import replace
from pathlib import Path

import pytest

from dexter.errors import HomeUnusable, SettingsUnreadable
from dexter.paths import Home, nearest_home
from dexter.settings import Settings, load_settings, save_settings


def test_no_file_is_empty_settings(tmp_path: Path):
    assert load_settings(tmp_path / ".dexter" / "settings.json") == Settings()
    assert not (tmp_path / ".dexter").exists()


def test_what_is_saved_is_loaded_with_fields_that_nobody_knows(tmp_path: Path):
    path = tmp_path / ".dexter" / "settings.json"
    chosen = Settings("openai", "gpt-5", "http://127.0.0.1:1/v1", {"theme": {"dark": True}}, (r"corp-\d+",))
    save_settings(path, chosen)
    assert load_settings(path) == chosen
    for sign in (True, False):
        save_settings(path, replace(chosen, sign=sign))
        assert load_settings(path) == replace(chosen, sign=sign)
    for more in (
        {"sec_contact": "ada@example.invalid"},
        {"source_urls": {"sec": "http://127.0.0.1:1"}},
        {"search_provider": "tavily"},
        {"fallback_model": "openai:gpt-5"},
        {"limits": {"steps": 5, "toolCalls": 9, "tokens": 1_000, "seconds": 1.5, "dollars": 0.25}},
    ):
        save_settings(path, replace(chosen, **more))
        assert load_settings(path) == replace(chosen, **more)
    save_settings(path, Settings("ollama", None, None, chosen.unknown))
    assert json.loads(path.read_bytes()) == {"provider": "ollama", "theme": {"dark": True}}
    assert sorted(each.name for each in path.parent.iterdir()) == [".gitignore", "settings.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"model": 5}',
        b'{"sign": "yes"}',
        b'{"sourceUrls": {"sec": 5}}',
        b'{"fallbackModel": ["openai"]}',
        b'{"limits": 5}',
        b'{"limits": {"stepps": 5}}',
        b'{"limits": {"steps": 0}}',
        b'{"limits": {"steps": 2.5}}',
        b'{"limits": {"tokens": true}}',
        b'{"limits": {"dollars": -1}}',
        b'{"limits": {"seconds": "10"}}',
        b'{"limits": {"seconds": Infinity}}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_file_that_can_not_be_understood_is_an_error_and_stays(tmp_path: Path, content: bytes):
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    with pytest.raises(SettingsUnreadable) as caught:
        load_settings(path)
    assert caught.value.path == path
    assert path.read_bytes() == content


def test_a_home_that_is_a_file_is_refused(tmp_path: Path):
    (tmp_path / ".dexter").write_text("x")
    with pytest.raises(HomeUnusable):
        save_settings(tmp_path / ".dexter" / "settings.json", Settings("openai"))
    with pytest.raises(HomeUnusable):
        Home(tmp_path / ".dexter" / "deeper").create()


def test_a_gitignore_of_the_user_is_kept(tmp_path: Path):
    home = Home(tmp_path / ".dexter")
    home.create()
    assert (home.root / ".gitignore").read_text() == "*\n"
    (home.root / ".gitignore").write_text("*\n!settings.json\n")
    home.create()
    assert (home.root / ".gitignore").read_text() == "*\n!settings.json\n"


def test_the_nearest_home_wins_over_one_further_up(tmp_path: Path):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    assert nearest_home(folder) == folder / ".dexter"
    (tmp_path / ".dexter").mkdir()
    assert nearest_home(folder) == tmp_path / ".dexter"
    (tmp_path / "a" / ".dexter").write_text("a file is found too, and refused when it is used")
    assert nearest_home(folder) == tmp_path / "a" / ".dexter"
