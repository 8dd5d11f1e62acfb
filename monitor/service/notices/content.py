"""What a notice says: labels that never change while it stands, and words for whoever is called.

The labels are those by which Alertmanager tells alerts apart, routes and silences them. A case is one of them: these alerts
go to Alertmanager itself and make no series in Prometheus, and whoever is called wants to silence one case, not a client.
`notice`, the key, keeps two obligations of one case apart.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from monitor.domain.cases.obligation import Verdict
from monitor.domain.hours.instant import MINUTE_US, SECOND_US, InstantUs, describe_duration, format_instant
from monitor.domain.number import grouped, number_of
from monitor.domain.promises.promised_amends import STEPS
from monitor.domain.promises.promised_people import MILLION, Measure
from monitor.service.notices.notice import SEVERITIES, STORM_WINDOW_US, NoticeKind, NoticeRecord

ALERT_NAMES: Final = {
    NoticeKind.DUE_SOON: "ObligationDueSoon",
    NoticeKind.BROKEN: "ObligationBroken",
    NoticeKind.UNKNOWN: "ObligationUnknown",
    NoticeKind.MISSED: "ShareMissed",
    NoticeKind.CANARY: "KeptCanary",
    NoticeKind.TEST: "NoticeTest",
}
STORM_NAMES: Final = {
    NoticeKind.DUE_SOON: "ManyObligationsDueSoon",
    NoticeKind.BROKEN: "ManyObligationsBroken",
    NoticeKind.UNKNOWN: "ManyObligationsUnknown",
    NoticeKind.MISSED: "ManySharesMissed",
}
TEAM: Final = "client-service"
"""Who answers clients, as the alert rules call them."""
OPERATORS: Final = "kept"
LABELS: Final = ("alertname", "severity", "team", "kind", "tier", "client", "promise", "case", "notice")

_FOR_OPERATORS: Final = (NoticeKind.CANARY, NoticeKind.TEST)
_NONE: Final = "none"
"""A label that is always there can be asked for by inhibition rules."""
_LONGEST_NAME: Final = 200
"""Characters of a name that a summary repeats."""
_LONGEST_WORDS: Final = 500
"""Characters of what the engine says that a summary repeats."""

_STANDS: Final = {
    NoticeKind.DUE_SOON: "is due soon",
    NoticeKind.BROKEN: "is broken",
    NoticeKind.UNKNOWN: "can't be judged",
    NoticeKind.CANARY: "is broken, as it must be",
}
_ACTIONS: Final = {
    NoticeKind.DUE_SOON: "Keep it: take the case, or give it to somebody who can answer the client before it is due.",
    NoticeKind.BROKEN: "The client is waiting: take the case, answer the client, and say when the rest will be done.",
    NoticeKind.UNKNOWN: "A source is silent or has a gap: look at the case where it is kept, and mend the source.",
    NoticeKind.MISSED: "Tell the client, with the figure, and say what will be done about it.",
    NoticeKind.CANARY: "Nothing: this shows that breaches come through. Look into it when it stays away.",
    NoticeKind.TEST: "Nothing: somebody tried whether notices arrive.",
}
_STEP_ACTION: Final = "Take this step of owning a breach and record it, with the `kept breach` command of its name."
_DOUBT_ACTION: Final = "Find out what is not known, and have it told: then it is judged."
_LATE_ACTION: Final = "It was done, and late: nobody waits for it now. Say that it was late before the client does."
_OVER_ACTION: Final = "Nothing more: it is over."
_OVER: Final = {
    NoticeKind.DUE_SOON: "is due soon no more",
    NoticeKind.BROKEN: "is broken no more",
    NoticeKind.UNKNOWN: "can be judged",
    NoticeKind.CANARY: "is over",
}
_DEED_ACTION: Final = (
    "What was done stays done: tell the client, and see that the case is with those who were promised."
)
_STORM_ACTION: Final = (
    "Find what they have in common before answering each: a source that caught up, a backlog, a change of the book."
)


@dataclass(frozen=True, slots=True)
class Links:
    """Where Kept's own interface and the runbook are found by people; None where nobody said."""

    kept: str | None = None
    runbook: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What is said about a notice."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]


