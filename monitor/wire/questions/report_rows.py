"""The rows of the four numbers of a promise, and of issued reports."""

from __future__ import annotations

from pydantic import Field

from monitor.domain.figures.evidence import CircleKind, Finding
from monitor.domain.figures.four_numbers import NumbersState
from monitor.domain.promises.promise import Kind
from monitor.wire.questions.rows import Row, Seconds
from monitor.wire.questions.values import ShownInstant


class NumberRow(Row):
    """Four numbers of one promise to one client in one period. Obligations belong to the period they opened in.

    Seconds are of the time the promise counts: working time where it does. Of what is no length of time there are none.
    """

    client: str = Field(description="The client it was promised to.")
    kind: Kind = Field(description="What sort of thing was promised.")
    promise: str = Field(description="The promise.")
    version: int = Field(description="The version of that promise.")
    period: str = Field(description="The period in the client's zone: 2026-10-30, 2026-W44, 2026-10, 2026-Q4, 2026.")
    state: NumbersState = Field(
        description="kept; missed: less than the promised share was kept; expectation_missed: the promise was kept, and what "
        "the client believed they were promised was not; unknown: what can't be known decides it; nothing: nothing was decided."
    )
    promised: str | None = Field(
        description="Promised: how soon; what, of what is no length of time; null for what no book promises."
    )
    promised_seconds: Seconds | None = Field(description="The same; null for days, whose length depends on the date.")
    promised_share: float = Field(description="In which share of them it is to be kept: all, where nothing is said.")
    expected: str | None = Field(description="Expected: what the client believes they were promised.")
    expected_seconds: Seconds | None = Field(description="The same.")
    is_expected_said: bool = Field(description="Whether the book says so; else what is promised stands there.")
    attainable: str | None = Field(
        description="Attainable: the tightest target in these hours that the past up to the period's end shows to be kept at "
        "`attainable_share`; null where it shows none, and where no client was asked about."
    )
    attainable_seconds: Seconds | None = Field(description="The same.")
    finding: Finding | None = Field(description="What that past says of the promise itself.")
    attainable_share: float | None = Field(description="The promised share; 0.95 where all are to be kept.")
    attainable_lower: float | None = Field(
        description="The share in which the promise is kept at least: Clopper and Pearson, one-sided, 95 %; null: too few."
    )
    attainable_kept: int | None = Field(description="Of the past: how many would have been kept.")
    attainable_of: int | None = Field(description="Of how many.")
    circle: CircleKind | None = Field(description="Whose past it is: the client's, failing enough of it a wider one's.")
    circle_name: str | None = Field(description="Which client, or which tier; null: everybody.")
    kept: int = Field(description="Delivered: kept.")
    broken: int = Field(description="Broken, done late or still open.")
    open_late: int = Field(description="Of those: still open.")
    of: int = Field(description="Kept and broken: what shares are shares of.")
    share: float | None = Field(description="Kept among them, rounded down; null where there are none.")
    lower: float | None = Field(description="The share if all that is unknown was broken.")
    upper: float | None = Field(description="The share if all that is unknown was kept, rounded down.")
    within_expected: int | None = Field(
        description="How many were what the client expected; null where it can't be compared: days with hours, "
        "calendar time with working time."
    )
    expected_share: float | None = Field(description="The share of those, rounded down.")
    kept_unexpected: int | None = Field(description="How many were kept, and not what the client expected.")
    median_seconds: Seconds | None = Field(
        description="Half of them took so long at most, rounded up: to the second up to an hour, to the minute up to "
        "100 hours, to the hour above; null while it lies among those still open."
    )
    percentile_95_seconds: Seconds | None = Field(description="95 of 100 took so long at most; the same.")
    measured: int = Field(description="Of how many: those that ended, and those open and late.")
    unknown: int = Field(description="Kept or broken, nobody can tell.")
    waiting: int = Field(description="Not decided yet.")
    excused: int = Field(description="Broken, and the firm was excused: left out.")
    void: int = Field(description="Ended without a verdict: left out.")
    starts: ShownInstant = Field(description="When the period begins.")
    ends: ShownInstant = Field(description="When the next one begins.")
    zone: str = Field(description="The zone it is reckoned in: the client's, else the book's.")


class ReportRow(Row):
    """A report that was issued."""

    report: int = Field(description="Its number, from 1 on.")
    issued: ShownInstant = Field(description="When it was issued.")
    client: str = Field(description="To which client.")
    period: str = Field(description="On which period.")
    as_of: ShownInstant = Field(description="The recorded instant it stands as of.")
    author: str = Field(description="Who issued it.")
