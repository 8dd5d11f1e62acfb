"""What was delivered in several stretches of time, added up by hand."""

from __future__ import annotations

from monitor.domain.figures.four_numbers import Delivered, pooled
from monitor.domain.figures.shares import Occasions
from monitor.domain.hours.instant import MINUTE_US


def test_stretches_of_time_are_added_up() -> None:
    """July: answers after 1 and 2 minutes, one open and late; August: one after 2 minutes, one that waits."""
    july = Delivered(Occasions(kept=2, broken=1), 1, {MINUTE_US: 1, 2 * MINUTE_US: 1}, 1)
    august = Delivered(Occasions(kept=1, waiting=1), 0, {2 * MINUTE_US: 1}, 0)
    both = pooled([july, august])
    assert both == Delivered(Occasions(kept=3, broken=1, waiting=1), 1, {MINUTE_US: 1, 2 * MINUTE_US: 2}, 1)
    # Of four measured ones the second took two minutes.
    assert both.quantile(50) == 2 * MINUTE_US


def test_what_can_not_be_compared_in_one_stretch_can_not_in_all() -> None:
    july, august = Delivered(Occasions(kept=2), within_expected=None), Delivered(Occasions(kept=1), within_expected=1)
    assert pooled([july, august]).within_expected is None
