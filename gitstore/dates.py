"""Moments as people write them.

A day without a time of day means its end, so that "as of 2026-02-21" includes what happened on that day.
"""

import re
from datetime import datetime, timedelta

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_NUMBERS |= {"seven": 7, "eight": 8, "nine": 9, "ten": 10, "last": 1}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_AGO = re.compile(r"(\d+|[a-z]+)[ .]+(second|minute|hour|day|week|month|year)s?(?:[ .]+ago)?")
_CLOCK = re.compile(r"(?:at )?(\d{1,2})(?::(\d{2})(?::(\d{2}))?)?\s*(am|pm)?")
_FORMS = ("%Y/%m/%d", "%d.%m.%Y", "%d %b %Y", "%b %d %Y", "%d %B %Y", "%B %d %Y", "%b %d, %Y", "%B %d, %Y")


def parse(text: str, now: float) -> float | None:
    """Return the moment that a text names, in seconds since 1970, or None if it names none.

    Args:
        text: RFC 3339 ("2026-02-21T14:30:00Z"), "2026-02-21", "2026-02-21 14:30", "2026-02", "21 Feb 2026",
            seconds since 1970 (9 digits or more), "now", "today", "yesterday", "noon", "monday", "last
            friday", "2 weeks ago", "last month", each with a time of day ("yesterday 9:30"). Without a zone,
            the local one.
        now: The present, in seconds since 1970.
    """
    text = " ".join(text.strip().lower().split())
    if re.fullmatch(r"@?\d{9,}(\.\d+)?", text):
        return float(text.lstrip("@"))
    here = datetime.fromtimestamp(now).astimezone()
    if text == "now":
        return now
    return _relative(text, here) or _absolute(text) or _day_and_time(text, here)


def beginning(text: str, now: float) -> float | None:
    """Return the same, but of a day or a month without a time of day its first moment, not its last."""
    moment = parse(text, now)
    if moment is None:
        return None
    last = datetime.fromtimestamp(moment).astimezone()
    if (last.hour, last.minute, last.second) != (23, 59, 59) or last.microsecond < 999_000:
        return moment
    day = 1 if re.fullmatch(r"\d{4}-\d{2}", text.strip()) else last.day
    return last.replace(day=day, hour=0, minute=0, second=0, microsecond=0, tzinfo=None).timestamp()


def _relative(text: str, here: datetime) -> float | None:
    match = _AGO.fullmatch(text)
    if match is None or (not text.endswith("ago") and match[1] != "last"):
        return None
    count = int(match[1]) if match[1].isdigit() else _NUMBERS.get(match[1])
    if count is None:
        return None
    try:
        if match[2] in _UNITS:
            return (here - timedelta(seconds=count * _UNITS[match[2]])).timestamp()
        months = count * (12 if match[2] == "year" else 1)
        year, month = divmod(here.year * 12 + here.month - 1 - months, 12)
        for day in (here.day, 30, 29, 28):
            try:
                return here.replace(year=year, month=month + 1, day=day, tzinfo=None).timestamp()
            except ValueError:
                continue
    except (OverflowError, ValueError):
        return None
    return None


def _absolute(text: str) -> float | None:
    if re.fullmatch(r"\d{4}-\d{2}", text):
        year, month = int(text[:4]), int(text[5:])
        if not 1 <= month <= 12:
            return None
        return datetime(year + month // 12, month % 12 + 1, 1).astimezone().timestamp() - 1e-3
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _end_of_day(_iso(text))
    if re.match(r"\d{4}-\d{2}-\d{2}[t ]\d", text):
        moment = _iso(re.sub(r"\s+(?=[+-]\d|z)", "", text.replace("utc", "z")).upper())
        return None if moment is None else moment.timestamp()
    for form in _FORMS:
        try:
            return _end_of_day(datetime.strptime(text, form))  # noqa: DTZ007  local by intent
        except ValueError:
            continue
    return None


def _day_and_time(text: str, here: datetime) -> float | None:
    """Read a day by its word, with or without a time of day."""
    if text in {"noon", "midnight"}:
        moment = here.replace(
            hour=12 if text == "noon" else 0, minute=0, second=0, microsecond=0, tzinfo=None
        )
        return (moment if moment <= here.replace(tzinfo=None) else moment - timedelta(days=1)).timestamp()
    word, _, rest = text.removeprefix("last ").partition(" ")
    day = _day(word, here)
    if day is None or not rest:
        return _end_of_day(day)
    match = _CLOCK.fullmatch(rest)
    if match is None:
        return None
    hour = int(match[1]) % 12 + (12 if match[4] == "pm" else 0) if match[4] else int(match[1])
    minute, second = int(match[2] or 0), int(match[3] or 0)
    try:
        return day.replace(hour=hour, minute=minute, second=second, microsecond=0, tzinfo=None).timestamp()
    except ValueError:
        return None


def _day(word: str, here: datetime) -> datetime | None:
    if word in {"today", "yesterday"}:
        return here - timedelta(days=word == "yesterday")
    found = [number for number, name in enumerate(_DAYS) if name.startswith(word) and len(word) >= 3]
    return here - timedelta(days=(here.weekday() - found[0] - 1) % 7 + 1) if found else None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _end_of_day(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    return moment.replace(hour=23, minute=59, second=59, microsecond=999000, tzinfo=None).timestamp()