def content_of(notice: NoticeRecord, links: Links, now: InstantUs) -> Content:
    """What is said about a notice at `now`."""
    kind = NoticeKind(notice.kind)
    return Content(_labels(notice, kind), {**_words(notice, kind, now), **_addresses(notice, kind, links)})


def alert_name(notice: NoticeRecord) -> str:
    """The name of the alert; the runbook has a heading for each."""
    kind = NoticeKind(notice.kind)
    return STORM_NAMES[kind] if notice.is_storm else ALERT_NAMES[kind]


def _labels(notice: NoticeRecord, kind: NoticeKind) -> dict[str, str]:
    values = (
        alert_name(notice),
        SEVERITIES[kind],
        OPERATORS if kind in _FOR_OPERATORS else TEAM,
        notice.promise_kind,
        notice.tier,
        notice.client,
        notice.promise,
        notice.case_id or "",
        notice.key,
    )
    return {name: value or _NONE for name, value in zip(LABELS, values, strict=True)}


def _words(notice: NoticeRecord, kind: NoticeKind, now: InstantUs) -> dict[str, str]:
    if kind is NoticeKind.TEST:
        return {"summary": "A test of Kept's notices", "action": _ACTIONS[kind]}
    if notice.is_storm:
        action = _ACTIONS[kind] if kind is NoticeKind.MISSED else _STORM_ACTION
        words = {"summary": _storm_summary(notice, kind), "action": action, "count": str(notice.folded)}
        return words | {"left": str(notice.left), "cause": notice.cause or "within a minute"}
    if kind is NoticeKind.MISSED:
        return _words_of_share(notice)
    words = {"summary": _summary(notice, kind, now), "action": _action(notice, kind)}
    words["holder"] = notice.holder or "nobody"
    words["grade"] = notice.grade or "unknown" if notice.holder else _NONE
    if notice.due is not None:
        words["due"] = format_instant(notice.due)
        if kind is not NoticeKind.UNKNOWN:
            words["late" if (notice.ended or now) > notice.due else "left"] = _distance(notice, now)
    if notice.ended is not None:
        words["done"] = format_instant(notice.ended)
    return words | _ending(notice)


def _action(notice: NoticeRecord, kind: NoticeKind) -> str:
    """What whoever is called is to do about an obligation, as it stands."""
    if notice.resolved is not None:
        return _OVER_ACTION
    if kind is NoticeKind.UNKNOWN and notice.says:
        return _DOUBT_ACTION
    if kind is NoticeKind.BROKEN and notice.due is None:
        return _DEED_ACTION  # what is broken without a due instant was broken by a deed: nobody waits for it
    if kind is NoticeKind.BROKEN and notice.ended is not None:
        return _LATE_ACTION
    if kind in (NoticeKind.BROKEN, NoticeKind.DUE_SOON) and notice.promise_kind in STEPS:
        return _STEP_ACTION
    return _ACTIONS[kind]


def _ending(notice: NoticeRecord) -> dict[str, str]:
    if notice.resolved is None:
        return {}
    return {"resolved": format_instant(notice.resolved), "why": notice.reason[:_LONGEST_NAME]}


def _words_of_share(notice: NoticeRecord) -> dict[str, str]:
    """What was promised and delivered, in the figures of `/v1/shares`, and the question that tells more of it."""
    kept, counted = notice.kept or 0, notice.counted or 0
    stands = "is missed no more" if notice.is_settled else "was not kept"
    whose = f"{notice.promise[:_LONGEST_NAME]} {stands} for {notice.client[:_LONGEST_NAME]}"
    words = {
        "summary": f"{whose}: {notice.says}",
        "action": _OVER_ACTION if notice.is_settled else _ACTIONS[NoticeKind.MISSED],
        "period": notice.period,
        "version": str(notice.version),
        "promised": _shown_ratio(notice.promised or 0, MILLION),
        "kept": _shown_amount(notice, kept),
        "counted": _shown_amount(notice, counted),
        "measure": notice.measure,
        "look_up": f"kept shares {shlex.join(f'--{name}={value}' for name, value in _asked(notice).items())}",
    }
    if counted:
        words["delivered"] = _shown_ratio(kept, counted)
    return words | _ending(notice)


def _asked(notice: NoticeRecord) -> dict[str, str]:
    """The question about one share: the period that contains the last second before its end."""
    last, end = (format_instant(notice.starts_at - before) for before in (SECOND_US, 0))
    return {"client": notice.client, "promise": notice.promise, "since": last, "until": end}


