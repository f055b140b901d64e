"""Plain arithmetic in words or signs, and lists of numbers."""

import re

from dexter.models.offline.found import Found, argument, ready
from dexter.models.offline.plans import Call
from dexter.models.offline.sketch import DATE, LONGEST, NUMBER_WORDS, Sketch, spelled
from dexter.tools.errors import BadArgument, ToolError
from dexter.tools.finance.calculator import calculated

LEAD = re.compile(
    r"^(?:(?:please|hey|hi|ok|okay|so|then|now|and|dexter|,|can you|could you|would you|tell me|"
    r"i need|quick|what about|how about)\s*)*"
    r"(?:(?:what|how much)(?: is|'s| are| does| would| do you get for)|whats|what do you get for|"
    r"calculate|compute|evaluate|work out|solve|how much|what|figure out|find|give me)?"
    r"(?:\s+(?:is|the (?:value|result) of|the|does))*\s+(?=\S)",
)
TRAIL = re.compile(r"(?:[\s=?.!]|equals?|is|are|please|thanks|thank you|make|come to|be|exactly)+$")
PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\b(?:cube|cubic|third) root of ([\d.,]+)", r"\1 ^ (1 / 3)"),
        (r"\bsquare root of\b|\broot of\b", " sqrt "),
        (r"\bto the (?:third power|power of three)\b", " ^ 3 "),
        (r"\bto the (?:second power|power of two)\b", " ^ 2 "),
        (r"\bto the fourth power\b", " ^ 4 "),
        (r"\bto the power(?: of)?\b|\braised to(?: the power(?: of)?)?\b", " ^ "),
        (r"\bsquared\b", " ^ 2 "),
        (r"\bcubed\b", " ^ 3 "),
        (r"\bmultiplied (?:by|with)\b|\btimes\b", " * "),
        (r"\bdivided by\b", " / "),
        (r"\bplus\b|\badded to\b", " + "),
        (r"\bminus\b|\bless\b(?! than)", " - "),
        (r"\bmodulo\b", " mod "),
        (r"\bper ?cent\b|\bpct\b", "%"),
        (r"\b(?:double|twice)\b", " 2 * "),
        (r"\b(?:triple|thrice)\b", " 3 * "),
        (r"\b(?:a |one )?third of\b", " 1 / 3 * "),
        (r"\b(?:half of|halve)\b", " 50% of "),
        (r"\b(?:a )?quarter of\b", " 25% of "),
        (r"\bdollars?\b|\busd\b|\bbucks\b", " "),
        (r"\beuros?\b|\beur\b|\bpounds?\b|\bgbp\b", " "),
    )
)
NUMBER = r"[$€£]?\s?\d[\d.,]*(?:\s?(?:k|m|mn|bn|b|tn|thousand|million|billion|trillion)\b)?"
SHARE = re.compile(
    rf"^(?:what )?(?:percent(?:age)?|%|share|portion) (?:of ({NUMBER}) (?:is|are|makes?) ({NUMBER})|"
    rf"(?:is|are) ({NUMBER}) (?:of|out of) ({NUMBER}))$|"
    rf"^({NUMBER}) (?:is|as|are) (?:what|which|a|how many) (?:percent(?:age)?|%) of ({NUMBER})$|"
    rf"^({NUMBER}) as (?:a )?(?:percent(?:age)?|%) of ({NUMBER})$"
)
SHIFT = re.compile(
    rf"^(increase|raise|grow|decrease|reduce|lower|cut|discount) ({NUMBER}) by (\d+(?:\.\d+)?) ?%$|"
    rf"^({NUMBER}) (increased|raised|decreased|reduced|lowered|discounted) by (\d+(?:\.\d+)?) ?%$"
)
# "Add 5 to 7", "divide 100 by 8", "the product of 6 and 7": the sign, and whether the second comes first.
ORDERED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), form)
    for pattern, form in (
        (r"^add (.+) to (.+)$", "{1} + {0}"),
        (r"^(?:subtract|take|deduct) (.+) from (.+)$", "{1} - {0}"),
        (r"^(?:the )?difference (?:between|of) (.+) and (.+)$", "{0} - {1}"),
        (r"^multiply (.+) (?:by|with|and) (.+)$", "{0} * {1}"),
        (r"^divide (.+) by (.+)$", "{0} / {1}"),
        (r"^(?:the )?quotient of (.+) and (.+)$", "{0} / {1}"),
        (r"^(\d[\d.]* ?%) (?:off|discount (?:on|off)|less than) (?:of )?(.+)$", "{1} - {0}"),
        (r"^(\d[\d.]* ?%) (?:on top of|more than) (.+)$", "{1} + {0}"),
    )
)
LISTED_SUM = re.compile(r"^(?:(?:the )?(sum|total|product) of|(add)(?: up| together)?) (.+)$")
BETWEEN_LISTED = re.compile(r",? and |, |,(?=\d{1,2}(?:\D|$))|\s\+\s")
SINGLE = re.compile(r"[-+]?[$\u20ac\u00a3]?[\d.,]+ ?(?:%|[a-z]+)?")
SPREAD_GROUPS = re.compile(r"(?<![\d.,])(\d{1,3})((?: \d{3})+)(?![\d])")
DECIMAL_COMMA = re.compile(r"(?<![\d,.])(\d+),(\d{1,2})(?![\d,])")
OPERATORS = re.compile(
    "[-+*/^\u00d7\u00f7\u00b7\u2212\u221a]"
    r"|\bof\b|(?<=\d) ?x ?(?=[\d(])|\bmod\b|\b(?:sqrt|ln|log|exp|abs|round|floor|ceil|min|max)\b"
)
LISTED = re.compile(
    r"^(?:(?:what(?:'s| is| are)|calculate|compute|find|give me|tell me|the|please) )*"
    r"(mean|average|median|standard deviation|std(?: ?dev(?:iation)?)?|stdev|variance|statistics|stats)"
    r"(?: (?:of|for|the|these|numbers?|values?|returns?|is|following))*(?: :)?((?: (?:,|and|[#%]\d+))+)$"
)


