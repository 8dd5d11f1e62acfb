"""Events, books and streams for the tests of the engine, each in a line.

Instants are written as London wall clocks of the week of Monday 2 March 2026, e.g. `at("tue 09:30")`; without a day it
is Monday. In that week London is at UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from monitor.domain.cases.coverage import FULL, Coverage, Gap
from monitor.domain.cases.engine import step
from monitor.domain.cases.joining import THREAD
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import (
    Amended,
    Assigned,
    Call,
    CallbackPromised,
    CallStep,
    Changed,
    ClientChanged,
    ClientTold,
    Contact,
    Ended,
    Ending,
    Event,
    Excused,
    Fact,
    Linked,
    Meeting,
    MeetingCancelled,
    MeetingMoved,
    MeetingScheduled,
    Merged,
    Noted,
    Opened,
    Promised,
    Reopened,
    Side,
    Split,
    StaffChanged,
    StepTaken,
    Withdrawn,
    Worked,
    meeting_held,
)
from monitor.domain.hours.instant import HOUR_US, MINUTE_US, format_instant, from_datetime
from monitor.domain.hours.period import PeriodKind
from monitor.domain.hours.target import DayRule, Target, WorkingDuration, parse_target
from monitor.domain.hours.timetable import ALL_DAY, HoursSpec, Windows
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.clock_rules import BeforeFirstReply, MeasuredFrom, OnChange, PauseCount, Reopen
from monitor.domain.promises.knowledge import Client, Party, Person, SourceRule, StatusRule
from monitor.domain.promises.promise import JUDGED_KINDS, Answer, Book, Conditions, Kind, Promise, WarningRule
from monitor.domain.promises.promised_amends import STEPS, BreachRule
from monitor.domain.promises.promised_calls import CallbackTerms, CallTerms, Credit, Formula, RungAgain
from monitor.domain.promises.promised_people import (
    AttendTerms,
    HandoffLimits,
    Measure,
    SeniorityTerms,
    Substitution,
    Tenure,
)
from monitor.domain.promises.references import References

_LONDON = ZoneInfo("Europe/London")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def at(text: str) -> int:
    """The instant of a London wall clock: `10:00` on Monday 2 March 2026, `tue 09:30`, `2026-03-29 02:30`."""
    day, _, clock = text.rpartition(" ")
    if day[:1].isdigit():
        return from_datetime(datetime.fromisoformat(text).replace(tzinfo=_LONDON))
    hour, _, minute = clock.partition(":")
    after_midnight = timedelta(days=_DAYS.index(day or "mon"), hours=int(hour), minutes=int(minute))
    return from_datetime((datetime(2026, 3, 2) + after_midnight).replace(tzinfo=_LONDON))  # noqa: DTZ001  zone follows


def shown(instant: int | None) -> str | None:
    """The inverse of `at`: `mon 10:00`, seconds where there are some, the date outside that week."""
    if instant is None:
        return None
    moment = (datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC")) + timedelta(microseconds=instant)).astimezone(_LONDON)
    days = (moment.date() - datetime(2026, 3, 2).date()).days  # noqa: DTZ001  only its date
    day = _DAYS[days] if 0 <= days < 7 else moment.date().isoformat()
    return f"{day} {moment:%H:%M}" + (f"{moment:%S.%f}"[:0] if moment.second == 0 else f":{moment:%S}")


# Hours


def span(opens: str, closes: str) -> tuple[int, int]:
    """A window of a day from two wall clocks; one that does not end later runs over midnight."""
    start, end = (int(text[:2]) * HOUR_US + int(text[3:]) * MINUTE_US for text in (opens, closes))
    return start, end if end > start else end + 24 * HOUR_US


_OFFICE: Windows = (span("09:00", "17:30"),)
_LUNCH: Windows = (span("09:00", "12:00"), span("13:00", "17:00"))
_NIGHT: Windows = (span("22:00", "06:00"),)

SPECS: Mapping[str, HoursSpec] = {
    "london": HoursSpec(zone="Europe/London", weekly=(_OFFICE,) * 5 + ((), ())),
    "lunch": HoursSpec(zone="Europe/London", weekly=(_LUNCH,) * 5 + ((span("10:00", "12:00"),), ())),
    "night": HoursSpec(zone="Europe/London", weekly=(_NIGHT,) * 7),
    "new york": HoursSpec(zone="America/New_York", weekly=(_OFFICE,) * 5 + ((), ())),
    "tuesdays": HoursSpec(
        zone="Europe/London",
        weekly=((), _OFFICE, (), (), (), (), ()),
        dates={datetime(2026, 3, 4).date(): (span("10:00", "14:00"),)},  # noqa: DTZ001  only its date
        closed=((datetime(2026, 3, 3, 11), datetime(2026, 3, 3, 12)),),  # noqa: DTZ001  local, as HoursSpec wants it
    ),
    "always": HoursSpec(zone="UTC", weekly=(ALL_DAY,) * 7),
}
CALENDARS: Mapping[str, WorkingHours] = {name: WorkingHours(spec) for name, spec in SPECS.items()}


# Books


def promise(kind: str, within: str | None = None, **options: Any) -> Promise:
    """A promise in London hours, in force for ever, to everybody, that pauses in the statuses `pauses_in`."""
    conditions = [name for name in ("priority", "channel", "service", "tags") if name in options]
    when = {name: frozenset(options.pop(name)) for name in conditions}
    hours = options.pop("hours", "london")
    for name in ("answered_by", "channels", "authors", "pauses_in"):
        if name in options and options[name] is not None:
            options[name] = frozenset(options[name])
    target = options.pop("target", None) or (parse_target(within) if within else None)
    defaults: dict[str, Any] = {
        "id": kind,
        "version": 1,
        "starts_at": 0,
        "ends_at": at("2090-01-01 00:00"),
        "hours": CALENDARS[hours],
        "hours_name": hours,
        "target": target,
        "when": Conditions(**when),
    }
    return Promise(kind=Kind(kind), **(defaults | options))


STATUSES: Mapping[str, StatusRule] = {
    "waiting": StatusRule(Party.CLIENT, "waiting on client"),
    "supplier": StatusRule(Party.THIRD_PARTY, "with supplier"),
}
"""The statuses in which somebody else has the turn; `new` and `working` are the firm's."""
PAUSING = frozenset(STATUSES)


