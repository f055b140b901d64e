"""Questions on what was asked and found before, in this session and in all saved ones."""

import re
from collections.abc import Sequence

from dexter.models.offline.plans import Call, Earlier, Plan

LONGEST_SEARCH = 200
MOST_WORDS = 12
LONGEST_QUOTE = 600
HITS = 5
HITS_BESIDE = 3
ASKED_ONCE = (
    r"(?:ask(?:ed)?|say|said|find|found(?: out)?|find out|discuss(?:ed)?|talk(?:ed)?|learn(?:ed|t)?|"
    r"concluded?|computed?|calculated?|know|see|saw|write|wrote|look(?:ed)?(?: (?:at|up|into))?|"
    r"research(?:ed)?|tell|told|mention(?:ed)?|decided?|get|got|figured? out|work(?:ed)? out|"
    r"search(?:ed)?(?: for)?)"
)
ASKED = rf"{ASKED_ONCE}(?:(?: ?,| and| or)+ {ASKED_ONCE})*"
ABOUT = r"(?:about|on|regarding|concerning|for|of|with|into|re|around)"
TOPIC = r"(?P<topic>.{1,400})"
WE = r"(?:i|we|you)"
POLITE = r"(?:so |and |hey |ok |please |remind me |tell me |can you tell me )*"
ONCE = r"(?: (?:already|ever|just|previously|once|last))*"
WHOM = (
    r"(?: (?:you|me|us|out|earlier|before|already|back then|together|last time|"
    r"today|yesterday|(?:this|last) (?:week|month|year)))*"
)
EARLIER = r"(?:my |our |the |all )*(?:earlier |previous |past |saved |old )*"
KEPT = (
    r"(?:sessions?|questions?|chats?|exchanges?|answers?|history|notes?|findings?|conclusions?|discussions?)"
)
RECALLS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(f"^{pattern}$", re.IGNORECASE)
    for pattern in (
        # what did we say about X
        (
            rf"{POLITE}(?:what|which|where|when|how) (?:\w+ ){{0,3}}?(?:did|have|had|do) "
            rf"{WE}{ONCE} {ASKED}{WHOM}"
            rf"(?: {ABOUT} {TOPIC})?"
        ),
        # did I ever ask about X
        rf"{POLITE}(?:did|have|had) {WE}{ONCE} {ASKED}{WHOM} {ABOUT} {TOPIC}",
        # remind me what we concluded about X
        (
            r"(?:please )?(?:remind me|recall|remember|bring up|show me|find|search|look up|look for)"
            r"(?: (?:of|me|again|for))* (?:what|everything|anything|all|which|when)(?: \w+){0,2} "
            rf"{WE}(?: \w+)? {ASKED}{WHOM} {ABOUT} {TOPIC}"
        ),
        # what do you remember about X
        (
            r"(?:what|anything|everything)(?: do you| can you)? (?:remember|recall|have|know from before)"
            rf"(?: \w+){{0,2}} {ABOUT} {TOPIC}"
        ),
        # search my earlier sessions for X
        (
            r"(?:please )?(?:search|find|look|go) (?:in |through |for |up )*"
            rf"{EARLIER}{KEPT}(?: {ABOUT}| for) {TOPIC}"
        ),
        # recall X
        rf"(?:please )?(?:recall|remember|remind me (?:of|about)) (?:about )?{TOPIC}",
        # my questions about X
        rf"(?:my|our|any|all)(?: \w+)? {KEPT} {ABOUT} {TOPIC}",
        # what were our findings on X
        (
            r"(?:what (?:was|were|are|is)|show me|list|give me)(?: \w+){0,2} (?:my|our)(?: \w+)? "
            rf"{KEPT} {ABOUT} {TOPIC}"
        ),
    )
)
PERIODS: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(rf"\b(?:from |in |during |over |within )?(?:the )?{pattern}\b", re.IGNORECASE), days)
    for pattern, days in (
        (r"(?:earlier )?today", 1),
        (r"this morning", 1),
        (r"yesterday", 2),
        (r"this week", 7),
        (r"(?:last|past|previous) week", 14),
        (r"this month", 31),
        (r"(?:last|past|previous) month", 62),
        (r"(?:last|past|previous) quarter", 184),
        (r"(?:this|last|past|previous) year", 731),
    )
)
NOISE = re.compile(
    r"\b(?:last time|earlier|before|previously|recently|again|so far|"
    r"in (?:an?|any|my) (?:earlier|other) session)\b",
    re.IGNORECASE,
)
SPECIFIC = re.compile(
    r"^(?:so |and |please |tell me |remind me )*(?:what (?:was|is|were)|what's|show me|repeat|show)? ?"
    r"(?:the |my |our |your )?"
    r"(?P<which>first|very first|last|previous|second|third|latest|most recent)(?: \w+)?? ?"
    r"(?P<part>question|query|answer|exchange|thing i asked|thing we discussed|message|prompt)"
    r"(?: (?:i|we|you)(?: have)? (?:asked?|gave|had|given|sent))?"
    r"(?: (?:you|me|about|here|in this session|today|again))*$"
)
JUST = re.compile(
    r"^(?:so )?what (?:did|have) i (?:just |only |last )?ask(?:ed)?(?: you)?"
    r"(?: just now| last| before| earlier)?$"
)
LISTING = re.compile(
    r"^(?:so )?what (?:have|did) (?:i|we) (?:asked?|discuss(?:ed)?|talk(?:ed)? about|cover(?:ed)?)"
    r"(?: you| about)?"
    r"(?: (?:so far|until now|in this (?:session|chat)|here|up to now))+$"
)
MOST_LISTED = 20
FILLER = frozenset(
    [
        *[
            "a",
            "an",
            "and",
            "are",
            "as",
            "at",
            "be",
            "by",
            "can",
            "could",
            "did",
            "do",
            "does",
            "for",
            "from",
            "has",
        ],
        *[
            "have",
            "how",
            "i",
            "if",
            "in",
            "is",
            "it",
            "its",
            "me",
            "my",
            "of",
            "on",
            "or",
            "our",
            "please",
            "show",
        ],
        *[
            "tell",
            "than",
            "that",
            "the",
            "their",
            "them",
            "there",
            "these",
            "this",
            "to",
            "us",
            "was",
            "we",
            "were",
        ],
        *[
            "what",
            "what's",
            "when",
            "where",
            "which",
            "who",
            "whose",
            "why",
            "will",
            "with",
            "would",
            "you",
            "your",
        ],
        *[
            "about",
            "much",
            "many",
            "any",
            "give",
            "list",
            "explain",
            "should",
            "been",
            "had",
            "into",
            "over",
            "s",
        ],
    ]
)


