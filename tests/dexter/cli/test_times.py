"""Local times in bulk are those that the system gives one by one, also where clocks are changed."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dexter.cli.screen.output import local
from dexter.cli.screen.times import LocalTimes

CHANGED = 1_774_746_000_000  # 2026-03-29 01:00 UTC: Central Europe goes over to summer time


@pytest.fixture(params=["CET-1CEST,M3.5.0,M10.5.0/3", "TST-05:30", "ODD+04:15:20"])
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_zone")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=st.lists(st.integers(0, 4_102_444_800_000) | st.integers(CHANGED - 10**8, CHANGED + 10**8)))
@example(moments=[CHANGED - 1, CHANGED, CHANGED + 86_399_999, 0])
def test_many_moments_are_written_as_each_one_is(moments: list[int]):
    times = LocalTimes()
    assert [times.of(moment) for moment in moments] == [local(moment) for moment in moments]
