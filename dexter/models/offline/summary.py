"""Summaries made from an exchange's own words."""

import re

LONGEST = 300
LONGEST_QUERY = 120
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
MARKUP = re.compile(r"[*_`#>|]+|^[-+] ", re.MULTILINE)


def summarise(query: str, answer: str) -> str:
    """Return one line of at most 300 characters: the question, and the sentences of its answer that fit.

    Sentences with numbers come before others: they are what a later question refers to. The first sentence
    always stays; the order of the answer is kept.
    """
    asked = _cut(_flat(query[:2000]), LONGEST_QUERY)
    text = _flat(MARKUP.sub("", answer[:20_000]))
    if not text:
        return asked
    room = LONGEST - len(asked) - 2
    sentences = SENTENCE_END.split(text)
    chosen = {0}
    for telling in (True, False):
        for at, sentence in enumerate(sentences):
            length = sum(len(sentences[one]) + 1 for one in chosen) + len(sentence)
            if at not in chosen and any(map(str.isdigit, sentence)) == telling and length <= room:
                chosen.add(at)
    return f"{asked}: {_cut(' '.join(sentences[at] for at in sorted(chosen)), room)}"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "\u2026"
