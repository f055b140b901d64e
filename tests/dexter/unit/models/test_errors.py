"""The sentences about names of models that are none."""

from dexter.models.choice import parse_choice
from dexter.models.errors import ModelNotFound


def sentence_for(text: str) -> str:
    """What is said about a text."""
    try:
        parse_choice(text)
    except ModelNotFound as error:
        return error.sentence
    raise AssertionError(text)


def test_without_anything_near_all_providers_are_named():
    assert sentence_for("zzz:qqq") == (
        'There is no provider "zzz". There are: openai, anthropic, google, xai, openrouter, deepseek, '
        "moonshot, ollama, offline."
    )


def test_something_near_is_offered():
    assert sentence_for("gogle:x").startswith('There is no provider "gogle". Did you mean google')


def test_the_built_in_provider_has_one_model():
    assert sentence_for("offline:gpt") == 'built-in has no model "gpt". Did you mean offline:offline?'


def test_a_server_that_does_not_run_is_named():
    assert sentence_for("ollama") == (
        "No server of Ollama with a model answers: start it, and get a model for it first."
    )