def read_recall(query: str) -> tuple[str, int | None] | None:
    """Return the words to search for and the days to go back, None if it is another kind of question."""
    text = _plain(query)
    for pattern in RECALLS:
        if match := pattern.match(text):
            topic, days = _period(match.groupdict().get("topic") or "")
            if words := keywords(topic):
                # "What did we say last week about bonds": the time may stand before the topic.
                return words, days if days is not None else _period(text)[1]
            return None
    return None


def own_question(query: str, earlier: Sequence[Earlier]) -> Plan | None:
    """Return the answer to "what was my first question", from the exchanges of this session."""
    text = _plain(query).lower()
    if LISTING.match(text) and earlier:
        asked = "\n".join(f"- {_quoted(exchange.query)}" for exchange in earlier[-MOST_LISTED:])
        return Plan("A question on this session itself.", opening=f"Asked in this session so far:\n\n{asked}")
    match = SPECIFIC.match(text)
    if match is None and not JUST.match(text):
        return None
    which = match.group("which") if match else "last"
    part = match.group("part") if match else "question"
    places = {"first": 0, "very first": 0, "second": 1, "third": 2}
    at = places.get(which, len(earlier) - 1)
    if not 0 <= at < len(earlier):
        reading = "A question on this session, which has no such exchange yet."
        return Plan(
            reading,
            opening=f"This session has {_count(len(earlier))} so far, so there is no {which} one to show.",
        )
    exchange = earlier[at]
    opening = f"The {which} question of this session:\n\n> {_quoted(exchange.query)}"
    if part in {"answer", "exchange"}:
        opening += (
            f"\n\nIt was answered:\n\n> {_quoted(exchange.answer) if exchange.answer else '(no answer)'}"
        )
    return Plan("A question on this session itself.", opening=opening)


def recalling(words: str, days: int | None) -> Plan:
    """Return the plan to search all saved sessions."""
    arguments: dict[str, object] = {"query": words, "limit": HITS}
    if days is not None:
        arguments["within_days"] = days
    return Plan(f"A question on earlier sessions; searching them for: {words}.", (Call("recall", arguments),))


def keywords(text: str) -> str:
    """Return the words of a text that tell something, at most twelve."""
    words = re.findall(r"[^\W_][\w.&/'-]*", text[:2000])
    telling = [word.strip(".'-/").removesuffix("'s") for word in words if word.lower() not in FILLER]
    return (
        " ".join(dict.fromkeys(word for word in telling if word))[:LONGEST_SEARCH].strip() if telling else ""
    )


def _period(topic: str) -> tuple[str, int | None]:
    for pattern, days in PERIODS:
        if pattern.search(topic):
            return NOISE.sub(" ", pattern.sub(" ", topic)), days
    return NOISE.sub(" ", topic), None


def _plain(query: str) -> str:
    text = " ".join(query[:1000].replace("\u2019", "'").split())
    return text.rstrip(" ?!.,") if len(query) <= 1000 else ""


def _quoted(text: str) -> str:
    flat = " ".join(text[: 4 * LONGEST_QUOTE].split())
    return flat if len(flat) <= LONGEST_QUOTE else flat[: LONGEST_QUOTE - 1] + "\u2026"


def _count(number: int) -> str:
    return f"{number or 'no'} earlier exchange{'' if number == 1 else 's'}"
