"""Many moments as local time: what the system is asked once a day is not asked 20,000 times."""

import functools
import time

_DAY = 86_400
_TWO = tuple(f"{number:02}" for number in range(60))


class LocalTimes:
    """Writes moments as `YYYY-MM-DD HH:MM:SS` in the zone that the process has now."""

    def __init__(self) -> None:
        self._offsets: dict[int, int | None] = {}
        self._dates: dict[int, str] = {}
        self._minutes = _minutes()

    def of(self, moment: int) -> str:
        """A moment in epoch milliseconds as local time."""
        seconds = moment // 1000
        day = seconds // _DAY
        if day not in self._offsets:
            begins, ends = (time.localtime(at).tm_gmtoff for at in (day * _DAY, day * _DAY + _DAY - 1))
            self._offsets[day] = begins if begins == ends else None
        offset = self._offsets[day]
        if offset is None:  # the clocks were changed on that day
            return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
        minute, second = divmod(seconds + offset, 60)
        local_day = minute // 1440
        date = self._dates.get(local_day)
        if date is None:
            date = self._dates[local_day] = time.strftime("%Y-%m-%d", time.gmtime(local_day * _DAY))
        return date + self._minutes[minute - local_day * 1440] + _TWO[second]


@functools.cache
def _minutes() -> tuple[str, ...]:
    """What stands between date and seconds, by the minute of the day: looked up, not put together anew."""
    return tuple(f" {hour}:{minute}:" for hour in _TWO[:24] for minute in _TWO)