GRADES = ("trainee", "associate", "senior")
STAFF: Mapping[str, Person] = {
    "anna": Person("anna", "senior", "desk", None, None),
    "ben": Person("ben", "trainee", "desk", at("mon 00:00"), None),
    "carl": Person("carl", "associate", "night", at("2020-01-01 00:00"), None),
}
"""A senior and a trainee of one team, an associate of another; `zoe`, whom some events name, is unknown."""


def held_true(promised: Book, *events: Event, now: str) -> list[str]:
    """What is held true of each obligation, e.g. `C1 kept, due 10:10, ended 09:40`; its occasion first, where it has one."""
    matter, _ = step(Matter(promised), events, at(now))
    return [
        ", ".join(
            [f"{obligation.occasion} {obligation.verdict(at(now)).value}".removeprefix("None ")]
            + [
                f"{word} {str(shown(instant)).removeprefix('mon ')}"
                for word, instant in (("due", obligation.due), ("ended", obligation.ended))
                if instant is not None
            ]
        )
        for case in matter.cases.values()
        for obligation in case.obligations
    ]


def book(
    *promises: Promise,
    robots: frozenset[str] = frozenset({"robot"}),
    sources: Mapping[str, SourceRule] | None = None,
    staff: Mapping[str, Person] | None = None,
    breaches: Sequence[BreachRule] = (),
    references: Sequence[str] = (),
) -> Book:
    """A book with these promises and two clients: `acme` (gold, mail @acme.example) and `bolt` (silver); with `staff`, or a
    promise about people, the scale of grades belongs to it."""
    return Book(
        name="Alder & Finch",
        zone="Europe/London",
        version="1",
        hours=CALENDARS["london"],
        promises=promises,
        calendars=CALENDARS,
        clients={"acme": Client("acme", "Acme Ltd", "gold", None), "bolt": Client("bolt", "Bolt AG", "silver", None)},
        contacts={"@acme.example": "acme", "ann@bolt.example": "bolt", "+442079460000": "acme"},
        statuses=STATUSES,
        tier_names={"gold": "gold", "silver": "silver"},
        robots=robots,
        sources=sources or {},
        grades=() if staff is None else GRADES,
        staff=staff or {},
        breach_rules=tuple(breaches),
        references=References(tuple(map(re.compile, references))),
    )


def owing(name: str = "own-up", /, **options: Any) -> BreachRule:
    """What is owed for breaches, e.g. `owing(acknowledge="30m", tell="4h")`; other options are the rule's, or its steps'."""
    steps = {kind: options.pop(kind) for kind in STEPS if kind in options}
    of_rule: dict[str, Any] = {key: options.pop(key) for key in ("causes", "credit", "version") if key in options}
    for key in ("kinds", "despite_excuse"):
        if options.get(key) is not None:
            of_rule[key] = frozenset(Kind(kind) for kind in options[key])
        options.pop(key, None)
    made = {Kind(kind): promise(kind, within, id=name, **options) for kind, within in steps.items()}
    own: dict[str, Any] = {"id": name, "version": 1, "steps": made} | of_rule
    return BreachRule(**own)


# Events


def event(when: str | int, kind: str, fact: Fact, **envelope: Any) -> Event:
    """An event of the case K1 and the client acme; its id is made from what it says, so equal events are duplicates."""
    time = at(when) if isinstance(when, str) else when
    source, sequence = envelope.pop("source", "desk"), envelope.pop("sequence", -1)
    case, client = envelope.pop("case", "K1"), envelope.pop("client", "acme")
    references = tuple(envelope.pop("references", ()))
    name = envelope.pop("id", f"{kind}/{case}/{time}/{sequence}/{fact!r}{references or ''}")
    address, title = envelope.pop("address", None), envelope.pop("title", None)
    assert not envelope, envelope
    return Event(time, source, sequence, name, kind, case, client, address, fact, references, title)


