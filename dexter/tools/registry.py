"""All tools that a model may call, as plain typed functions.

Owns which tools there are and what a terminal calls them. Knows no model library: whoever runs a model makes
the schema of a tool from its function's signature and Google-style docstring.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dexter.tools.arithmetic import calculate
from dexter.tools.bond import accrued_interest, bond
from dexter.tools.flows import internal_rate_of_return, net_present_value
from dexter.tools.growth import effective_rate, future_value, growth_rate, time_to_grow
from dexter.tools.loan import loan
from dexter.tools.present import present_value
from dexter.tools.ratio import financial_ratio
from dexter.tools.recall import Recall, recall_tool
from dexter.tools.spread import statistics_of
from dexter.tools.worth import cost_of_capital, discounted_cash_flow, dividend_growth_value


@dataclass(frozen=True)
class Tool:
    """A function for models: `name` is what they call, `label` what a terminal line says while it runs.

    A `special` tool is asked for seldom: a model whose window has no room for all tools goes without it.
    One with `own_time` sees to it itself that it ends, a person's time not counted.
    While one runs `alone`, no other does.
    A `pure` tool only reads and gives the same for the same arguments: within a run a call that is made again
    gets its earlier result. Tools with effects, and those whose answer changes, are called each time.
    """

    name: str
    label: str
    function: Callable[..., dict[str, Any] | Awaitable[dict[str, Any]]]
    special: bool = False
    own_time: bool = False
    alone: bool = False
    pure: bool = False

    @property
    def description(self) -> str:
        """The first paragraph of the function's docstring."""
        return (self.function.__doc__ or "").strip().split("\n\n", maxsplit=1)[0]


COMPUTING = (
    Tool("calculate", "Calculating", calculate),
    Tool("growth_rate", "Computing a growth rate", growth_rate),
    Tool("future_value", "Computing a future value", future_value),
    Tool("time_to_grow", "Computing a time to grow", time_to_grow, special=True),
    Tool("effective_rate", "Converting a rate", effective_rate, special=True),
    Tool("present_value", "Computing a present value", present_value),
    Tool("net_present_value", "Computing a net present value", net_present_value, special=True),
    Tool("internal_rate_of_return", "Computing a rate of return", internal_rate_of_return),
    Tool("financial_ratio", "Computing a ratio", financial_ratio),
    Tool("bond", "Computing a bond", bond),
    Tool("accrued_interest", "Computing accrued interest", accrued_interest, special=True),
    Tool("loan", "Computing a loan", loan),
    Tool("discounted_cash_flow", "Computing a value from cash flows", discounted_cash_flow, special=True),
    Tool("dividend_growth_value", "Computing a value from dividends", dividend_growth_value, special=True),
    Tool("cost_of_capital", "Computing a cost of capital", cost_of_capital, special=True),
    Tool("statistics_of", "Computing statistics", statistics_of, special=True),
)


def all_tools(
    recall: Recall | None = None, clock: Callable[[], float] = time.time, fetching: Sequence[Tool] = ()
) -> tuple[Tool, ...]:
    """Return every tool, in the order in which a model should see them.

    Args:
        recall: What searches the saved sessions; without it there is no `recall` tool.
        clock: Epoch seconds, for searches in the last so many days.
        fetching: The tools that ask places in the network; importing those costs more than these.
    """
    computing = tuple(replace(tool, pure=True) for tool in COMPUTING)
    if recall is None:
        return (*computing, *fetching)
    found = Tool("recall", "Searching earlier sessions", recall_tool(recall, clock), pure=True)
    return (*computing, *fetching, found)
