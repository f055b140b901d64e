"""Asks the built-in model as the agent does: plans, calls the tools, phrases."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from dexter.models.offline import Call, Earlier, Plan, Result, phrase, plan
from dexter.tools.errors import ToolError
from dexter.tools.recall import Recall
from dexter.tools.registry import all_tools


@dataclass(frozen=True)
class Answered:
    """A question with all that was made of it."""

    plan: Plan
    results: tuple[Result, ...]
    text: str

    @property
    def call(self) -> Call | None:
        """The one call that computes, None if nothing was computed."""
        computing = [call for call in self.plan.calls if call.name != "recall"]
        assert len(computing) <= 1
        return computing[0] if computing else None

    @property
    def amount(self) -> Decimal:
        """The first figure."""
        return Decimal(self.results[0].value["figures"][0]["amount"])


def ask(query: str, earlier: Sequence[Earlier] = (), recall: Recall | None = None) -> Answered:
    """Ask one question after some exchanges."""
    made = plan(query, earlier)
    tools = {tool.name: tool.function for tool in all_tools(recall)}
    results: list[Result] = []
    for call in made.calls:
        try:
            results.append(Result(call.name, tools[call.name](**call.arguments)))
        except KeyError:
            results.append(Result(call.name, "this tool is not available here", ok=False))
        except ToolError as error:
            results.append(Result(call.name, str(error), ok=False))
    return Answered(made, tuple(results), phrase(made, results))


def in_turn(*queries: str) -> list[Answered]:
    """Ask questions one after another in one session."""
    earlier: list[Earlier] = []
    answers: list[Answered] = []
    for query in queries:
        answered = ask(query, tuple(earlier))
        answers.append(answered)
        earlier.append(Earlier(query, answered.text, answered.plan.calls))
    return answers