def opened(when: str | int, *, by_client: bool = True, channel: str = "email", **said: Any) -> Event:
    attributes = {name: said.pop(name, None) for name in ("status", "priority", "service")}
    tags = frozenset(said.pop("tags", ()))
    holder, team = said.pop("holder", None), said.pop("team", None)
    fact = Opened(
        by_client, channel, attributes["status"], attributes["priority"], attributes["service"], tags, holder, team
    )
    return event(when, "ticket.opened", fact, **said)


def changed(when: str | int, **said: Any) -> Event:
    status, priority, service = (said.pop(name, None) for name in ("status", "priority", "service"))
    tags = said.pop("tags", None)
    fact = Changed(status, priority, service, None if tags is None else frozenset(tags))
    return event(when, "ticket.changed", fact, **said)


def assigned(when: str | int, holder: str | None, team: str | None = None, **envelope: Any) -> Event:
    return event(when, "ticket.assigned", Assigned(holder, team), **envelope)


def received(when: str | int, *, channel: str = "email", genuine: bool = True, **envelope: Any) -> Event:
    author = envelope.pop("author", None)
    return event(when, f"{channel}.received", Contact(Side.CLIENT, channel, author, genuine), **envelope)


def sent(
    when: str | int, *, channel: str = "email", author: str | None = "anna", genuine: bool = True, **envelope: Any
) -> Event:
    return event(when, f"{channel}.sent", Contact(Side.FIRM, channel, author, genuine), **envelope)


def call(
    when: str | int, step: CallStep, *, inbound: bool = True, agent: str | None = "anna", **envelope: Any
) -> Event:
    genuine, queue = envelope.pop("genuine", True), envelope.pop("queue", "helpline")
    fact = Call(step, envelope.pop("call", "C1"), inbound, queue, agent, genuine)
    return event(when, f"call.{step.value}", fact, **envelope)


def resolved(when: str | int, **envelope: Any) -> Event:
    return event(when, "ticket.resolved", Ended(Ending.RESOLVED), **envelope)


def closed(when: str | int, **envelope: Any) -> Event:
    return event(when, "ticket.closed", Ended(Ending.CLOSED), **envelope)


def deleted(when: str | int, **envelope: Any) -> Event:
    return event(when, "ticket.deleted", Ended(Ending.DELETED), **envelope)


def reopened(when: str | int, **envelope: Any) -> Event:
    return event(when, "ticket.reopened", Reopened(), **envelope)


def merged(when: str | int, into: str, **envelope: Any) -> Event:
    return event(when, "ticket.merged", Merged(into), **envelope)


def split(when: str | int, out_of: str, started_at: str | int | None, **envelope: Any) -> Event:
    start = at(started_at) if isinstance(started_at, str) else started_at
    return event(when, "ticket.split", Split(out_of, start), **envelope)


def linked(when: str | int, to: str, **envelope: Any) -> Event:
    return event(when, "case.linked", Linked(to), **envelope)


def promised(when: str | int, by: str | int, *, name: str = "P1", by_resolving: bool = False, **envelope: Any) -> Event:
    date = at(by) if isinstance(by, str) else by
    return event(when, "promise.made", Promised(name, date, by_resolving, None, None), **envelope)


def callback_promised(when: str | int, by: str | int, **envelope: Any) -> Event:
    date = at(by) if isinstance(by, str) else by
    return event(when, "callback.promised", CallbackPromised(date, None, None), **envelope)


def scheduled(
    when: str | int, to_be_held: str | int, *, meeting: str | None = None, visit: bool = True, **envelope: Any
) -> Event:
    date = at(to_be_held) if isinstance(to_be_held, str) else to_be_held
    fact = MeetingScheduled(meeting, date, visit, tuple(envelope.pop("invited", ())))
    return event(when, "meeting.scheduled", fact, **envelope)


def moved(when: str | int, to_be_held: str | int, *, meeting: str | None = None, **envelope: Any) -> Event:
    date = at(to_be_held) if isinstance(to_be_held, str) else to_be_held
    return event(when, "meeting.moved", MeetingMoved(meeting, date), **envelope)


def cancelled(when: str | int, *, meeting: str | None = None, by_client: bool = True, **envelope: Any) -> Event:
    return event(when, "meeting.cancelled", MeetingCancelled(meeting, by_client, None), **envelope)


def held(when: str | int, *came: str, meeting: str | None = None, client_came: bool = True, **envelope: Any) -> Event:
    """A visit; who came is not told with `tells_who=False`."""
    tells_who, length = envelope.pop("tells_who", True), envelope.pop("length", None)
    fact = meeting_held("visit", Meeting(meeting, client_came, tells_who), came, length)
    return event(when, "meeting.held", fact, **envelope)


