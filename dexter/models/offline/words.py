"""Words that stand for numbers, times and currencies."""

from collections.abc import Mapping
from types import MappingProxyType

SMALL: Mapping[str, int] = MappingProxyType(
    {
        "zero": 0,
        "one": 1,
        "two": 2,
        "three": 3,
        "four": 4,
        "five": 5,
        "six": 6,
        "seven": 7,
        "eight": 8,
        "nine": 9,
        "ten": 10,
        "eleven": 11,
        "twelve": 12,
        "thirteen": 13,
        "fourteen": 14,
        "fifteen": 15,
        "sixteen": 16,
        "seventeen": 17,
        "eighteen": 18,
        "nineteen": 19,
        "twenty": 20,
        "thirty": 30,
        "forty": 40,
        "fifty": 50,
        "sixty": 60,
        "seventy": 70,
        "eighty": 80,
        "ninety": 90,
    }
)
LARGE: Mapping[str, int] = MappingProxyType(
    {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
)
CURRENCIES: Mapping[str, str] = MappingProxyType(
    {
        "$": "$",
        "us$": "$",
        "usd": "$",
        "dollar": "$",
        "dollars": "$",
        "bucks": "$",
        "€": "€",
        "eur": "€",
        "euro": "€",
        "euros": "€",
        "£": "£",
        "gbp": "£",
        "pound": "£",
        "pounds": "£",
        "¥": "¥",
        "jpy": "¥",
        "yen": "¥",
        "chf": "CHF",
        "francs": "CHF",
    }
)
# Periods in one year, by the word for how often something happens.
FREQUENCIES: Mapping[str, int] = MappingProxyType(
    {
        "annual": 1,
        "annually": 1,
        "yearly": 1,
        "semiannual": 2,
        "semiannually": 2,
        "semi-annual": 2,
        "semi-annually": 2,
        "half-yearly": 2,
        "quarterly": 4,
        "monthly": 12,
        "weekly": 52,
        "daily": 365,
    }
)
DURATIONS: Mapping[str, int] = MappingProxyType(
    {
        "year": 1,
        "years": 1,
        "yr": 1,
        "yrs": 1,
        "y": 1,
        "quarter": 4,
        "quarters": 4,
        "month": 12,
        "months": 12,
        "mo": 12,
        "mos": 12,
        "week": 52,
        "weeks": 52,
        "day": 365,
        "days": 365,
    }
)
MONTHS = frozenset(
    [
        *["january", "february", "march", "april", "may", "june", "july", "august"],
        *["september", "october", "november", "december"],
        *["jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"],
    ]
)
BEFORE_CALENDAR_YEARS = frozenset(
    [
        *[
            "in",
            "since",
            "fy",
            "fiscal",
            "during",
            "by",
            "until",
            "end",
            "ye",
            "cy",
            "through",
            "year",
            "calendar",
        ],
        *["before", "early", "late", "mid", "q1", "q2", "q3", "q4", "h1", "h2", "quarter", "ended", "ending"],
    ]
)
# Words of a follow-up that change nothing in what it means.
CONNECTORS = frozenset(
    [
        *[
            "and",
            "what",
            "about",
            "how",
            "at",
            "with",
            "for",
            "over",
            "in",
            "instead",
            "of",
            "the",
            "same",
            "if",
            "it",
        ],
        *[
            "was",
            "were",
            "is",
            "to",
            "from",
            "a",
            "an",
            "then",
            "but",
            "now",
            "make",
            "change",
            "use",
            "using",
            "try",
        ],
        *[
            "again",
            "do",
            "that",
            "thing",
            "please",
            "ok",
            "okay",
            "would",
            "be",
            "we",
            "i",
            "only",
            "by",
            "after",
            ",",
        ],
        *[
            "take",
            "assume",
            "say",
            "let's",
            "lets",
            "so",
            "or",
            "calculation",
            "question",
            "numbers",
            "had",
            "starting",
        ],
        *[
            "suppose",
            "as",
            "well",
            "also",
            "percent",
            "per",
            "year",
            "each",
            "redo",
            "rerun",
            "repeat",
            "this",
            "time",
        ],
        *[
            "set",
            "put",
            "given",
            "what's",
            "hmm",
            "compounded",
            "compounding",
            "paid",
            "payments",
            "invested",
            "like",
        ],
        *[
            "could",
            "you",
            "can",
            "me",
            "on",
            "just",
            "rather",
            "than",
            "not",
            "switch",
            "becomes",
            "became",
            "went",
        ],
        *[
            "up",
            "down",
            "goes",
            "rises",
            "falls",
            "drops",
            "rise",
            "fall",
            "drop",
            "go",
            "it's",
            "that's",
            "my",
            "our",
            "tell",
            "show",
            "case",
            "get",
            "started",
            "starts",
            "start",
            "s",
            "today",
        ],
    ]
)


def digits_of(words: list[str]) -> str | None:
    """Return the number that `words` spell, in digits: ["twenty", "five"] is 25; None if they spell none."""
    total, group, last = 0, 0, 0
    for word in words:
        if word in SMALL:
            value = SMALL[word]
            # "five six" is no number; "twenty five" and "hundred five" are.
            if last and not (last >= 100 or (last in range(20, 100, 10) and 0 < value < 10)):
                return None
            group += value
            last = value or 1
        elif word in LARGE:
            scale = LARGE[word]
            group = max(group, 1) * scale
            if scale >= 1000:
                total, group = total + group, 0
            last = scale
        else:
            return None
    return str(total + group)
