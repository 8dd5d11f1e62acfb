"""Whether a client and the firm fit, as answers have it: in figures, and in sentences for the talk about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from monitor.domain.figures.binomial import fewest
from monitor.domain.figures.fit import Answered, Cost, Dues, Way, Wish, fitness, middle, spans_of
from monitor.domain.figures.proportion import estimate
from monitor.domain.hours.instant import InstantUs, format_instant, seconds
from monitor.domain.hours.target import describe_length
from monitor.domain.number import grouped
from monitor.domain.promises.promise import Kind
from monitor.wire.shown.estimates import estimated
from monitor.wire.shown.optional import seconds_or_none


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
            "lead_seconds": seconds_or_none(lead),
            "longest_lead_seconds": seconds(max(leads)),
            "could": whole.could,
            "could_not": whole.could_not,
            "too_few": whole.too_few,
            **estimated("could_share", whole.share),
            "compared": judged.circle.value,
            "compared_kept": judged.kept,
            "compared_of": judged.of,
            **estimated("compared_share", estimate(judged.kept, judged.of)),
            "half_seconds": seconds_or_none(lengths.half),
            "tightest_seconds": seconds_or_none(lengths.tightest(asked.share)),
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
    lead = describe_length(middle(each.wish.lead for each in told.answered) or 0)
    number = len(told.answered)
    yield (
        f"{grouped(number)} wishes with a time: half of them leave {lead} of working time at most."
        if number > 1
        else f"One wish with a time, which leaves {lead} of working time."
    )
    if whole.could + whole.could_not:
        yield (
            f"{_of(whole.could, whole.could + whole.could_not)} could have been met, going by what was done in {share} of "
            f"comparable cases{_interval(estimated('share', whole.share), 'share')}."
        )
    if whole.too_few:
        yield (
            f"Of {grouped(whole.too_few)} nothing can be said: too few comparable cases; {grouped(fewest(asked.share))}, all of them in time, would "
            f"show {share}."
        )
    became = whole.became
    if became["kept"] + became["broken"]:
        yield (
            f"Of those that were promised {_of(became['kept'], became['kept'] + became['broken'])} were kept"
            f"{_interval(estimated('share', whole.delivered), 'share')}."
        )
    if told.tight and cost.due:
        outside = f"{_of(cost.late_outside, cost.due_outside)}{_interval(estimated('share', cost.outside), 'share')}"
        yield (
            f"In the hours of those that could not be met {_of(cost.late, cost.due)} due to others were late"
            f"{_interval(estimated('share', cost.during), 'share')}; at other times {outside}."
        )


def _of(number: int, whole: int) -> str:
    return f"{grouped(number)} of {grouped(whole)}"


def _interval(found: dict[str, Any], name: str) -> str:
    """` (40 %, between 31 and 49 %)`, nothing of nothing."""
    if found[name] is None:
        return ""
    value, lower, upper = (f"{100 * found[each]:.1f}" for each in (name, f"{name}_lower", f"{name}_upper"))
    return f" ({value} %, between {lower} and {upper} %)"