def amended(when: str | int, by: str | int, *, name: str = "P1", agreed: bool = True, **envelope: Any) -> Event:
    return event(when, "promise.amended", Amended(name, at(by) if isinstance(by, str) else by, agreed), **envelope)


def withdrawn(when: str | int, *, name: str = "P1", **envelope: Any) -> Event:
    return event(when, "promise.withdrawn", Withdrawn(name), **envelope)


def excused(when: str | int, *, kind: str | None = None, obligation: str | None = None, **envelope: Any) -> Event:
    return event(when, "breach.excused", Excused(obligation, kind, "flood", "Ms Finch"), **envelope)


def client_changed(when: str | int, tier: str | None, **envelope: Any) -> Event:
    return event(when, "client.changed", ClientChanged(tier), case=None, **envelope)


def logged(when: str | int, person: str, length: int, **envelope: Any) -> Event:
    return event(when, "work.logged", Worked(person, length), **envelope)


def staff_changed(when: str | int, person: str, **said: Any) -> Event:
    """A change of staff; keywords are what is said of them, and the envelope's source and sequence."""
    envelope = {key: said.pop(key) for key in ("source", "sequence") if key in said}
    known: dict[str, Any] = {"grade": None, "team": None, "joined": None, "left": None}
    return event(when, "staff.changed", StaffChanged(person, **(known | said)), case=None, client=None, **envelope)


def client_told(
    when: str | int,
    kind: str | None = "seniority",
    *,
    obligation: str | None = None,
    by: str | None = None,
    **envelope: Any,
) -> Event:
    return event(when, "breach.client_told", ClientTold(obligation, kind, by, None), **envelope)


_STEP_TYPES: Mapping[str, str] = {
    "acknowledge": "acknowledged",
    "explain": "explained",
    "apologise": "apologised",
    "remedy": "remedied",
    "close": "closed",
}


def step_taken(when: str | int, step: str, **said: Any) -> Event:
    """A step of owning a breach; keywords are what the fact says, by Ms Finch if nothing else, and the envelope's."""
    own = {key: said.pop(key) for key in StepTaken._fields if key in said}
    fact = StepTaken(step, **({"obligation": None, "kind": None, "by": "Ms Finch", "words": None} | own))
    return event(when, f"breach.{_STEP_TYPES[step]}", fact, **said)


def noted(when: str | int, text: str = "a note", **envelope: Any) -> Event:
    return event(when, "work.logged", Noted(text), **envelope)


# Streams

_STEP_US = 30 * MINUTE_US
"""The grid of instants and targets: coarse, so that exactly-at-due and same-instant happen all the time."""
_STARTS = (at("09:00"), at("fri 15:00"), at("2026-03-27 15:00"))
"""A Monday, a Friday afternoon, and the Friday before the clocks go forward in London."""
_CASES = ("K1", "K1", "K1", "K2", "K3")
_TARGETS = ("30m", "1h", "2h", "4h", "9h", "1 business day", "2 business days", "1 day", "3 calendar hours")


_MOSTLY = st.sampled_from((True, True, True, False))


@st.composite
def targets(draw: st.DrawFn) -> Target:
    """Of all types; working time with and without `roll_to_opening`, business days under every rule."""
    rule = draw(st.sampled_from(DayRule))
    return parse_target(draw(st.sampled_from(_TARGETS)), rule=rule, roll_to_opening=draw(st.booleans()))


def _subsets(*values: Any, least: int = 1) -> st.SearchStrategy[frozenset[Any]]:
    return st.frozensets(st.sampled_from(values), min_size=least)


_WHOM: tuple[dict[str, Any], ...] = ({}, {}, {"client": "acme"}, {"tier": "gold"}, {"tier": "silver"})
_CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"priority": ["high"]},
    {"priority": ["low"]},
    {"service": ["tax"]},
    {"tags": ["vip"]},
    {"channel": ["call"]},
)


@st.composite
def handoff_limits(draw: st.DrawFn) -> HandoffLimits:
    """Mostly one or two limits that some streams keep and others break."""
    few = st.none() | st.none() | st.integers(0, 2)
    lying = draw(st.none() | st.sampled_from((30 * MINUTE_US, 2 * HOUR_US, 9 * HOUR_US)))
    return HandoffLimits(
        at_most=draw(few),
        returns=draw(few),
        transfers=draw(few),
        one_owner=draw(st.sampled_from((False, False, False, True))),
        without_holder=None if lying is None else WorkingDuration(lying),
        counts_inside_team=draw(st.booleans()),
    )


@st.composite
def seniority_terms(draw: st.DrawFn) -> SeniorityTerms:
    """Mostly one or two conditions; some with a share, some over periods, some that let others stand in."""
    return SeniorityTerms(
        at_least=draw(st.sampled_from((None, "associate", "senior"))),
        people=draw(st.sampled_from((None, None, ("anna",), ("anna", "carl")))),
        tenure=draw(st.sampled_from((None, None, Tenure(1, "day"), Tenure(6, "month"), Tenure(1, "year")))),
        share_millionths=draw(st.sampled_from((1_000_000, 1_000_000, 600_000, 500_000))),
        measure=draw(st.sampled_from(Measure)),
        substitution=draw(st.none() | st.builds(Substitution, st.booleans(), st.booleans(), st.booleans())),
        zone="Europe/London",
        over=draw(st.sampled_from((None, None, None, PeriodKind.MONTH))),
    )


