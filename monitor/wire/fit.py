"""Whether a client and the firm fit, as answers have it: in figures, and in sentences for the talk about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pydantic import Field

from monitor.domain.binomial import fewest
from monitor.domain.fit import Answered, Compared, Cost, Dues, Way, Wish, fitness, middle, spans_of
from monitor.domain.instant import DurationUs, InstantUs, format_instant, seconds
from monitor.domain.promise import Kind
from monitor.domain.proportion import estimate
from monitor.domain.target import describe_length
from monitor.wire.estimates import estimated
from monitor.wire.questions.rows import DecisionRow, Row, Seconds
from monitor.wire.questions.values import ShownInstant

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


class FitQuestion(NamedTuple):
    """What was asked, and of whom."""

    client: str
    client_name: str
    firm: str
    tier: str | None
    since: InstantUs
    until: InstantUs
    as_of: InstantUs
    hours: str
    share: float


class Told(NamedTuple):
    """What was found: wishes with what is said of each, how many were left out for want of time or of words, of which kind one
    decision in how many was looked at, what was due to others, the wishes that are too tight, what was late in their hours, how
    many cases of the client and of others had which priority, how many occasions are approximated, how many rows to list."""

    answered: Sequence[Answered]
    without_time: int
    unread: int
    one_in: Mapping[Kind, int]
    dues: Dues
    tight: Sequence[Wish]
    late: list[dict[str, Any]]
    priorities: Counter[str | None]
    others_priorities: Counter[str | None]
    approximated: int
    most_listed: int


def fit_body(asked: FitQuestion, told: Told) -> dict[str, Any]:
    """The answer."""
    whole = fitness(told.answered)
    cost = told.dues.cost(spans_of(told.tight))
    tight = sorted((each for each in told.answered if each.is_too_tight), key=lambda each: each.wish[5:8])
    return {
        "client": asked.client,
        "client_name": asked.client_name,
        "firm": asked.firm,
        "tier": asked.tier,
        "since": format_instant(asked.since),
        "until": format_instant(asked.until),
        "as_of": format_instant(asked.as_of),
        "hours": asked.hours,
        "share": asked.share,
        "fewest": fewest(asked.share),
        "says": list(_sentences(asked, told, cost)),
        "wishes": len(told.answered),
        "could": whole.could,
        "could_not": whole.could_not,
        "too_few": whole.too_few,
        **estimated("could_share", whole.share),
        "without_time": told.without_time,
        "unread": told.unread,
        "approximated": told.approximated,
        "one_in": {kind.value: number for kind, number in told.one_in.items()},
        "rows": list(_rows(asked, told)),
        "priorities": list(_priorities(told)),
        "tight": {"total": len(tight), "rows": [_wish_row(each) for each in tight[: told.most_listed]]},
        "cost": {**_cost(cost), "rows": told.late},
    }


def _rows(asked: FitQuestion, told: Told) -> Iterator[dict[str, Any]]:
    groups: dict[tuple[str, str, str, str], list[Answered]] = defaultdict(list)
    for each in told.answered:
        wish = each.wish
        priority = wish.priority if wish.way is Way.URGENCY else None
        groups[wish.service or "", wish.way, wish.kind, priority or ""].append(each)
    for (service, way, kind, priority), group in sorted(groups.items()):
        whole, leads = fitness(group), [each.wish.lead for each in group]
        lead = middle(leads)
        judged = next(each.judged for each in group if each.wish.lead == lead)
        lengths = judged.lengths
        yield {
            "service": service or None,
            "way": way,
            "kind": kind,
            "priority": priority or None,
            "wishes": len(group),
            "shortest_lead_seconds": seconds(min(leads)),
            "lead_seconds": _seconds(lead),
            "longest_lead_seconds": seconds(max(leads)),
            "could": whole.could,
            "could_not": whole.could_not,
            "too_few": whole.too_few,
            **estimated("could_share", whole.share),
            "compared": judged.circle.value,
            "compared_kept": judged.kept,
            "compared_of": judged.of,
            "half_seconds": _seconds(lengths.half),
            "tightest_seconds": _seconds(lengths.tightest(asked.share)),
            **{name: whole.became[name] for name in ("kept", "broken", "unknown", "waiting", "excused", "void")},
            **estimated("kept_share", whole.delivered),
            **_cost(told.dues.cost(spans_of(each.wish for each in group))),
        }


def _cost(found: Cost) -> dict[str, Any]:
    outside = estimated("late_share_outside", found.outside)
    return {
        "others_due": found.due,
        "others_late": found.late,
        **estimated("late_share", found.during),
        "others_due_outside": found.due_outside,
        "others_late_outside": found.late_outside,
        **outside,
    }


def _priorities(told: Told) -> Iterator[dict[str, Any]]:
    of, others_of = told.priorities.total(), told.others_priorities.total()
    for priority in sorted(told.priorities, key=lambda name: (-told.priorities[name], name or "")):
        cases, others = told.priorities[priority], told.others_priorities[priority]
        yield {
            "priority": priority,
            "cases": cases,
            "of": of,
            **estimated("share", estimate(cases, of)),
            "others": others,
            "others_of": others_of,
            **estimated("others_share", estimate(others, others_of)),
        }


def _wish_row(answered: Answered) -> dict[str, Any]:
    wish, judged = answered
    return {
        "since": format_instant(wish.since),
        "wanted": format_instant(wish.wanted),
        "lead_seconds": seconds(wish.lead),
        "case": wish.case,
        "service": wish.service,
        "priority": wish.priority,
        "way": wish.way.value,
        "kind": wish.kind.value,
        "compared": judged.circle.value,
        "compared_kept": judged.kept,
        "compared_of": judged.of,
        "became": wish.became,
        "speaker": wish.speaker,
        "words": wish.words,
    }


def _sentences(asked: FitQuestion, told: Told, cost: Cost) -> Iterator[str]:
    """What is to be said first; of what is not known it is said that it is not."""
    whole, share = fitness(told.answered), f"{100 * asked.share:g} %"
    if not told.answered:
        yield "Nobody told of anything that this client wants by a certain time."
        return
    number, lead = len(told.answered), describe_length(middle(each.wish.lead for each in told.answered) or 0)
    yield (
        f"{number} wishes with a time: half of them leave {lead} of working time at most."
        if number > 1
        else f"One wish with a time, which leaves {lead} of working time."
    )
    if whole.could + whole.could_not:
        yield (
            f"{whole.could} of {whole.could + whole.could_not} could have been met, going by what was done in {share} of "
            f"comparable cases{_interval(estimated('share', whole.share), 'share')}."
        )
    if whole.too_few:
        yield (
            f"Of {whole.too_few} nothing can be said: too few comparable cases; {fewest(asked.share)}, all of them in time, would "
            f"show {share}."
        )
    became = whole.became
    if became["kept"] + became["broken"]:
        yield (
            f"Of those that were promised {became['kept']} of {became['kept'] + became['broken']} were kept"
            f"{_interval(estimated('share', whole.delivered), 'share')}."
        )
    if told.tight and cost.due:
        outside = f"{cost.late_outside} of {cost.due_outside}{_interval(estimated('share', cost.outside), 'share')}"
        yield (
            f"In the hours of those that could not be met {cost.late} of {cost.due} due to others were late"
            f"{_interval(estimated('share', cost.during), 'share')}; at other times {outside}."
        )


def _interval(found: dict[str, Any], name: str) -> str:
    """` (40 %, between 31 and 49 %)`, nothing of nothing."""
    if found[name] is None:
        return ""
    value, lower, upper = (f"{100 * found[each]:.1f}" for each in (name, f"{name}_lower", f"{name}_upper"))
    return f" ({value} %, between {lower} and {upper} %)"


def _seconds(length: DurationUs | None) -> int | float | None:
    return None if length is None else seconds(length)
