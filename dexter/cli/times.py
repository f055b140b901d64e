"""Many moments as local time: what the system is asked once a day is not asked 20,000 times."""

import time

_DAY = 86_400


class LocalTimes:
    """Writes moments as `YYYY-MM-DD HH:MM:SS` in the zone that the process has now."""

    def __init__(self) -> None:
        self._offsets: dict[int, int | None] = {}
        self._dates: dict[int, str] = {}

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
        local_day, rest = divmod(seconds + offset, _DAY)
        date = self._dates.get(local_day)
        if date is None:
            date = self._dates[local_day] = time.strftime("%Y-%m-%d", time.gmtime(local_day * _DAY))
        hours, rest = divmod(rest, 3600)
        minutes, rest = divmod(rest, 60)
        return f"{date} {hours:02}:{minutes:02}:{rest:02}"