@st.composite
def call_terms(draw: st.DrawFn) -> CallTerms:
    """Every formula, with and without a short abandon, and every credit for calls that were cut off."""
    short_abandon = draw(st.sampled_from((0, 30 * MINUTE_US)))
    return CallTerms(draw(st.sampled_from(Formula)), short_abandon, draw(st.none() | st.sampled_from(Credit)))


@st.composite
def attend_terms(draw: st.DrawFn) -> AttendTerms:
    """Mostly one or two conditions."""
    return AttendTerms(
        people=draw(st.sampled_from((None, ("anna",), ("anna", "carl")))),
        is_one_enough=draw(st.booleans()),
        at_least=draw(st.sampled_from((None, "associate", "senior"))),
        is_one_grade_enough=draw(st.booleans()),
        as_invited=draw(st.sampled_from((False, False, True))),
    )


@st.composite
def callback_options(draw: st.DrawFn) -> dict[str, Any]:
    """Every option of a callback, and any target."""
    terms = CallbackTerms(
        voicemail=draw(_MOSTLY),
        abandoned=draw(_MOSTLY),
        short_abandon=draw(st.sampled_from((0, 30 * MINUTE_US))),
        rung_again=draw(st.sampled_from(RungAgain)),
    )
    channels = draw(st.sampled_from((frozenset({"call"}), None)))
    return {"target": draw(targets()), "callback": terms, "channels": channels}


_OF_CONDUCT: Mapping[Kind, st.SearchStrategy[dict[str, Any]]] = {
    Kind.HANDOFFS: st.fixed_dictionaries({"handoffs": handoff_limits()}),
    Kind.SENIORITY: st.fixed_dictionaries({"seniority": seniority_terms()}),
    Kind.ANSWER_CALL: st.fixed_dictionaries(
        {"calls": call_terms(), "target": st.sampled_from(("30m", "1h", "3 calendar hours")).map(parse_target)}
    ),
    Kind.CALLBACK: callback_options(),
    Kind.ATTEND: st.fixed_dictionaries({"attend": attend_terms(), "target": targets()}),
}
"""The options of kinds whose clocks neither pause nor change."""


@st.composite
def promises(draw: st.DrawFn, kind: Kind, number: int, calendar: str | None = None) -> Promise:
    """A promise of one judged kind, with every option it may have, in any calendar or a given one."""
    answers: dict[str, Any] = {}
    if kind in {Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE, Kind.UPDATE_EVERY, Kind.BY}:
        answers["channels"] = draw(st.none() | st.none() | _subsets("email", "call", "visit"))
        answers["authors"] = draw(st.none() | st.none() | st.just(frozenset({"anna"})))
    if kind in {Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE}:
        answers["answered_by"] = draw(st.just(frozenset({Answer.CONTACT})) | _subsets(*Answer))
    if kind is Kind.OWN:
        answers["answered_by"] = draw(_subsets(Answer.ASSIGNMENT, Answer.TEAM_ASSIGNMENT))
    clocked: dict[str, Any] = {}
    if kind in _OF_CONDUCT:
        clocked = draw(_OF_CONDUCT[kind])
    elif kind is not Kind.BY:
        clocked = {
            "target": draw(targets()),
            "pauses_in": draw(st.just(PAUSING) | st.just(frozenset()) | _subsets("waiting", "supplier")),
            "pause_count": draw(st.sampled_from(PauseCount)),
            "on_change": draw(st.sampled_from(OnChange)),
            "reopen": draw(st.sampled_from(Reopen)),
            "warn": draw(
                st.sampled_from(
                    ((), (WarningRule(share=0.5), WarningRule(share=0.8)), (WarningRule(before=15 * MINUTE_US),))
                )
            ),
        }
    if kind is Kind.NEXT_RESPONSE:
        clocked["each_message"] = draw(st.booleans())
        clocked["before_first_reply"] = draw(st.none() | st.sampled_from(BeforeFirstReply))
    if kind is Kind.UPDATE_EVERY:
        clocked["measured_from"] = draw(st.sampled_from(MeasuredFrom))
    if kind is Kind.RESOLVE:
        clocked["until_closed"] = draw(st.booleans())
    whom = draw(st.sampled_from(_WHOM))
    when = draw(st.sampled_from(_CONDITIONS))
    turn = draw(st.sampled_from((0, 0, at("10:30"), at("2026-03-27 16:00"))))
    dates: dict[str, Any] = draw(st.sampled_from(({}, {}, {}, {"ends_at": turn or 1}, {"starts_at": turn})))
    hours = calendar or ("always" if kind is Kind.BY else draw(st.sampled_from(sorted(SPECS))))
    return promise(kind, id=f"{kind}-{number}", hours=hours, **answers, **clocked, **whom, **when, **dates)


