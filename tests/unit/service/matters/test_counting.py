"""What rows add to the counts. The sums are counted by hand from the rows, which each test lists."""

from __future__ import annotations

from monitor.domain.facts.events import CANARY
from monitor.domain.hours.instant import MINUTE_US
from monitor.service.matters.counting import count_decisions, count_obligations
from monitor.service.ports.counts import Counts, DecisionKey, ObligationKey, RatioKey, Ratios, RunningKey
from monitor.service.ports.records import DecisionRecord, ObligationRecord


def _decision(
    number: int, type_: str, *, client: str = "acme", tier: str | None = "gold", **others: object
) -> DecisionRecord:
    row = DecisionRecord(
        number, str(number), 5, 1, None, type_, "A/resolve", "A", client, "p", 1, "resolve", None, "email", tier, None, None,
        0, 0, "kept" if type_ == "kept" else "running", None, False, 60, None, True, 0, None, None, None, None, None, "",
    )  # fmt: skip
    return row._replace(**others)  # type: ignore[arg-type]  # each test names a few fields


def _obligation(
    number: int, verdict: str, *, client: str = "acme", due: int | None = 60, ended: int | None = None
) -> ObligationRecord:
    return ObligationRecord(
        str(number), "A", client, "p", 1, "resolve", None, "email", None, 0, due, verdict, ended, 0, ended is None, False,
        "", 1, number,
    )  # fmt: skip


def test_decisions_are_counted_by_what_they_say_and_where_they_were_made() -> None:
    counts = Counts()
    opened = [_decision(number, "opened") for number in range(3)]
    count_decisions(counts, [*opened, _decision(3, "opened", tier=None)], [1, 2, 1, 1])
    key = DecisionKey("opened", "running", False, "resolve", "acme", "email", "gold", 1)
    assert counts.decisions == {key: 2, key._replace(home=2): 1, key._replace(tier=""): 1}
    assert not counts.ratios


def test_what_was_done_is_counted_by_how_much_of_its_time_it_took() -> None:
    counts = Counts()
    # Of the promised time, 40 % and 30 %: both up to a half; and 60 %, restated, which corrects what was counted before.
    ratios, restated = [400_000, 300_000, 600_000], [False, False, True]
    rows = [
        _decision(number, "kept", ratio=ratio, ended=30, restated=is_restated)
        for number, (ratio, is_restated) in enumerate(zip(ratios, restated, strict=True))
    ]
    count_decisions(counts, rows, [0, 0, 0])
    assert counts.ratios == {RatioKey("resolve", "gold", 500_000, 0): Ratios(2, 700_000)}


def test_obligations_are_counted_as_they_stand_and_taken_out_again() -> None:
    counts = Counts()
    # Two run until the second minute, one is broken and open, one was done late.
    rows = [
        _obligation(1, "running", due=2 * MINUTE_US),
        _obligation(2, "running", due=2 * MINUTE_US + 1),
        _obligation(3, "broken"),
        _obligation(4, "broken", ended=70),
    ]
    count_obligations(counts, [(row, 3) for row in rows])
    key = ObligationKey("resolve", "acme", "", "running", True, 3)
    done = key._replace(outcome="done_late", is_open=False)
    assert counts.obligations == {key: 2, key._replace(outcome="open_late"): 1, done: 1}
    assert counts.running == {RunningKey(2, "resolve"): 2}
    count_obligations(counts, [(row, 3) for row in rows[1:]], -1)
    assert +counts.obligations == {key: 1}
    assert +counts.running == {RunningKey(2, "resolve"): 1}


def test_the_canary_is_in_no_count() -> None:
    counts = Counts()
    count_decisions(counts, [_decision(1, "kept", client=CANARY, ratio=1, ended=30)], [0])
    count_obligations(counts, [(_obligation(1, "running", client=CANARY), 0)])
    assert counts == Counts()
