"""What the past says of a promise, as answers have it: in figures, and in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

from pydantic import Field

from monitor.domain.figures.binomial import Drift, fewest, lower_bound
from monitor.domain.figures.evidence import Circle, CircleKind, Evidence, Finding
from monitor.domain.figures.occasion import Outcome
from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.hours.target import Target, describe_length
from monitor.domain.number import grouped
from monitor.domain.promises.promise import Kind
from monitor.wire.questions.rows import Row, Seconds
from monitor.wire.questions.values import ShownInstant
from monitor.wire.shown.optional import instant_or_none, seconds_or_none

DRIFT_TEST: Final = "Cochran-Armitage test for trend, two-sided"


class MonthRow(Row):
    """What opened in one month."""

    month: str = Field(description="The month of the opening, in the zone of the hours, e.g. `2026-03`.")
    kept: int = Field(description="How many would have been kept.")
    of: int = Field(description="Of how many.")
    lower_bound: float = Field(description="The share that is kept at least, as far as this month alone shows it.")


class DriftRow(Row):
    """Whether the share that is kept changes from month to month."""

    test: str = Field(description="The name of the test.")
    direction: Literal["rising", "falling"] = Field(description="Whether more is kept in later months, or less.")
    z: float = Field(description="The statistic: standard normal where there is no trend.")
    p_value: float = Field(description="How often chance alone would show as much.")
    is_significant: bool = Field(description="Whether that is less than 5 %: then there is a drift.")


class CircleRow(Row):
    """A narrower circle of cases that were too few."""

    circle: CircleKind = Field(description="Whose cases.")
    name: str | None = Field(description="Which client, or which tier.")
    kept: int = Field(description="How many would have been kept.")
    of: int = Field(description="Of how many.")


class AttainableAnswer(Row):
    """What the past says of a promise that somebody thinks of making."""

    as_of: ShownInstant | None = Field(description="The recorded instant this stands as of; null before the first.")
    finding: Finding = Field(description="Attainable or not, or too few cases to say.")
    reason: str = Field(description="The finding in a sentence.")
    kind: Kind = Field(description="What sort of thing would be promised.")
    within: str = Field(description="How soon.")
    hours: str = Field(description="In which calendar of the book.")
    share: float = Field(description="How often it has to be kept at least.")
    circle: CircleKind = Field(description="Whose cases it is judged by.")
    name: str | None = Field(description="Which client, or which tier; null: everybody.")
    since: ShownInstant | None = Field(description="Cases opened from here on; null where there were none at all.")
    until: ShownInstant | None = Field(description="Cases opened before this instant; null: up to the last.")
    kept: int = Field(description="How many of the comparable cases would have been kept.")
    of: int = Field(description="Of how many: done, in time or late, missed for good, or open and late.")
    lower_bound: float = Field(
        description="The share that is kept at least: the lower bound of Clopper and Pearson, one-sided, 95 %."
    )
    fewest: int = Field(description="How many cases it takes at least to show the share.")
    tightest_seconds: Seconds | None = Field(
        description="The smallest target in these hours whose lower bound reaches the share; null where none does."
    )
    tightest: str | None = Field(description="The same for people.")
    open_late: int = Field(description="Of those that were not kept: open, and late.")
    not_due: int = Field(description="Left out: open or paused, and not due yet.")
    void: int = Field(description="Left out: ended without a verdict.")
    unknown: int = Field(description="Left out: a source that could not be heard may have the answer.")
    excused: int = Field(description="Left out: late, and the firm was excused.")
    approximated: int = Field(
        description="Of those counted: paused, in other hours than these; their pauses are taken to be spread evenly."
    )
    one_in: int = Field(description="One decision in so many was looked at, spread evenly over the time; 1: all.")
    drift: DriftRow | None = Field(description="Whether it changes from month to month; null where that can't be told.")
    months: list[MonthRow] = Field(description="Month by month.")
    narrower: list[CircleRow] = Field(description="Narrower circles that had too few cases.")


class Weighed(NamedTuple):
    """The evidence of one circle; one decision in `one_in` was looked at."""

    circle: Circle
    evidence: Evidence
    one_in: int


class Question(NamedTuple):
    """What was asked: the promise, in the book's terms."""

    kind: Kind
    target: Target
    hours: str
    share: float
    since: InstantUs | None
    until: InstantUs | None
    as_of: InstantUs


