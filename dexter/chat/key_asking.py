"""A key that is missing: asked for unseen, looked at, and stored."""

import asyncio
from pathlib import Path

from dexter.chat.screen import Asking
from dexter.keys import store_key


async def new_key(
    screen: Asking, *, name: str, page: str, variable: str, key_file: Path, otherwise: str
) -> str | None:
    """The key that the user typed, stored in the `.env` file; None if there is none, after saying so.

    Args:
        screen: Where it is asked for.
        name: Who needs it.
        page: Where keys are made, or empty.
        variable: What it is stored as.
        key_file: The file.
        otherwise: What is said if the user leaves.

    Raises:
        OSError: If it can't be stored.
    """
    made = f" (made at {page})" if page else ""
    key = await screen.ask_secret(f"{name} needs a key{made}")
    if key is None:
        screen.say(otherwise)
        return None
    if not key.isprintable() or not key.isascii():
        screen.say("That is no key: it holds characters that no key has. Nothing was stored.", "error")
        return None
    await asyncio.to_thread(store_key, key_file, variable, key)
    screen.say(f"Stored as {variable} in {key_file}.")
    return key
