"""X: its addresses, and its answers as posts.

Addresses, parameters and fields as X documents its API v2 (docs.x.com).
"""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from dexter.tools.errors import NotThere, Unfit
from dexter.tools.fetching.client import Client
from dexter.tools.fetching.source import MEGABYTE, MINUTE, Question, Source

HOST = "api.x.com"
NAME = "X"
KEY = "X_BEARER_TOKEN"
X = Source("x", NAME, (HOST,), per_second=1)
_POST_FIELDS = {
    "tweet.fields": "author_id,conversation_id,created_at,public_metrics",
    "expansions": "author_id",
    "user.fields": "name,username",
}

T = TypeVar("T")


class Counts(msgspec.Struct, frozen=True):
    """How often a post was liked and passed on."""

    like_count: int = 0
    retweet_count: int = 0
    reply_count: int = 0
    quote_count: int = 0


class Post(msgspec.Struct, frozen=True):
    """A post."""

    id: str
    text: str = ""
    author_id: str = ""
    created_at: str = ""
    conversation_id: str = ""
    public_metrics: Counts = Counts()


class UserCounts(msgspec.Struct, frozen=True):
    """How many follow a user, and how much that one wrote."""

    followers_count: int = 0
    following_count: int = 0
    tweet_count: int = 0


class User(msgspec.Struct, frozen=True):
    """A user."""

    id: str
    username: str = ""
    name: str = ""
    description: str = ""
    created_at: str = ""
    verified: bool = False
    public_metrics: UserCounts = UserCounts()


class Included(msgspec.Struct, frozen=True):
    """What posts refer to."""

    users: list[User] = []


class Meta(msgspec.Struct, frozen=True):
    """Where the next page is."""

    next_token: str = ""


class Posts(msgspec.Struct, frozen=True):
    """A page of posts."""

    data: list[Post] = []
    includes: Included = Included()
    meta: Meta = Meta()


class Profile(msgspec.Struct, frozen=True):
    """The answer about one user."""

    data: User | None = None


class XApi:
    """What X answers. Every method raises what `Client.ask` does; `Unfit` for an answer of another form."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def search(
        self, query: str, sort: str, since: str, pages: int
    ) -> tuple[list[Post], dict[str, User]]:
        """Posts of the last seven days, and their authors by number.

        Args:
            query: In the language of X's search.
            sort: `relevancy` or `recency`.
            since: The earliest time, ISO with Z, or empty.
            pages: The most pages of 50.
        """
        params = {"query": query, "max_results": "50", "sort_order": sort, **_POST_FIELDS}
        if since:
            params["start_time"] = since
        return await self._posts("search", "/2/tweets/search/recent", params, "next_token", pages)

    async def user(self, username: str) -> User:
        """A user by name."""
        what = f"user {username}"
        params = {"user.fields": "created_at,description,name,public_metrics,username,verified"}
        answer = await self._ask(
            self._question("users", f"/2/users/by/username/{username}", what, params), Profile
        )
        if answer.data is None:
            raise NotThere(NAME, what)
        return answer.data

    async def posts_of(self, user: User, pages: int) -> list[Post]:
        """A user's latest posts."""
        path = f"/2/users/{_number(user.id)}/tweets"
        params = {"max_results": "50", "exclude": "retweets,replies", **_POST_FIELDS}
        return (await self._posts("posts", path, params, "pagination_token", pages))[0]

    async def post(self, number: str) -> tuple[list[Post], dict[str, User]]:
        """One post and its author."""
        params = {"ids": number, **_POST_FIELDS}
        return await self._posts("post", "/2/tweets", params, "", 1)

    async def _posts(
        self, endpoint: str, path: str, params: Mapping[str, str], token: str, pages: int
    ) -> tuple[list[Post], dict[str, User]]:
        posts: list[Post] = []
        users: dict[str, User] = {}
        following: dict[str, str] = {}
        for _ in range(pages):
            question = self._question(endpoint, path, "such post", {**params, **following})
            page = await self._ask(question, Posts)
            posts += page.data
            users |= {user.id: user for user in page.includes.users}
            if not page.meta.next_token:
                break
            following = {token: page.meta.next_token}
        return posts, users

    def _question(self, endpoint: str, path: str, what: str, params: Mapping[str, str]) -> Question:
        url = self._client.source.url(HOST, path)
        label = params.get("query", path.rpartition("/")[2])
        return Question(
            endpoint, url, what, params=params, label=label, keep=15 * MINUTE, largest=5 * MEGABYTE
        )

    async def _ask(self, question: Question, kind: type[T]) -> T:
        answer = await self._client.ask(question)
        try:
            return msgspec.json.decode(answer.data, type=kind)
        except msgspec.ValidationError as error:
            raise Unfit(NAME, f"it has another form than expected ({error})") from None


def _number(text: str) -> str:
    if not (text.isascii() and text.isdecimal()):
        raise Unfit(NAME, "it has another form than expected (a user without a number)")
    return text