def read_arithmetic(query: str) -> Found | None:
    """Read "What is 1+1?", "12% of 3.4bn", "(3+4)*2^3", "15 percent of 240": the whole of it or nothing."""
    expression = arithmetic_in(query)
    if expression is None:
        return None
    opening = "In percent:" if SHARE.match(_bared(query)) else ""
    return Found("arithmetic", call=Call("calculate", {"expression": expression}), opening=opening)


def arithmetic_in(query: str) -> str | None:  # noqa: PLR0911 - each kind of sum has its form
    """Return the expression that a question is, None if it is anything else."""
    if len(query) > LONGEST:
        return None
    text = _bared(query)
    if match := SHARE.match(text):
        groups = match.groups()
        whole_first = (groups[0], groups[1])
        part, whole = (
            (whole_first[1], whole_first[0])
            if groups[0]
            else next((groups[at], groups[at + 1]) for at in (2, 4, 6) if groups[at])
        )
        return f"{part} / {whole} * 100"
    if match := SHIFT.match(text):
        word = (match.group(1) or match.group(5)).removesuffix("d")
        amount, percent = match.group(2) or match.group(4), match.group(3) or match.group(6)
        return f"{amount} {'+' if word.startswith(('increas', 'rais', 'grow')) else '-'} {percent}%"
    for pattern, replacement in PHRASES:
        text = pattern.sub(replacement, text)
    text = _in_signs(" ".join(text.split()))
    text = SPREAD_GROUPS.sub(lambda found: found.group(1) + found.group(2).replace(" ", ""), text)
    if "(" not in text:
        text = DECIMAL_COMMA.sub(r"\1.\2", text)
    text = " ".join(text.split())
    # "15%" and "+10" by themselves are numbers, not sums.
    if (
        not OPERATORS.search(text.lstrip("+- "))
        or DATE.search(text)
        or not any(letter.isdigit() for letter in text)
    ):
        return None
    try:
        calculated(text)
    except BadArgument as error:
        # A sum that is read but refused, such as one of two currencies, is answered with the reason.
        return text if "mixes" in error.reason else None
    except ToolError:
        return text
    return text


def _in_signs(text: str) -> str:
    """Return "add 5 to 7" as "7 + 5" and "the sum of 1, 2 and 3" as "1 + 2 + 3", anything else as it is."""
    for pattern, form in ORDERED:
        if match := pattern.match(text):
            return form.format(*map(_bracketed, match.groups()))
    if match := LISTED_SUM.match(text):
        parts = BETWEEN_LISTED.split(match.group(3))
        if len(parts) > 1:
            return (" * " if match.group(1) == "product" else " + ").join(map(_bracketed, parts))
    return text


def _bracketed(part: str) -> str:
    return part if SINGLE.fullmatch(part) else f"({part})"


def read_list(sketch: Sketch) -> Found | None:
    """Read "average of 3, 5 and 10", "standard deviation of 5%, -2% and 8%"."""
    match = LISTED.match(sketch.text)
    if match is None:
        return None
    indexes = [int(index) for index in re.findall(r"[#%](\d+)", match.group(2))]
    kinds = {sketch.quantities[index].kind for index in indexes}
    if len(indexes) < 2 or len(kinds) != 1:
        return None
    numbers = [argument(sketch.value(index)) for index in indexes]
    unit = "percent" if kinds == {"percent"} else sketch.currency()
    return ready("statistics", "statistics_of", {"numbers": numbers, "unit": unit}, indexes)


def _bared(query: str) -> str:
    """Return the question in lower case without the words around it, number words as digits."""
    text = " ".join(query.lower().replace("\u2019", "'").split())
    text = TRAIL.sub("", text)
    text = LEAD.sub("", f"{text} " if text else "", count=1).strip()
    return NUMBER_WORDS.sub(lambda match: spelled(match, alone=True), text)
