"""What people are told: one sentence, the provider's name, what to do, no secrets."""

import pytest

from dexter.agent.sentences import Failure, sentence, shown
from dexter.keys import HIDDEN, Keys
from dexter.models.choice import ModelChoice, parse_choice

KEYS = Keys({"OPENAI_API_KEY": "value-of-the-key"})
CHOICES = [
    ModelChoice("openai", "gpt-5"),
    ModelChoice("openai", "mine", "http://user:pass@localhost:8000/v1"),
    ModelChoice("ollama", "llama3.2"),
    ModelChoice("anthropic", "claude-sonet-5-5"),
    ModelChoice("offline", "offline"),
]


@pytest.mark.parametrize("failure", Failure)
@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_every_failure_of_every_provider_is_one_line_that_names_it_and_holds_no_secret(
    failure: Failure, choice: ModelChoice
):
    said = sentence(failure, choice, KEYS, detail="it said value-of-the-key\nand more. " * 50, wait=2.6)
    assert choice.provider_name in said
    assert said.endswith(".")
    assert not said.endswith("..")
    assert "\n" not in said
    assert "value-of-the-key" not in said
    assert "pass" not in said
    assert "{" not in said
    assert len(said) < 600


def test_braces_in_what_a_provider_says_are_only_text():
    assert "({code: {x}})" in sentence(Failure.BROKEN_THERE, CHOICES[0], KEYS, detail="{code: {x}}")


def test_an_unknown_model_is_answered_with_the_nearest():
    said = sentence(Failure.UNKNOWN_MODEL, CHOICES[3], KEYS)
    assert said.startswith('Anthropic has no model "claude-sonet-5-5": did you mean anthropic:claude-sonnet-')


def test_a_server_of_ones_own_that_has_nothing_there_is_quoted():
    keys = KEYS.having("OPENAI_BASE_URL", "http://127.0.0.1:9/v2")
    said = sentence(Failure.UNKNOWN_MODEL, parse_choice("openai:demo"), keys, detail="nothing at /v2")
    assert 'has no model "demo" (it says: nothing at /v2): ' in said


def test_a_model_that_ollama_lacks_can_be_pulled():
    assert "`ollama pull llama3.2`" in sentence(Failure.UNKNOWN_MODEL, CHOICES[2], KEYS)


def test_a_foreign_text_is_cut_and_masked():
    said = shown("a value-of-the-key b " + "x" * 500, KEYS)
    assert said.startswith(f"a {HIDDEN} b xxx")
    assert len(said) <= 203
