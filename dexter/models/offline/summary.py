"""Summaries made from an exchange's own words."""

LONGEST = 300


def summarise(query: str, answer: str) -> str:
    """Return one line of at most 300 characters: the question and the beginning of its answer."""
    text = f"{' '.join(query[:2000].split())}: {' '.join(answer[:4000].split())}"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
