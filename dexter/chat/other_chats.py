"""What other chats did in the session that this one is at."""

import asyncio
from typing import TYPE_CHECKING

from dexter.chat.place import Place
from dexter.errors import DexterError

if TYPE_CHECKING:  # a prompt waits for no repository
    from dexter.sessions.manager import SessionManager


async def joined(manager: "SessionManager", place: Place) -> tuple[Place, list[str]]:
    """The place with what other chats added to its session, and a sentence if they did.

    Args:
        manager: The sessions.
        place: Where this chat is, as far as it knows.
    """
    try:
        metadata = await asyncio.to_thread(manager.get, place.session_id)
        if metadata.exchange_count <= place.count:
            return place, []
        view = await asyncio.to_thread(manager.show, place.session_id)
    except DexterError:
        # Said already by saving, or by the next thing that needs to read.
        return place, []
    added = place.new_in(view.exchanges)
    if not added:
        return place, []
    what = "1 exchange" if len(added) == 1 else f"{len(added)} exchanges"
    said = f"Another chat has added {what} to this session; both are kept, and the model knows them now."
    heads = len(view.metadata.heads)
    told = f"{said} It has {heads} heads: see /history." if heads > 1 else said
    return place.joined_by(added, view.metadata), [told]
