"""Questions that go on from a result: "plus 10", "20% of that"; sums with one of their numbers replaced."""

import re

from dexter.models.offline.found import Found
from dexter.models.offline.plans import Call, Earlier
from dexter.models.offline.sketch import Sketch, sketched
from dexter.models.offline.sums import arithmetic_in

WHAT = "arithmetic"
OPENING = "Going on from before:"
_LEAD = re.compile(r"^(?:(?:and|then|now|so|ok|okay|please|what about|how about)\b ?)+(?=\S)")
_SIGNED = re.compile(r"^([-+*/^\u00d7\u00f7])\s*(\S.*)$", re.DOTALL)
_WORDED = re.compile(
    r"^(plus|minus|times|divided by|multiplied by|multiply by|divide by|add|subtract)\s+(\S.*)$", re.DOTALL
)
_OPERATORS = {"add": "+", "subtract": "-", "multiply by": "*", "divide by": "/"}
_ALONE = re.compile(r"^(?:squared|cubed|square it|halve it|double it|triple it|halved|doubled|tripled)$")
_ALONE_AS = {"squa": "^ 2", "cube": "^ 3", "halv": "/ 2", "doub": "* 2", "trip": "* 3"}
_THAT = re.compile(r"\b(?:that|it|this|(?:the|that|this) (?:result|amount|number|value|figure|answer))\b")
_OF_THAT = re.compile(rf"\bof {_THAT.pattern}")
# The figure that the answer is about, as `phrasing` writes it: **Future value: $1,967.15**.
_FIGURE = re.compile(r"\*\*[^*:]+: (-?[$\u20ac\u00a3\u00a5]?[\d,]+(?:\.\d+)?)x?(?: a [\w-]+| per \w+)?\*\*")


def read_going_on(call: Call, last: Earlier, query: str) -> Found | None:
    """Return a sum with the result of the exchange before in it, None if the question is no such sum.

    Args:
        call: The calculation before.
        last: The exchange right before the question; its answer is where the result of any other calculation
            than plain arithmetic stands.
        query: The question.
    """
    text = _LEAD.sub("", " ".join(query.lower().rstrip(" ?!.").split()))
    sums = call.name == "calculate"
    result = str(call.arguments.get("expression", "")) if sums else _figure(last.answer)
    if not result:
        return None
    if match := _WORDED.match(text) or (_SIGNED.match(text) if sums else None):
        operator = _OPERATORS.get(match.group(1), match.group(1))
        # "Plus 2%" of anything but a sum may be its rate.
        longer = (
            None if "%" in text and not sums else arithmetic_in(f"({result}) {operator} {match.group(2)}")
        )
    elif _ALONE.match(text):
        longer = arithmetic_in(f"({result}) {_ALONE_AS[text[:4]]}")
    elif _THAT.search(text):
        longer = arithmetic_in(_THAT.sub(f"({result})", text, count=1))
    else:
        return None
    return (
        None
        if longer is None
        else Found(WHAT, call=Call("calculate", {"expression": longer}), opening=OPENING)
    )


def means_the_result(query: str) -> bool:
    """Return whether a share of the result is asked for: "20% of that" changes no number of what made it."""
    return _OF_THAT.search(query.lower()) is not None


def replaced(expression: str, sketch: Sketch) -> str | None:
    """Return the expression with its one percent or its one amount replaced, None if it has not just one."""
    quantity = sketch.quantities[0]
    pattern = (
        r"\d[\d,.]*\s?%" if quantity.kind == "percent" else r"\d[\d,.]*(?:\s?[a-z]+)?(?![\d,.]*\s?%)(?!\w)"
    )
    found = list(re.finditer(rf"(?<![\w.,]){pattern}", expression))
    if len(found) != 1 or quantity.kind not in {"percent", "amount"}:
        return None
    if quantity.kind == "amount" and len(sketched(expression).of("amount")) != 1:
        return None
    tail = " of" if found[0].group().rstrip().endswith(" of") else ""
    new = f"{quantity.value:f}{'%' if quantity.kind == 'percent' else ''}{tail}"
    return expression[: found[0].start()] + new + expression[found[0].end() :]


def _figure(answer: str) -> str:
    match = _FIGURE.search(answer)
    return match.group(1).replace(",", "") if match else ""
