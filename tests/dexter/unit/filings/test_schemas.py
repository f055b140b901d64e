"""The tools as a model sees them, and what they cost before anything is asked."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai import Tool as LibraryTool

from dexter.agent.toolset import offered, schema_tokens
from dexter.tools.filings.tools import filing_tools
from dexter.tools.registry import Tool, all_tools
from tests.dexter.unit.tools.hits import Finder
from tests.support.sec import edgar_at

EXAMPLES: dict[str, dict[str, Any]] = {
    "find_company": {"name": "Acme"},
    "company_filings": {"company": "ACMW", "forms": ["10-K"], "limit": 3},
    "company_figures": {"company": "ACMW", "concept": "revenue", "period": "quarterly"},
    "company_concepts": {"company": "ACMW", "words": "lease"},
    "compare_companies": {"concept": "revenue", "calendar_period": "2023", "companies": ["ACMW", "GLOB"]},
    "filing_items": {"company": "ACMW", "filing": "10-K", "items": ["1A"]},
    "read_filing": {"company": "ACMW", "filing": "8-K"},
    "search_filings": {"query": "widget"},
}
TOOLS = filing_tools(edgar_at("http://127.0.0.1:9", Path("nowhere")))


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_model_library_describes_every_argument(tool: Tool):
    made = LibraryTool(tool.function, docstring_format="google", require_parameter_descriptions=True)
    schema = made.function_schema.json_schema
    assert made.name == tool.name
    assert all(one["description"].strip().endswith(".") for one in schema["properties"].values())
    made.function_schema.validator.validate_json(json.dumps(EXAMPLES[tool.name]))


def test_every_tool_has_an_example_a_name_and_a_label_of_its_own():
    assert [tool.name for tool in TOOLS] == list(EXAMPLES)
    every = all_tools(Finder(), fetching=TOOLS)
    assert len({tool.label for tool in every}) == len({tool.name for tool in every}) == len(every)


def test_their_descriptions_leave_a_small_model_room_to_work():
    assert schema_tokens(TOOLS) < 3000
    every = all_tools(Finder(), fetching=TOOLS)
    assert offered(every, 128_000) == every
    names = {tool.name for tool in offered(every, 8192)}
    assert {"calculate", "recall", "company_filings", "company_figures", "filing_items"} <= names
    assert "compare_companies" not in names


def test_nothing_is_opened_and_no_library_loaded_before_something_is_asked():
    code = (
        "import sys; from pathlib import Path\n"
        "from dexter.cli.options import Options; from dexter.cli.equipping.sources import edgar_of\n"
        "from dexter.keys import Keys; from dexter.settings import Settings\n"
        "from dexter.tools.filings.tools import filing_tools\n"
        "options = Options(Path('.dexter').absolute(), Path.cwd(), {})\n"
        "print(len(filing_tools(edgar_of(options, Keys(), Settings()))))\n"
        "print(sorted({'httpx2', 'pydantic', 'rapidfuzz', 'rich'} & set(sys.modules)))\n"
        "print(Path('.dexter').exists())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["8", "[]", "False", ""]
