"""Which model answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.keys import Keys
from dexter.models.catalogue import OFFLINE, PROVIDERS, Provider, display_name, find_provider, window
from dexter.models.choice import (
    OFFLINE_CHOICE,
    ModelChoice,
    base_url,
    choose_model,
    fast_model,
    missing_key,
    nearest_models,
    parse_choice,
)
from dexter.models.errors import ModelNotFound, NothingServed, UnknownModel, UnknownProvider
from dexter.settings import Settings


def none() -> tuple[str, ...]:
    """No Ollama runs."""
    return ()


def running() -> tuple[str, ...]:
    """An Ollama runs."""
    return ("llama3.2:3b", "qwen3")


def forbidden() -> tuple[str, ...]:
    """Nobody may look for an Ollama."""
    raise AssertionError("looked for an Ollama although something else is configured")


def test_what_is_asked_for_comes_first_then_settings_then_keys_then_ollama_then_offline():
    settings = Settings(provider="xai", model="grok-3")
    keys = Keys({"ANTHROPIC_API_KEY": "k", "GOOGLE_API_KEY": "k"})
    asked = choose_model("openai:gpt-5", settings, keys, forbidden)
    assert (asked.choice, asked.origin) == (ModelChoice("openai", "gpt-5"), "asked")
    remembered = choose_model(None, settings, keys, forbidden)
    assert (remembered.choice, remembered.origin) == (ModelChoice("xai", "grok-3"), "settings")
    keyed = choose_model(None, Settings(), keys, forbidden)
    assert (keyed.choice.provider, keyed.origin) == ("anthropic", "key")
    local = choose_model(None, Settings(), Keys(), running)
    assert (local.choice, local.origin) == (ModelChoice("ollama", "llama3.2:3b"), "ollama")
    assert choose_model(None, Settings(), Keys(), none).choice == OFFLINE_CHOICE


@pytest.mark.parametrize("provider", [each for each in PROVIDERS if each.needs_key], ids=lambda each: each.id)
def test_every_provider_that_needs_a_key_is_chosen_by_its_key_alone(provider: Provider):
    for variable in provider.key_variables:
        chosen = choose_model(None, Settings(), Keys({variable: "k"}), forbidden)
        assert chosen.choice == ModelChoice(provider.id, provider.default)
        assert missing_key(chosen.choice, Keys({variable: "k"})) is None
    assert missing_key(chosen.choice, Keys()) == provider.key_variables[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anthropic:claude-sonnet-5-5", ModelChoice("anthropic", "claude-sonnet-5-5")),
        (" Anthropic:claude-sonnet-5-5 ", ModelChoice("anthropic", "claude-sonnet-5-5")),
        ("openai:a-model-of-next-week", ModelChoice("openai", "a-model-of-next-week")),
        ("ollama:llama3.2:3b", ModelChoice("ollama", "llama3.2:3b")),
        ("openrouter:vendor/model:free", ModelChoice("openrouter", "vendor/model:free")),
        ("offline", OFFLINE_CHOICE),
        ("offline:offline", OFFLINE_CHOICE),
        ("gemini", ModelChoice("google", "gemini-3.8-flash")),
        ("moonshotai:kimi-k3", ModelChoice("moonshot", "kimi-k3")),
        ("claude-sonnet-4-20250514", ModelChoice("anthropic", "claude-sonnet-4-20250514")),
        ("gpt-5", ModelChoice("openai", "gpt-5")),
        ("openai:mine@http://localhost:8000/v1", ModelChoice("openai", "mine", "http://localhost:8000/v1")),
    ],
)
def test_texts_that_name_a_model(text: str, expected: ModelChoice):
    assert parse_choice(text, none) == expected


@given(
    provider=st.sampled_from([each.id for each in PROVIDERS if each.id != OFFLINE]),
    model=st.from_regex(r"[a-z0-9][a-z0-9./:-]{0,30}", fullmatch=True),
    address=st.sampled_from([None, "http://127.0.0.1:1234/v1", "https://models.example.com"]),
)
def test_the_text_of_a_choice_names_that_choice(provider: str, model: str, address: str | None):
    choice = ModelChoice(provider, model, address)
    assert parse_choice(str(choice)) == choice


@pytest.mark.parametrize(
    "text", ["anthropc:claude", "antrhopic", "clude-sonnet-5-5", "", "  ", ":", "offline:x", "http://x"]
)
def test_what_names_nothing_is_refused_with_a_sentence(text: str):
    with pytest.raises(ModelNotFound) as caught:
        parse_choice(text, none)
    assert caught.value.sentence.startswith(("There is no", "built-in has no"))


def test_a_wrong_provider_is_answered_with_the_nearest_one():
    with pytest.raises(UnknownProvider) as caught:
        parse_choice("antropic:claude")
    assert caught.value.nearest[0] == "anthropic"
    assert caught.value.sentence == 'There is no provider "antropic". Did you mean anthropic?'


def test_a_wrong_model_is_answered_with_the_nearest_texts():
    with pytest.raises(UnknownModel) as caught:
        parse_choice("gemni-4-argon")
    assert "google:gemini-4-argon" in caught.value.nearest


def test_ollama_without_a_model_is_its_latest_and_without_a_server_an_error():
    assert parse_choice("ollama", running).model == "llama3.2:3b"
    with pytest.raises(NothingServed):
        parse_choice("ollama", none)


def test_settings_that_name_nothing_are_passed_over_with_a_sentence():
    chosen = choose_model(None, Settings(provider="yesterday", model="x"), Keys(), none)
    assert chosen.choice == OFFLINE_CHOICE
    assert "yesterday" in (chosen.notice or "")


def test_an_address_comes_from_the_choice_then_a_variable_then_the_provider():
    keys = Keys({"OPENAI_BASE_URL": "http://variable/v1"})
    assert base_url(ModelChoice("openai", "m", "http://own/v1"), keys) == "http://own/v1"
    assert base_url(ModelChoice("openai", "m"), keys) == "http://variable/v1"
    assert base_url(ModelChoice("openai", "m"), Keys()) is None


def test_a_server_of_ones_own_needs_no_key():
    assert missing_key(ModelChoice("openai", "m", "http://own/v1"), Keys()) is None
    assert missing_key(ModelChoice("openai", "m"), Keys({"OPENAI_BASE_URL": "http://own/v1"})) is None
    assert missing_key(OFFLINE_CHOICE, Keys()) is None
    assert missing_key(ModelChoice("ollama", "m"), Keys()) is None


def test_summaries_go_to_a_quick_model_only_where_it_exists_for_sure():
    assert fast_model(ModelChoice("anthropic", "claude-opus-5-5")).model == "claude-haiku-5-5"
    assert fast_model(ModelChoice("openai", "my-own-model")).model == "my-own-model"
    assert fast_model(ModelChoice("openai", "gpt-5", "http://own/v1")).model == "gpt-5"


def test_nearest_models_are_of_the_same_provider_and_never_the_model_itself():
    assert nearest_models(ModelChoice("anthropic", "claude-sonet-5-5"))[0] == "anthropic:claude-sonnet-5-5"
    assert "google:gemini-2.5-pro" not in nearest_models(ModelChoice("google", "gemini-2.5-pro"))


def test_a_dated_release_has_the_window_of_its_model():
    assert window("anthropic", "claude-sonnet-4-5-20250929") == window("anthropic", "claude-sonnet-4-5")
    assert window("openai", "unheard-of") == find_provider("openai").usual_window


def test_the_catalogue_holds_together():
    for provider in PROVIDERS:
        assert find_provider(provider.id) is provider
        assert display_name(provider.id) == provider.name
        for name in (provider.default, provider.fast):
            assert name is None or name in provider.windows
        assert all(size >= 4096 for size in provider.windows.values())
    assert display_name("from-the-future") == "from-the-future"
