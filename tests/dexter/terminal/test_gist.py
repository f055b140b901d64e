"""What a line of the chat says of a tool's result."""

import json

import pytest

from dexter.terminal.gist import fault, gist
from dexter.tools.arithmetic import calculate
from dexter.tools.growth import future_value


def test_a_computation_is_told_by_its_figures() -> None:
    assert gist(json.dumps(calculate("1+1"))) == "2"
    result = json.dumps(future_value(rate_percent=7, years=10, amount=1000, currency="USD"))
    assert gist(result).startswith("future value $1,967.15")
    assert "{" not in gist(result)


@pytest.mark.parametrize(
    ("hits", "said"), [([], "no exchanges"), ([{}], "1 exchange"), ([{}, {}], "2 exchanges")]
)
def test_a_search_is_told_by_how_much_it_found(hits: list[dict[str, str]], said: str) -> None:
    assert gist(json.dumps({"searched": "copper", "hits": hits})) == f"{said} found"


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("plain words", "plain words"),
        ("[1, 2]", "[1, 2]"),
        ('{"figures": []}', "figures: []"),
        ('{"figures": "none", "price": 3}', "figures: none, price: 3"),
        ('{"cut in the mid', '{"cut in the mid'),
        ("[" * 100_000, "[" * 100_000),
        ("", ""),
    ],
)
def test_any_other_result_is_told_by_its_words(result: str, said: str) -> None:
    assert gist(result) == said


def test_arguments_that_do_not_fit_are_told_by_name():
    told = (
        '[{"type":"missing","loc":["rate_percent"],"msg":"Field required","input":{}},'
        '{"type":"x","loc":["flows",2,"year"],"msg":"Input should be a number"},{"msg":"Odd"}]'
    )
    assert fault(told) == "rate_percent: Field required; flows.2.year: Input should be a number; Odd"


@pytest.mark.parametrize("said", ["This divides by zero.", "[]", "[1]", '{"msg": 1}', "[" * 100_000, ""])
def test_any_other_failure_is_told_as_it_is(said: str):
    assert fault(said) == said
