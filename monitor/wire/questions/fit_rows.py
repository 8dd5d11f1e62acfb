"""The rows of the answer whether a client and the firm fit, and what is asked for it."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from monitor.domain.figures.fit import Compared, Way
from monitor.domain.promises.promise import Kind
from monitor.wire.questions.parameters import USUAL_SHARE, AsOf, InPeriod, KeptShare
from monitor.wire.questions.rows import DecisionRow, Row, Seconds
from monitor.wire.questions.values import Instant, ShownInstant, Text


class FitParameters(AsOf, InPeriod):
    """Which client, by which past."""

    since: Instant | None = Field(
        None,
        description="By what began from here on; where nothing is said: the year up to the client's last obligation.",
    )
    client: Text = Field(description="The client.")
    hours: Text | None = Field(
        None,
        description="In which of the book's calendars lead times are counted; where nothing is said: in the book's hours.",
    )
    share: KeptShare = Field(
        USUAL_SHARE,
        description="How often something has to be done in time at least to be one that can be; default: 95%.",
    )


_LOWER, _UPPER = "The lower end of its 95 % interval (Wilson).", "The upper end."


class CostRow(Row):
    """What was due to others of the firm's clients: in some hours, and outside them. It says nothing of causes."""

    others_due: int = Field(description="What was due to others in these hours, kept or broken.")
    others_late: int = Field(description="How much of that was broken.")
    late_share: float | None = Field(description="The share of that; null where nothing was due.")
    late_share_lower: float | None = Field(description=_LOWER)
    late_share_upper: float | None = Field(description=_UPPER)
    others_due_outside: int = Field(description="What was due to others at other times of the period.")
    others_late_outside: int = Field(description="How much of that was broken.")
    late_share_outside: float | None = Field(description="The share of that; null where nothing was due.")
    late_share_outside_lower: float | None = Field(description=_LOWER)
    late_share_outside_upper: float | None = Field(description=_UPPER)


class FitRow(CostRow):
    """What a client wants of one service in one way, and whether the firm could have done it by then."""

    service: str | None = Field(description="The service of the cases; null: none was told.")
    way: Way = Field(
        description="given: a date that was given; asked: a date or time that was proposed; urgency: what the promise for the "
        "priority leaves to resolve a case."
    )
    kind: Kind = Field(description="With which kind of the firm's own occasions it is compared.")
    priority: str | None = Field(description="Of urgency: the priority of the cases.")
    wishes: int = Field(description="How many there are.")
    shortest_lead_seconds: Seconds = Field(
        description="The shortest lead time, in working time of the hours asked about."
    )
    lead_seconds: Seconds = Field(description="Half of the lead times are as long at most.")
    longest_lead_seconds: Seconds = Field(description="The longest.")
    could: int = Field(
        description="How many could have been met: comparable occasions show it at the share asked about."
    )
    could_not: int = Field(description="How many could not.")
    too_few: int = Field(description="Of how many too few comparable occasions say anything.")
    could_share: float | None = Field(description="Those that could among those that could and could not.")
    could_share_lower: float | None = Field(description=_LOWER)
    could_share_upper: float | None = Field(description=_UPPER)
    compared: Compared = Field(
        description="Whose occasions the middle lead time is held against: the client's for the same service and priority, "
        "failing enough of them everybody's for these, then everybody's of that priority, then all."
    )
    compared_kept: int = Field(description="Of those occasions: how many were done within the middle lead time.")
    compared_of: int = Field(description="Of how many.")
    compared_share: float | None = Field(description="The share of them; null where there are none.")
    compared_share_lower: float | None = Field(description=_LOWER)
    compared_share_upper: float | None = Field(description=_UPPER)
    half_seconds: Seconds | None = Field(
        description="Half of them took so long at most; null where that can't be told."
    )
    tightest_seconds: Seconds | None = Field(
        description="The lead time that they show to be kept at the share asked about; null where they show none."
    )
    kept: int = Field(description="What became of the wishes that were promised: kept.")
    broken: int = Field(description="Broken.")
    unknown: int = Field(description="Kept or broken, nobody can tell.")
    waiting: int = Field(description="Not decided yet.")
    excused: int = Field(description="Broken, and the firm was excused.")
    void: int = Field(description="Ended without a verdict.")
    kept_share: float | None = Field(description="Kept among kept and broken; null where there are none.")
    kept_share_lower: float | None = Field(description=_LOWER)
    kept_share_upper: float | None = Field(description=_UPPER)


