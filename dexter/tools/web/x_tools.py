"""The tool that reads posts on X."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from dexter.tools.errors import BadArgument, NotThere
from dexter.tools.fetching.text import one_line, plain, quoted
from dexter.tools.numbers import to_date
from dexter.tools.registry import Tool
from dexter.tools.web.x import NAME, Post, User, XApi

MOST_POSTS = 50
MOST_PAGES = 5
_USERNAME = re.compile(r"[A-Za-z0-9_]{1,15}")
_POST = re.compile(r"(?:https?://(?:www\.)?(?:x|twitter)\.com/\w{1,15}/status/)?([0-9]{1,20})")


def x_tools(x: XApi) -> tuple[Tool, ...]:
    """The tool, on top of what asks X."""

    async def x_search(
        *,
        command: Literal["search", "profile", "thread"],
        query: str = "",
        username: str = "",
        sort: Literal["relevancy", "recency", "likes"] = "relevancy",
        since: str = "",
        min_likes: int = 0,
        limit: int = 15,
        pages: int = 1,
    ) -> dict[str, Any]:
        """Read posts on X: search the last seven days, a user's profile and posts, or a thread.

        Args:
            command: What is wanted.
            query: Words to search for (from:NAME, $TICKER, "phrase", -word and OR work); of a thread, the
                address or number of its first post.
            username: Of a profile, the user's name without @.
            sort: Order of the posts.
            since: Only posts from this day on, YYYY-MM-DD; of a search, not more than seven days back.
            min_likes: Only posts that were liked so often.
            limit: The most posts, 1 to 50.
            pages: How many pages of 50 posts are looked through, 1 to 5.
        """
        asked = min(max(pages, 1), MOST_PAGES)
        earliest = f"{to_date(since, 'since').isoformat()}T00:00:00Z" if since.strip() else ""
        told: dict[str, Any] = {"source": NAME}
        if command == "profile":
            user = await x.user(_username(username))
            posts, users = await x.posts_of(user, asked), {user.id: user}
            told["profile"] = _profile(user)
        elif command == "thread":
            posts, users = await _thread(x, query, asked)
        else:
            words = one_line(query, 400)
            if not words:
                raise BadArgument("query", "is empty: give words to look for")
            order = "recency" if sort == "recency" else "relevancy"
            posts, users = await x.search(words, order, earliest, asked)
        fitting = [
            each
            for each in posts
            if each.public_metrics.like_count >= min_likes and each.created_at >= earliest
        ]
        if not fitting and command != "profile":
            raise NotThere(NAME, "such post", "Its search goes back seven days; try fewer or other words.")
        shown = _sorted(fitting, sort)[: min(max(limit, 1), MOST_POSTS)]
        return {**told, "posts": [_shown(each, users) for each in shown], "more": len(fitting) > len(shown)}

    return (Tool("x_search", "Reading posts on X", x_search, special=True),)


async def _thread(x: XApi, query: str, pages: int) -> tuple[list[Post], dict[str, User]]:
    number = _POST.fullmatch(query.strip())
    if number is None:
        raise BadArgument("query", "is no post: give the address or the number of the thread's first post")
    first, users = await x.post(number[1])
    if not first:
        raise NotThere(NAME, f"post {number[1]}")
    whole = first[0].conversation_id or number[1]
    if not whole.isdecimal():
        raise NotThere(NAME, f"thread of post {number[1]}")
    replies, others = await x.search(f"conversation_id:{whole}", "recency", "", pages)
    known = {each.id for each in first}
    later = [each for each in replies if each.id not in known]
    return [*first, *sorted(later, key=lambda each: each.created_at)], users | others


def _sorted(posts: Sequence[Post], sort: str) -> list[Post]:
    if sort == "likes":
        return sorted(posts, key=lambda each: each.public_metrics.like_count, reverse=True)
    return list(posts)


def _username(text: str) -> str:
    name = text.strip().removeprefix("@")
    if not _USERNAME.fullmatch(name):
        raise BadArgument("username", f"is {one_line(text, 30)!r}: give a user's name on X")
    return name


def _profile(user: User) -> dict[str, Any]:
    counts = user.public_metrics
    link = f"https://x.com/{one_line(user.username, 20)}"
    return {
        "link": link,
        "text": quoted(plain(f"{one_line(user.name, 60)}\n{user.description[:1000]}"), link),
        "since": one_line(user.created_at, 30),
        "verified": user.verified,
        "followers": f"{counts.followers_count} users",
        "posts": f"{counts.tweet_count} posts",
    }


def _shown(post: Post, users: Mapping[str, User]) -> dict[str, Any]:
    user = users.get(post.author_id)
    name = user.username if user is not None and _USERNAME.fullmatch(user.username) else "i"
    link = f"https://x.com/{name}/status/{one_line(post.id, 20)}"
    counts = post.public_metrics
    return {
        **({} if name == "i" else {"author": f"@{name}"}),
        "link": link,
        "at": one_line(post.created_at, 30),
        "likes": f"{counts.like_count} likes",
        "reposts": f"{counts.retweet_count} reposts",
        "replies": f"{counts.reply_count} replies",
        "text": quoted(plain(post.text[:4000]), link),
    }