def _shown_ratio(part: int, whole: int) -> str:
    """To a millionth, rounded down."""
    return f"{part * MILLION // whole / MILLION:.6g}"


def _shown_amount(notice: NoticeRecord, amount: int) -> str:
    """How many, or how many minutes."""
    return f"{amount / MINUTE_US:g}" if notice.measure == Measure.MINUTES.value else str(amount)


def _summary(notice: NoticeRecord, kind: NoticeKind, now: InstantUs) -> str:
    stands = _STANDS[kind]
    if notice.is_settled:
        stands = f"{_OVER[kind]}: {_what_became(notice)}"
    elif kind is NoticeKind.BROKEN and notice.due is not None:
        stands = "was done late" if notice.ended is not None else "is broken"
        stands += f", {_distance(notice, now)} after it was due"
    elif kind is NoticeKind.DUE_SOON and notice.due is not None:
        stands = f"is due at {format_instant(notice.due // SECOND_US * SECOND_US)}"
    if notice.says and not notice.is_settled:
        stands += f": {notice.says[:_LONGEST_WORDS]}"
    whose = notice.client[:_LONGEST_NAME]
    what = f"the promise {notice.promise[:_LONGEST_NAME]} ({notice.promise_kind}) to {whose}"
    return f"{what} {stands} (case {(notice.case_id or '')[:_LONGEST_NAME]})"


def _what_became(notice: NoticeRecord) -> str:
    """What took the place of what was told, and when that was or is due."""
    reason = notice.reason[:_LONGEST_WORDS]
    if notice.due is None:
        return reason
    if notice.ended is None:
        return f"{reason}, due at {format_instant(notice.due)}" if notice.reason == Verdict.RUNNING else reason
    side = "before" if notice.ended <= notice.due else "after"
    return f"{reason}, {_distance(notice, notice.ended)} {side} it was due"


def _distance(notice: NoticeRecord, now: InstantUs) -> str:
    """Calendar time between the due instant, where there is one, and the end, or now."""
    return describe_duration(abs((notice.ended or now) - (notice.due or now)))


def _storm_summary(notice: NoticeRecord, kind: NoticeKind) -> str:
    behind = (
        f"by {notice.cause} of the promise book" if notice.cause else f"within {describe_duration(STORM_WINDOW_US)}"
    )
    said = {
        NoticeKind.BROKEN: "broke",
        NoticeKind.DUE_SOON: "came to be due soon",
        NoticeKind.UNKNOWN: "came to be not to be judged",
    }
    left = f"{grouped(notice.left)} of them still so"
    if kind is NoticeKind.MISSED:
        return f"{number_of(notice.folded, 'promised share')} missed, told {behind}, {left}"
    return f"{number_of(notice.folded, 'promise')} {said[kind]} {behind}, {left}"


def _addresses(notice: NoticeRecord, kind: NoticeKind, links: Links) -> dict[str, str]:
    found = {}
    if links.runbook is not None:
        found["runbook_url"] = f"{links.runbook}#{alert_name(notice).lower()}"
    if links.kept is None or kind is NoticeKind.TEST:
        return found
    if kind is NoticeKind.MISSED:
        asked = {"state": "missed", "since": _asked(notice)["since"]} if notice.is_storm else _asked(notice)
        return {**found, "shares_url": f"{links.kept}/v1/shares?{urlencode(asked, quote_via=quote, safe='')}"}
    if notice.is_storm:
        verdict = Verdict.RUNNING if kind is NoticeKind.DUE_SOON else Verdict(notice.kind)
        # The history from the first of them on; exactly those: `kept notices list --storm KEY`.
        listed = f"/v1/decisions?verdict={verdict}&after={notice.position - 1}"
        return {**found, "list_url": links.kept + listed}
    case = quote(notice.case_id or "", safe="")
    if kind is NoticeKind.BROKEN:
        found["breach_url"] = f"{links.kept}/v1/breaches?state=all&obligation={quote(notice.obligation or '', safe='')}"
    return {
        **found,
        "case_url": f"{links.kept}/v1/cases/{case}",
        "explanation_url": f"{links.kept}/v1/explanations/{case}",
    }
