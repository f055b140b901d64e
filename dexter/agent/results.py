"""What tools returned, whole: in the run under way, and in the exchanges before it."""

from collections.abc import Iterator, Sequence

from dexter.agent.memory import Memory
from dexter.agent.parts import NOW, reference
from dexter.agent.turns import as_json
from dexter.sessions import ToolStep
from dexter.tools.reading import Result


class RunResults:
    """The results of one run as they come, with those that its session has.

    Those of earlier exchanges are read when they are asked for.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._own: list[Result] = []
        self._names: dict[str, list[str]] = {}

    def __bool__(self) -> bool:
        """Whether this run has any."""
        return bool(self._own)

    def add(self, call_id: str, tool: str, arguments: str, text: str) -> None:
        """Keep what a call of this run returned."""
        name = reference(None, len(self._own) + 1)
        self._names.setdefault(call_id, []).append(name)
        self._own.append(Result(name, tool, arguments, text))

    def name_of(self, call_id: str, place: int = 0) -> str:
        """The name of a call's result, empty if it is none of this run.

        Args:
            call_id: As the provider calls it.
            place: Of several calls with that id which one, in the order in which they were made.
        """
        names = self._names.get(call_id, [])
        return names[place] if place < len(names) else ""

    def find(self, name: str) -> Result | None:
        """Return the result of that name, None if there is none."""
        owner, _, number = name.rpartition(".")
        if not number.isascii() or not number.isdigit() or not owner:
            return None
        if owner == NOW:
            found: Sequence[Result] = self._own
        else:
            exchanges = reversed(self._memory.exchanges)
            exchange_id = next((each.id for each in exchanges if each.id.endswith(owner)), None)
            found = () if exchange_id is None else tuple(self._of(exchange_id))
        return found[int(number) - 1] if 0 < int(number) <= len(found) else None

    def latest(self, limit: int) -> Sequence[Result]:
        """Return the latest results, newest first, at most `limit`."""
        found = list(reversed(self._own))[:limit]
        for exchange in reversed(self._memory.exchanges):
            if len(found) >= limit:
                break
            found += reversed(tuple(self._of(exchange.id)))
        return found[:limit]

    def _of(self, exchange_id: str) -> Iterator[Result]:
        tools = [step for step in self._memory.steps_of(exchange_id) if isinstance(step, ToolStep)]
        for number, step in enumerate(tools, 1):
            yield Result(reference(exchange_id, number), step.name, as_json(step.arguments), step.result)
