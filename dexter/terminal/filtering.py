"""Which of many texts a few typed letters mean. No screen here."""

from collections.abc import Sequence

_GOOD_ENOUGH = 70


def matching(typed: str, texts: Sequence[str]) -> list[int]:
    """The places of the texts that match, best first; all of them in their order if nothing was typed.

    Texts that hold every word typed come first, in their order; then those that nearly do, nearest first.
    """
    words = typed.casefold().split()
    if not words:
        return list(range(len(texts)))
    folded = [text.casefold() for text in texts]
    exact = [place for place, text in enumerate(folded) if all(word in text for word in words)]
    from rapidfuzz import fuzz, process  # noqa: PLC0415  7 ms, on no way to a prompt

    scorer = fuzz.partial_token_set_ratio if len(words) > 1 else fuzz.partial_ratio
    scored = process.extract(" ".join(words), folded, scorer=scorer, limit=None, score_cutoff=_GOOD_ENOUGH)
    held = set(exact)
    return [*exact, *(place for _, _, place in scored if place not in held)]
