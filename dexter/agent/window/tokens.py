"""How many tokens a text has, about, and texts cut to so many."""

BYTES_PER_TOKEN = 3.5


def estimate(text: str) -> int:
    """The tokens of a text, estimated for any model from its length in UTF-8.

    3.5 bytes to a token overestimates English prose (4 to 5) and is about right for JSON, figures and the
    scripts whose letters take two or three bytes.
    """
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    return -int(-size // BYTES_PER_TOKEN)


def cut(text: str, tokens: int) -> str:
    """The text, or if it has more than so many tokens its beginning and its end, with a mark in between.

    The result never has more than `tokens` tokens; with too few even for the mark it is empty.
    """
    if estimate(text) <= tokens:
        return text
    mark = f"\n[... {len(text):,} characters, cut to fit ...]\n"
    room = int((tokens - estimate(mark)) * BYTES_PER_TOKEN) - 4
    if room <= 0:
        return ""
    encoded = text.encode("utf-8", "surrogatepass")
    # More of the beginning: it says what the rest is about.
    head = encoded[: room * 2 // 3].decode("utf-8", "ignore")
    tail = encoded[-(room // 3) :].decode("utf-8", "ignore") if room >= 3 else ""
    return f"{head}{mark}{tail}"