@st.composite
def breach_rules(draw: st.DrawFn, number: int) -> BreachRule:
    """What is owed for breaches of some or all kinds, to anybody, with a target of its own for each step."""
    steps = draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=3, unique=True))
    kinds = draw(st.none() | st.none() | _subsets(*JUDGED_KINDS))
    whom: dict[str, Any] = draw(st.sampled_from(_WHOM)) | draw(st.sampled_from(_CONDITIONS))
    dates: dict[str, Any] = draw(st.sampled_from(({}, {}, {"ends_at": at("10:30")}, {"starts_at": at("10:30")})))
    return BreachRule(
        id=f"own-up-{number}",
        version=1,
        steps={
            kind: promise(
                kind,
                target=draw(targets()),
                id=f"own-up-{number}",
                hours=draw(st.sampled_from(sorted(SPECS))),
                warn=draw(st.sampled_from(((), (WarningRule(share=0.5),)))),
                **whom,
                **dates,
            )
            for kind in steps
        },
        kinds=kinds,
        causes=draw(st.sampled_from((frozenset[str](), frozenset({"overlooked"})))),
        despite_excuse=draw(st.sampled_from((frozenset[Kind](), frozenset({Kind.TELL, Kind.ACKNOWLEDGE})))),
    )


@st.composite
def books(draw: st.DrawFn, calendar: str | None = None) -> Book:
    """A small book: most kinds once or twice."""
    kinds = draw(st.lists(st.sampled_from(JUDGED_KINDS), min_size=1, max_size=6))
    made = [draw(promises(kind, number, calendar)) for number, kind in enumerate(kinds)]
    owed = [draw(breach_rules(number)) for number in range(draw(st.sampled_from((0, 0, 1, 2, 3))))]
    references = draw(st.sampled_from(((), (r"\[#(?P<case>\w+)\]", r"Our ref\. (\S+)"))))
    return book(*made, staff=draw(st.sampled_from((None, STAFF))), breaches=owed, references=references)


_STATUSES = st.sampled_from(("new", "working", "waiting", "supplier", "Waiting"))
_PRIORITIES, _SERVICES = st.sampled_from(("low", "high", "High")), st.sampled_from(("tax", "audit"))
_TAGS = st.sampled_from((frozenset[str](), frozenset({"vip"}), frozenset({"slow"}), frozenset({"vip", "slow"})))
_CHANNELS = st.sampled_from(("email", "email", "call", "visit", "letter"))
_PEOPLE = st.sampled_from((None, "anna", "anna", "ben", "carl", "zoe", "robot"))
_TEAMS = st.sampled_from((None, None, "desk", "night"))
_SOMEBODY = st.sampled_from(("anna", "ben", "carl", "zoe", "robot"))
_NAMES, _OTHERS = st.sampled_from(("P1", "P1", "P2")), st.sampled_from(("K1", "K2", "K3"))
_MEETINGS = st.sampled_from((None, None, "M1", "M2"))
_LATER = st.integers(0, 12).map(lambda steps: steps * _STEP_US)
_EARLIER = st.sampled_from((None, *(steps * _STEP_US for steps in range(-1, 6))))

Maker = Callable[[st.DrawFn, int, str], Event]


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


_MAYBE_STATUS, _MAYBE_PRIORITY, _MAYBE_SERVICE, _MAYBE_TAGS = map(_maybe, (_STATUSES, _PRIORITIES, _SERVICES, _TAGS))


def _open(d: st.DrawFn, t: int, case: str) -> Event:
    said = {"status": d(_MAYBE_STATUS), "priority": d(_MAYBE_PRIORITY), "service": d(_MAYBE_SERVICE), "tags": d(_TAGS)}
    return opened(t, by_client=d(_MOSTLY), channel=d(_CHANNELS), holder=d(_PEOPLE), team=d(_TEAMS), case=case, **said)


def _change(d: st.DrawFn, t: int, case: str) -> Event:
    said = {"status": d(_MAYBE_STATUS), "priority": d(_MAYBE_PRIORITY), "service": d(_MAYBE_SERVICE)}
    return changed(t, tags=d(_MAYBE_TAGS), case=case, **said)


def _ring(d: st.DrawFn, t: int, case: str) -> Event:
    said: dict[str, Any] = {"inbound": d(_MOSTLY), "agent": d(_PEOPLE), "genuine": d(_MOSTLY)}
    said |= {"call": d(st.sampled_from(("C1", "C1", "C2"))), "queue": d(st.sampled_from((None, "helpline")))}
    return call(t, d(st.sampled_from(CallStep)), case=case, **said)


def _promise_callback(d: st.DrawFn, t: int, case: str) -> Event:
    return callback_promised(t, t + d(_LATER), case=case)


def _call_back(d: st.DrawFn, t: int, case: str) -> Event:
    return sent(t, channel="call", author=d(_PEOPLE), genuine=d(_MOSTLY), case=case)


