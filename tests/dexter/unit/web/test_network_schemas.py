"""The tools that ask the network as a model sees them: only those that there is a key for."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai import Tool as LibraryTool

from dexter.agent.toolset import offered, schema_tokens
from dexter.cli.equipping.network import network
from dexter.cli.options import Options
from dexter.keys import Keys
from dexter.settings import Settings
from dexter.tools.registry import Tool, all_tools
from tests.dexter.unit.market.test_market_answers import CALLS
from tests.dexter.unit.tools.hits import Finder

KEYS = {
    "FINANCIAL_DATASETS_API_KEY": "fd-0123456789",
    "TAVILY_API_KEY": "tvly-0123456789",
    "EXASEARCH_API_KEY": "exa-0123456789",
    "X_BEARER_TOKEN": "x-0123456789",
}
EXAMPLES: dict[str, dict[str, Any]] = {
    **CALLS,
    "web_search": {"query": "acme forecast"},
    "web_fetch": {"url": "https://example.com/", "page": 2},
    "x_search": {"command": "search", "query": "$ACMW"},
}


def tools(keys: dict[str, str]) -> tuple[Tool, ...]:
    """The tools with these keys."""
    options = Options(Path("nowhere/.dexter"), Path("nowhere"), {})
    return network(options, Keys(keys), Settings()).tools


EVERY = tools(KEYS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_model_library_describes_every_argument(name: str):
    tool = next(each for each in EVERY if each.name == name)
    made = LibraryTool(tool.function, docstring_format="google", require_parameter_descriptions=True)
    schema = made.function_schema.json_schema
    assert made.name == tool.name
    assert all(one["description"].strip().endswith(".") for one in schema["properties"].values())
    made.function_schema.validator.validate_json(json.dumps(EXAMPLES[name]))


def test_without_a_key_there_are_only_the_tools_that_need_none():
    names = {tool.name for tool in tools({})}
    assert names & set(EXAMPLES) == {"web_fetch"}
    assert "company_figures" in names
    assert tools({"X_BEARER_TOKEN": "x-0123456789"})[-1].name == "x_search"
    assert "web_search" in {tool.name for tool in tools({"EXA_API_KEY": "exa-0123456789"})}


def test_every_tool_has_a_name_and_a_label_of_its_own():
    every = all_tools(Finder(), fetching=EVERY)
    assert set(EXAMPLES) < {tool.name for tool in every}
    assert len({tool.label for tool in every}) == len({tool.name for tool in every}) == len(every)


def test_with_all_keys_a_small_model_has_room_to_work():
    assert schema_tokens(EVERY) < 5500
    every = all_tools(Finder(), fetching=EVERY)
    assert offered(every, 128_000) == every
    names = {tool.name for tool in offered(every, 8192)}
    assert {"market_price", "financial_statements", "web_search", "web_fetch", "company_figures"} <= names
    assert {"dataset_filings", "x_search", "stock_screener"}.isdisjoint(names)


def test_nothing_is_opened_and_no_library_loaded_before_something_is_asked():
    code = (
        "import sys; from pathlib import Path\n"
        "from dexter.cli.equipping.network import network; from dexter.cli.options import Options\n"
        "from dexter.keys import Keys; from dexter.settings import Settings\n"
        f"made = network(Options(Path('.dexter').absolute(), Path.cwd(), {{}}), Keys({KEYS!r}), Settings())\n"
        "print(len(made.tools))\n"
        "print(sorted({'httpx2', 'pydantic', 'rapidfuzz', 'rich'} & set(sys.modules)))\n"
        "print(Path('.dexter').exists())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == [str(len(EVERY)), "[]", "False", ""]
