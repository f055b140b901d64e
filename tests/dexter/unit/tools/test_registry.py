"""The tools as a model sees them: schemas that the model library builds, results that can be read."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic_ai import Tool as LibraryTool

from dexter.tools.errors import ToolError
from dexter.tools.registry import Tool, all_tools
from tests.dexter.unit.tools.hits import Finder

EXAMPLES: dict[str, dict[str, Any]] = {
    "calculate": {"expression": "12% of 3.4bn"},
    "growth_rate": {"start_amount": 100, "end_amount": "200", "years": 5},
    "future_value": {"amount": 1000, "rate_percent": 7.5, "years": 10, "compoundings_per_year": "continuous"},
    "time_to_grow": {"rate_percent": 7},
    "effective_rate": {"rate_percent": 12, "compoundings_per_year": 12},
    "present_value": {"payment": 500, "rate_percent": 5},
    "net_present_value": {"rate_percent": 8, "cash_flows": [-1000, 600, "700"]},
    "internal_rate_of_return": {"cash_flows": [-100, 110], "dates": ["2025-01-01", "2026-01-01"]},
    "financial_ratio": {"ratio": "net margin", "amounts": {"revenue": 400, "net_income": 60}},
    "bond": {"coupon_percent": 5, "years": 10, "price": 950},
    "accrued_interest": {
        "coupon_percent": 5,
        "last_coupon_date": "2026-01-15",
        "settlement_date": "2026-03-31",
        "next_coupon_date": "2026-07-15",
    },
    "loan": {"amount": 300000, "rate_percent": 6, "years": 30, "payments_made": 60, "schedule": True},
    "discounted_cash_flow": {
        "cash_flows": [100, 110],
        "discount_percent": 9,
        "terminal_growth_percent": 2,
        "shares": 5,
    },
    "dividend_growth_value": {"required_percent": 8, "growth_percent": 3, "last_dividend": 2},
    "cost_of_capital": {"risk_free_percent": 4, "beta": 1.2, "market_premium_percent": 5},
    "statistics_of": {"numbers": [1, 2, 3], "unit": "percent", "risk_free_percent": 1, "market": [3, 1, 2]},
    "recall": {"query": "NVDA"},
}
TOOLS: Sequence[Tool] = all_tools(Finder())


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_model_library_describes_every_argument_of_a_tool(tool: Tool) -> None:
    made = LibraryTool(tool.function, docstring_format="google", require_parameter_descriptions=True)
    schema = made.function_schema.json_schema
    assert made.name == tool.name
    assert made.description
    assert all(one["description"].strip().endswith(".") for one in schema["properties"].values())


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_call_through_the_schema_gives_figures_with_unit_formula_and_source(tool: Tool) -> None:
    validator = LibraryTool(tool.function).function_schema.validator
    result = tool.function(**validator.validate_json(json.dumps(EXAMPLES[tool.name])))
    json.dumps(result)
    if tool.name == "recall":
        return
    assert result["formula"]
    assert result["source"]
    for figure in result["figures"]:
        assert figure["name"]
        assert float(figure["amount"]) == float(figure["amount"])
        assert figure["shown"]
        assert "unit" in figure


def test_every_tool_has_an_example_and_a_name_of_its_own() -> None:
    assert [tool.name for tool in TOOLS] == list(EXAMPLES)
    assert len({tool.label for tool in TOOLS}) == len(TOOLS)
    assert all(tool.description.endswith(".") for tool in TOOLS)


def test_without_sessions_to_search_there_is_no_recall() -> None:
    assert "recall" not in {tool.name for tool in all_tools()}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("future_value", {"rate_percent": 7, "years": 10}),
        (
            "future_value",
            {"rate_percent": 7, "years": 10, "payment": 5, "compoundings_per_year": "continuous"},
        ),
        ("present_value", {"rate_percent": 7}),
        ("present_value", {"rate_percent": 7, "amount": 5}),
        ("bond", {"coupon_percent": 5, "years": 10}),
        ("bond", {"coupon_percent": 5, "years": 10, "price": 1, "yield_percent": 1}),
        ("loan", {"amount": 1, "rate_percent": 6}),
        ("loan", {"amount": 1000, "rate_percent": 6, "years": 1, "payments_made": 13}),
        ("internal_rate_of_return", {"cash_flows": [-1, 2], "finance_percent": 5}),
        ("discounted_cash_flow", {"cash_flows": [], "discount_percent": 5}),
        ("discounted_cash_flow", {"cash_flows": [1], "discount_percent": 5, "shares": 0}),
        ("dividend_growth_value", {"required_percent": 8, "growth_percent": 3}),
        ("cost_of_capital", {}),
        ("cost_of_capital", {"cost_of_equity_percent": 5, "equity": 5}),
        (
            "effective_rate",
            {"rate_percent": 5, "compoundings_per_year": "continuous", "from_effective": True},
        ),
        ("financial_ratio", {"ratio": "net margin", "amounts": {}}),
        ("recall", {"query": "  "}),
        ("recall", {"query": "x", "within_days": 0}),
    ],
)
def test_a_call_with_too_little_or_too_much_gets_a_sentence(name: str, arguments: dict[str, Any]) -> None:
    tool = next(tool for tool in TOOLS if tool.name == name)
    with pytest.raises(ToolError, match=r"^[\w].+\.$"):
        tool.function(**arguments)


def test_a_loan_with_a_given_payment_ends_with_a_smaller_last_one() -> None:
    loan = next(tool for tool in TOOLS if tool.name == "loan").function
    figures = {one["name"]: one for one in loan(amount=1000, rate_percent=0, payment=300)["figures"]}
    assert figures["payments needed"]["amount"] == "4"
    assert figures["total paid"]["amount"] == "1000"
    owed = loan(amount=1000, rate_percent=6, years=1, payments_made=12)["figures"][0]
    assert owed["amount"] == "0"


def test_the_tools_and_the_built_in_model_load_no_model_library() -> None:
    code = (
        "import sys, dexter.tools.registry, dexter.models.offline;"
        "heavy = {'pydantic', 'pydantic_ai', 'openai', 'asyncio', 'rich'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
