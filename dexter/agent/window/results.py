"""What tools returned, whole: in the run under way, in its helpers, and in the exchanges before it.

A result is called by its exchange and number, `now.2`; one of a helper by the call that it worked for, the
helper and the number there, `now.2.1.3`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from dexter.agent.window.memory import Memory
from dexter.agent.window.parts import NOW, reference
from dexter.agent.window.turns import as_json
from dexter.sessions import Step, ToolStep
from dexter.sessions.records.steps import helped_by, own
from dexter.tools.reading import Result

T = TypeVar("T")


class RunResults:
    """The results of one run as they come, with those that its session has.

    Those of earlier exchanges are read when they are asked for.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._own: list[_Returned] = []
        self._names: dict[str, list[str]] = {}
        self._helped: dict[str, dict[int, Sequence[Step]]] = {}

    def __bool__(self) -> bool:
        """Whether this run has any."""
        return bool(self._own)

    def add(self, call_id: str, tool: str, arguments: str, text: str) -> None:
        """Keep what a call of this run returned."""
        name = reference(None, len(self._own) + 1)
        self._names.setdefault(call_id, []).append(name)
        helpers = _of_helpers(name, self._helped.pop(call_id, {}))
        self._own.append(_Returned(Result(name, tool, arguments, text), helpers))

    def add_helped(self, call_id: str, number: int, steps: Sequence[Step]) -> None:
        """Keep what the tools of a helper returned; it can be found once its call has returned.

        Args:
            call_id: The call that it worked for.
            number: Which of that call's helpers it is, from 1.
            steps: What it did.
        """
        self._helped.setdefault(call_id, {})[number] = steps

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
        owner, *places = name.split(".")
        if not owner or not all(place.isascii() and place.isdigit() for place in places):
            return None
        match [int(place) for place in places]:
            case [number]:
                call = _at(number, self._calls(owner))
                return None if call is None else call.result
            case [number, helper, of_helper]:
                call = _at(number, self._calls(owner))
                return None if call is None else _at(of_helper, call.helpers.get(helper, ()))
            case _:
                return None

    def latest(self, limit: int) -> Sequence[Result]:
        """Return the latest results, newest first, at most `limit`; behind one those of its helpers."""
        found: list[Result] = []
        for owner in (NOW, *(each.id for each in reversed(self._memory.exchanges))):
            if len(found) >= limit:
                break
            for call in reversed(self._calls(owner)):
                found += [call.result, *(each for made in call.helpers.values() for each in made)]
        return found[:limit]

    def _calls(self, owner: str) -> Sequence["_Returned"]:
        if owner == NOW:
            return self._own
        exchanges = reversed(self._memory.exchanges)
        exchange_id = next((each.id for each in exchanges if each.id.endswith(owner)), None)
        return () if exchange_id is None else tuple(_earlier(exchange_id, self._memory.steps_of(exchange_id)))


class _Returned(NamedTuple):
    """What a call of a run returned, and by number what its helpers' tools did."""

    result: Result
    helpers: Mapping[int, tuple[Result, ...]] = {}


def _earlier(exchange_id: str, steps: Sequence[Step]) -> Iterator[_Returned]:
    for number, step in enumerate(_tools(own(steps)), 1):
        name = reference(exchange_id, number)
        yield _Returned(_result(name, step), _of_helpers(name, helped_by(steps, step)))


def _of_helpers(name: str, helped: Mapping[int, Iterable[Step]]) -> Mapping[int, tuple[Result, ...]]:
    return {
        helper: tuple(_result(f"{name}.{helper}.{at}", step) for at, step in enumerate(_tools(steps), 1))
        for helper, steps in sorted(helped.items())
    }


def _result(name: str, step: ToolStep) -> Result:
    return Result(name, step.name, as_json(step.arguments), step.result)


def _tools(steps: Iterable[Step]) -> Iterator[ToolStep]:
    return (step for step in steps if isinstance(step, ToolStep))


def _at(number: int, given: Sequence[T]) -> T | None:
    return given[number - 1] if 0 < number <= len(given) else None
