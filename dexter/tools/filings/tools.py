"""All tools for filings, in the order in which a model should see them."""

from dataclasses import replace

from dexter.tools.filings.company_tools import company_tools
from dexter.tools.filings.comparing_tools import comparing_tools
from dexter.tools.filings.document_tools import document_tools
from dexter.tools.filings.edgar import Edgar
from dexter.tools.filings.figure_tools import figure_tools
from dexter.tools.filings.searching_tools import searching_tools
from dexter.tools.registry import Tool


def filing_tools(edgar: Edgar) -> tuple[Tool, ...]:
    """The tools that ask the SEC."""
    found = (
        *company_tools(edgar),
        *figure_tools(edgar),
        *comparing_tools(edgar),
        *document_tools(edgar),
        *searching_tools(edgar),
    )
    return tuple(replace(tool, pure=True) for tool in found)