def _put_off(d: st.DrawFn, t: int, case: str) -> Event:
    return moved(t, t + d(_LATER), meeting=d(_MEETINGS), case=case)


def _call_off(d: st.DrawFn, t: int, case: str) -> Event:
    return cancelled(t, meeting=d(_MEETINGS), case=case)


def _schedule(d: st.DrawFn, t: int, case: str) -> Event:
    said: dict[str, Any] = {
        "meeting": d(_MEETINGS),
        "visit": d(_MOSTLY),
        "invited": tuple(d(_subsets("anna", "ben", "robot", least=0))),
    }
    return scheduled(t, t + d(_LATER), case=case, **said)


def _meet(d: st.DrawFn, t: int, case: str) -> Event:
    came = d(st.lists(_SOMEBODY, max_size=3))
    said: dict[str, Any] = {
        "meeting": d(_MEETINGS),
        "client_came": d(_MOSTLY),
        "tells_who": bool(came) or d(st.booleans()),
    }
    return held(t, *came, length=d(_maybe(_LATER)), case=case, **said)


def _split(d: st.DrawFn, t: int, case: str) -> Event:
    before = d(_EARLIER)
    return split(t, d(_OTHERS), None if before is None else t - before, case=case)


def _tier(d: st.DrawFn, t: int, case: str) -> Event:
    return client_changed(
        t, d(st.sampled_from(("gold", "silver", "Silver"))), client=d(st.sampled_from(("acme", "bolt")))
    )


def _staff(d: st.DrawFn, t: int, case: str) -> Event:
    said = {"grade": d(_maybe(st.sampled_from((*GRADES, "wizard")))), "team": d(_TEAMS)}
    return staff_changed(t, d(_SOMEBODY), joined=d(st.none() | st.just(t)), **said)


_PHRASES = st.sampled_from((None, "we overlooked it"))
_AMOUNTS = st.sampled_from((None, Decimal(50)))


def _own(d: st.DrawFn, t: int, case: str) -> Event:
    """Something done about a breach: of a kind, the last one, or one named, whose opening is on the grid."""
    kind = d(_maybe(st.sampled_from(JUDGED_KINDS)))
    named = d(st.booleans()) and kind is not None
    opened = t - d(st.integers(0, 8)) * _STEP_US
    said: dict[str, Any] = {
        "obligation": f"{d(_OTHERS)}/{kind}/{format_instant(opened)}" if named else None,
        "kind": None if named else kind,
        "by": d(_PEOPLE),
    }
    step = d(st.sampled_from((*STEPS, *STEPS, "close")))
    if step == "tell":
        return client_told(t, said.pop("kind"), case=case, **said)
    reason, approved_by, cause = d(_PHRASES), d(_PEOPLE), d(st.sampled_from(("Overlooked", "flood", None)))
    said |= {"words": d(_PHRASES), "amount": d(_AMOUNTS), "currency": "GBP", "reason": reason}
    return step_taken(t, step, case=case, approved_by=approved_by, cause=cause, **said)


def _excuse_by_name(d: st.DrawFn, t: int, case: str) -> Event:
    kind = d(st.sampled_from(JUDGED_KINDS))
    opened = format_instant(t - d(st.integers(0, 8)) * _STEP_US)
    of_step = f"{d(st.sampled_from(STEPS))}/" if d(st.booleans()) else ""
    return excused(t, obligation=f"{d(_OTHERS)}/{of_step}{kind}/{opened}", case=case)