FIT_COLUMNS: Final = (
    *(name for name in FitRow.model_fields if name not in CostRow.model_fields),
    *CostRow.model_fields,
)
"""The columns of such rows: what is wanted, then what was due to others meanwhile."""


class PriorityRow(Row):
    """How often the client's cases have a priority, beside everybody else's."""

    priority: str | None = Field(description="The priority; null: none was told.")
    cases: int = Field(description="The client's cases of it that opened in the period.")
    of: int = Field(description="Of how many.")
    share: float | None = Field(description="The share of them.")
    share_lower: float | None = Field(description=_LOWER)
    share_upper: float | None = Field(description=_UPPER)
    others: int = Field(description="Of others' cases that were looked at: those of it.")
    others_of: int = Field(description="Of how many.")
    others_share: float | None = Field(description="The share of them; null where none were looked at.")
    others_share_lower: float | None = Field(description=_LOWER)
    others_share_upper: float | None = Field(description=_UPPER)


class WishRow(Row):
    """One wish that could not have been met."""

    since: ShownInstant = Field(description="From when on it was wanted.")
    wanted: ShownInstant = Field(description="Until when.")
    lead_seconds: Seconds = Field(description="What lies between, in working time.")
    case: str | None = Field(description="In which case.")
    service: str | None = Field(description="Of which service.")
    priority: str | None = Field(description="Of which priority.")
    way: Way = Field(description="What says so.")
    kind: Kind = Field(description="With which kind of occasions it is compared.")
    compared: Compared = Field(description="Whose.")
    compared_kept: int = Field(description="How many of them were done within the lead time.")
    compared_of: int = Field(description="Of how many.")
    became: str | None = Field(description="What became of it; null: nobody promised it.")
    speaker: str | None = Field(description="Who said it.")
    words: str | None = Field(description="In which words.")


class TightList(Row):
    """The wishes that could not have been met."""

    total: int = Field(description="How many.")
    rows: list[WishRow] = Field(description="The first of them.")


class LateList(CostRow):
    """What was due to others in the hours of the wishes that could not have been met, and what of that was late."""

    rows: list[DecisionRow] = Field(description="The first of what was late, by when it was due.")


class FitAnswer(Row):
    """What is to be known before the talk whether to serve a client, and on which terms."""

    client: str = Field(description="The client.")
    client_name: str = Field(description="The client's name.")
    firm: str = Field(description="The name of the promise book.")
    tier: str | None = Field(description="The client's tier by the book.")
    since: ShownInstant = Field(description="By what began from here on.")
    until: ShownInstant = Field(description="Before this instant.")
    as_of: ShownInstant = Field(description="The recorded instant this stands as of.")
    hours: str = Field(description="The calendar in which lead times are counted.")
    share: float = Field(description="How often something has to be done in time at least to be one that can be.")
    fewest: int = Field(description="How many occasions it takes at least to show that.")
    says: list[str] = Field(description="The answer in sentences.")
    wishes: int = Field(description="How many wishes there are.")
    could: int = Field(description="How many could have been met.")
    could_not: int = Field(description="How many could not.")
    too_few: int = Field(description="Of how many too few occasions say anything.")
    could_share: float | None = Field(description="Those that could among those that could and could not.")
    could_share_lower: float | None = Field(description=_LOWER)
    could_share_upper: float | None = Field(description=_UPPER)
    without_time: int = Field(description="Left out: wanted before, or as soon as, they were told of.")
    unread: int = Field(description="Left out: proposals that don't say by when, or not in words that are read.")
    approximated: int = Field(
        description="Of everybody's occasions: paused, in other hours than these; their pauses are taken to be spread evenly."
    )
    one_in: dict[str, int] = Field(
        description="By kind: of everybody's decisions one in so many was looked at; 1: all."
    )
    rows: list[FitRow] = Field(description="By service, way and priority.")
    priorities: list[PriorityRow] = Field(description="How urgent the client's cases are, beside others'.")
    tight: TightList = Field(description="The wishes that could not have been met.")
    cost: LateList = Field(description="What was due to others in their hours.")