def attainable_body(question: Question, weighed: Sequence[Weighed]) -> dict[str, Any]:
    """The answer; `weighed` are the circles that were looked at, of which the last one is judged by."""
    circle, evidence, one_in = weighed[-1]
    counts = evidence.counts
    return {
        "as_of": instant_or_none(question.as_of or None),
        "finding": evidence.finding,
        "reason": reason_of(question, weighed[-1]),
        "kind": question.kind,
        "within": question.target.describe(),
        "hours": question.hours,
        "share": question.share,
        "circle": circle.kind,
        "name": circle.name,
        "since": instant_or_none(question.since),
        "until": instant_or_none(question.until),
        "kept": evidence.kept,
        "of": evidence.of,
        "lower_bound": rounded(evidence.lower),
        "fewest": fewest(question.share),
        "tightest_seconds": seconds_or_none(evidence.tightest),
        "tightest": None if evidence.tightest is None else _length(evidence.tightest, question.target),
        "open_late": counts.get(Outcome.OPEN_LATE, 0),
        "not_due": counts.get(Outcome.NOT_DUE, 0),
        "void": counts.get(Outcome.VOID, 0),
        "unknown": counts.get(Outcome.UNKNOWN, 0),
        "excused": counts.get(Outcome.EXCUSED, 0),
        "approximated": evidence.approximated,
        "one_in": one_in,
        "drift": None if evidence.drift is None else _drift(evidence.drift),
        "months": [
            {"month": name, "kept": kept, "of": of, "lower_bound": rounded(lower_bound(kept, of))}
            for name, kept, of in evidence.months
        ],
        "narrower": [
            {"circle": each.kind, "name": each.name, "kept": found.kept, "of": found.of}
            for each, found, _ in weighed[:-1]
        ],
    }


def reason_of(question: Question, weighed: Weighed) -> str:
    """The finding in a sentence."""
    circle, evidence, _ = weighed
    share = f"{100 * question.share:g} %"
    found = f"kept {grouped(evidence.kept)} of {grouped(evidence.of)} for {circle.describe()}"
    match evidence.finding:
        case Finding.TOO_FEW:
            needed = grouped(fewest(question.share))
            return f"{found}: too few cases to say; {needed}, all of them kept, would show {share}"
        case Finding.ATTAINABLE:
            said = f"{found}: at least {_percent(evidence.lower)}, and {share} is to be kept"
        case Finding.NOT_ATTAINABLE:
            said = f"{found}: {_percent(evidence.lower)} is shown, and {share} is to be kept"
            if evidence.tightest is not None:
                said += f"; within {_length(evidence.tightest, question.target)} it would have been"
    return said + _of_drift(evidence.drift)


def _of_drift(found: Drift | None) -> str:
    if found is None or not found.is_significant:
        return ""
    direction = "more" if found.z > 0 else "less"
    return f"; {direction} often kept from month to month (Cochran-Armitage, p = {found.p_value:.2g})"


def _drift(found: Drift) -> dict[str, Any]:
    return {
        "test": DRIFT_TEST,
        "direction": "rising" if found.z > 0 else "falling",
        "z": round(found.z, 3),
        "p_value": float(f"{found.p_value:.3g}"),
        "is_significant": found.is_significant,
    }


def _length(length: DurationUs, target: Target) -> str:
    time = "working time" if target.counts_working_time else "calendar time"
    return f"{describe_length(length)} of {time}"


def rounded(share: float) -> float:
    """A share as answers have it, rounded down: no bound is told to be higher than it is."""
    return int(share * 10_000) / 10_000


def _percent(share: float) -> str:
    return f"{100 * rounded(share):g} %"