_MAKERS: tuple[tuple[int, Maker], ...] = (
    (4, lambda d, t, case: received(t, channel=d(_CHANNELS), genuine=d(_MOSTLY), case=case)),
    (4, lambda d, t, case: sent(t, channel=d(_CHANNELS), author=d(_PEOPLE), genuine=d(_MOSTLY), case=case)),
    (2, _open),
    (2, lambda d, t, case: changed(t, status=d(_STATUSES), case=case)),
    (2, _change),
    (2, lambda d, t, case: assigned(t, d(_PEOPLE), d(_TEAMS), case=case)),
    (2, lambda d, t, case: resolved(t, case=case)),
    (1, lambda d, t, case: closed(t, case=case)),
    (2, lambda d, t, case: reopened(t, case=case)),
    (2, _ring),
    (1, lambda d, t, case: promised(t, t + d(_LATER), name=d(_NAMES), by_resolving=not d(_MOSTLY), case=case)),
    (2, _promise_callback),
    (2, _call_back),
    (2, _schedule),
    (1, _put_off),
    (1, _call_off),
    (3, _meet),
    (1, lambda d, t, case: amended(t, t + d(_LATER), name=d(_NAMES), agreed=d(_MOSTLY), case=case)),
    (1, lambda d, t, case: withdrawn(t, name=d(_NAMES), case=case)),
    (1, lambda d, t, case: excused(t, kind=d(st.sampled_from(JUDGED_KINDS)).value, case=case)),
    (1, _excuse_by_name),
    (4, _own),
    (1, _tier),
    (2, _staff),
    (1, lambda d, t, case: client_told(t, d(st.sampled_from((None, "seniority", "resolve"))), case=case)),
    (2, lambda d, t, case: logged(t, d(_SOMEBODY), d(_LATER), case=case)),
    (1, lambda d, t, case: merged(t, d(_OTHERS), case=case)),
    (1, _split),
    (1, lambda d, t, case: linked(t, d(_OTHERS), case=case)),
    (1, lambda d, t, case: deleted(t, case=case)),
    (1, lambda d, t, case: noted(t, case=case)),
)
"""Every sort of fact, and how often it is drawn."""
_DRAWN = st.sampled_from([maker for often, maker in _MAKERS for _ in range(often)])
_OF_CALLS_AND_MEETINGS = st.sampled_from(
    (
        *(8 * [_ring]),
        *(4 * [_meet]),
        *(4 * [_schedule]),
        *(2 * [_call_back]),
        _promise_callback,
        _put_off,
        _call_off,
        lambda d, t, case: sent(t, channel=d(_CHANNELS), author=d(_PEOPLE), case=case),
        lambda d, t, case: excused(t, kind=d(st.sampled_from(("callback", "attend"))), case=case),
        lambda d, t, case: resolved(t, case=case),
        lambda d, t, case: reopened(t, case=case),
        lambda d, t, case: merged(t, d(_OTHERS), case=case),
        lambda d, t, case: linked(t, d(_OTHERS), case=case),
        lambda d, t, case: deleted(t, case=case),
    )
)
_SEQUENCES, _SOURCES = st.integers(-1, 3), st.sampled_from(("desk", "desk", "mail", "phone", "kept"))
_REFERENCES = st.sampled_from(
    (*(5 * [()]), ("K1",), ("K2",), ("K4", "K3"), (f"{THREAD}m1",), (f"{THREAD}m1", f"{THREAD}m2"), (f"{THREAD}m2",))
)
_TITLES = st.sampled_from((*(4 * [None]), "Re: [#K1] the bill", "[#K2] and [#K3]", "Our ref. K4", "The bill of K1"))
_SENDERS = st.sampled_from(
    (
        ("acme", None),
        ("acme", None),
        ("bolt", None),
        ("kept-canary", None),
        (None, "x@acme.example"),
        (None, "x@nobody.example"),
        (None, None),
    )
)


@st.composite
def events_at(draw: st.DrawFn, when: int, drawn: st.SearchStrategy[Maker] = _DRAWN) -> Event:
    """One event at an instant, with an envelope of its own: source, sequence, who the client is."""
    made = draw(drawn)(draw, when, draw(st.sampled_from(_CASES)))
    sequence, source = draw(_SEQUENCES), draw(_SOURCES)
    if source == "kept" and not isinstance(made.fact, Contact):
        source = "desk"
    client, address = (made.client, None) if made.case is None else draw(_SENDERS)
    references = draw(_REFERENCES) if isinstance(made.fact, Contact | Call) else ()
    title = draw(_TITLES) if isinstance(made.fact, Contact) else None
    name = f"{made.id}/{sequence}/{client}/{address}/{references}/{title}"
    envelope: dict[str, Any] = {
        "source": source,
        "sequence": sequence,
        "id": name,
        "client": client,
        "address": address,
    }
    return made._replace(**envelope, references=references, title=title)


@st.composite
def streams(draw: st.DrawFn, most: int = 16, drawn: st.SearchStrategy[Maker] = _DRAWN) -> list[Event]:
    """A stream of events in no certain order, no two with one identity."""
    start = draw(st.sampled_from(_STARTS))
    least = draw(st.integers(1, most))
    offsets = draw(st.lists(st.integers(0, 16) | st.integers(0, 160), min_size=least, max_size=most))
    made = [draw(events_at(start + offset * _STEP_US, drawn)) for offset in offsets]
    return list({event.identity: event for event in made}.values())


def streams_of_calls_and_meetings() -> st.SearchStrategy[list[Event]]:
    """Streams of what callbacks and meetings are made of, with all that moves them from case to case."""
    return streams(drawn=_OF_CALLS_AND_MEETINGS)


@st.composite
def books_of(draw: st.DrawFn, *kinds: Kind) -> Book:
    """A book of each of these kinds, once or twice."""
    numbered = [kind for kind in kinds for _ in range(draw(st.integers(1, 2)))]
    return book(*[draw(promises(kind, number)) for number, kind in enumerate(numbered)], staff=STAFF)


@st.composite
def coverages(draw: st.DrawFn) -> Coverage:
    """Mostly everything was heard; else one gap, of any channel or of some."""
    if draw(_MOSTLY):
        return FULL
    starts_at = draw(st.sampled_from(_STARTS)) + draw(st.integers(0, 40)) * _STEP_US
    channels = draw(st.none() | _subsets("email", "call", "visit"))
    return Coverage((Gap(starts_at, starts_at + draw(st.integers(0, 8)) * _STEP_US, "desk", "a gap", channels),))
