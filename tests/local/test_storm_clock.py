"""The storm's clock, and GitHub's that is kept with it."""

import threading
import time

from local.github.clock import Clock
from local.storm.clock import FastClock, keep_time


class TestFastClock:
    def test_is_the_same_in_another_process(self) -> None:
        clock = FastClock(time.time() - 12.345678, 6.5)
        assert FastClock.read(str(clock)) == clock

    def test_begins_with_the_walls_and_runs_faster(self) -> None:
        now = time.time()
        assert FastClock(now + 3600, 60).now() < now  # a moment that is still to come lies sixty times as far away
        assert 59 * 60 < FastClock(now - 60, 60).now() - (now - 60) < 61 * 60

    def test_tells_an_aware_moment(self) -> None:
        clock = FastClock(time.time() - 10, 100)
        assert abs(clock.moment().timestamp() - clock.now()) < 60

    def test_waits_until_its_own_time(self) -> None:
        clock = FastClock(time.time(), 1000)
        begun = time.monotonic()
        assert clock.wait_until(clock.now() + 100, threading.Event())
        assert 0.05 < time.monotonic() - begun < 5

    def test_waits_no_longer_once_it_is_stopped(self) -> None:
        stopping = threading.Event()
        stopping.set()
        clock = FastClock(time.time(), 1)
        assert not clock.wait_until(clock.now() + 3600, stopping)


class TestKeepTime:
    def test_moves_githubs_clock_with_ours(self) -> None:
        github, clock, stopping = Clock(), FastClock(time.time(), 500), threading.Event()
        thread = keep_time(github, clock, stopping)
        try:
            until = time.monotonic() + 10
            while github.now() < time.time() + 60:
                assert time.monotonic() < until, "GitHub's clock stands still"
                time.sleep(0.01)
        finally:
            stopping.set()
            thread.join()
        assert github.now() <= clock.now()
