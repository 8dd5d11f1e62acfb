"""What is said of a clock that was set."""

from __future__ import annotations

from monitor.adapters.machine.clock_watch import ClockWatch
from monitor.domain.hours.instant import DAY_US, HOUR_US, SECOND_US, DurationUs
from monitor.testing import MONDAY
from monitor.testing.doubles import ManualClock


class _Machine:
    """A wall clock and the time that passed, each moved by hand; the journal was last added to on Monday at nine."""

    def __init__(self, start: DurationUs = 0) -> None:
        self.clock = ManualClock()
        self.clock.set(MONDAY + start)
        self.passed: DurationUs = 7
        self.recorded = MONDAY
        self.watch = ClockWatch(self.clock, lambda: self.recorded, lambda: self.passed)

    def second(self, *, moved: DurationUs = 0) -> list[str]:
        """What is said a second later, by a clock that was set meanwhile."""
        self.passed += SECOND_US
        self.clock.set(self.clock.now() + SECOND_US + moved)
        return list(self.watch.look())


def test_of_a_clock_that_goes_nothing_is_said() -> None:
    machine = _Machine()
    assert list(machine.watch.look()) == []
    assert [machine.second(moved=millisecond) for millisecond in (0, 1_000, -1_000, 0)] == [[]] * 4


def test_a_clock_that_is_set_forward_is_told_once() -> None:
    machine = _Machine()
    list(machine.watch.look())
    [said] = machine.second(moved=DAY_US)
    assert said.startswith("the clock went forward by 86400 s")
    assert "2026-03-03T09:00:01Z" in said
    assert machine.second() == []


def test_a_clock_that_is_set_back_is_told_with_what_is_recorded_already() -> None:
    machine = _Machine()
    list(machine.watch.look())
    back, behind = machine.second(moved=-HOUR_US)
    assert back.startswith("the clock went back by 3600 s, to 2026-03-02T08:00:01Z")
    # Recorded at nine, and a second past eight now.
    assert "last added to at 2026-03-02T09:00:00Z, 3599 s later" in behind
    assert machine.second() == []


def test_a_start_before_what_is_recorded_is_told() -> None:
    [said] = _Machine(-2 * HOUR_US).watch.look()
    assert "the clock says 2026-03-02T07:00:00Z" in said
    assert "7200 s later" in said
    assert list(_Machine(HOUR_US).watch.look()) == []
