"""One case in words, so that a client's lawyer could follow it: what happened, what was promised, and why each hour counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from monitor.domain.cases.case import Case
from monitor.domain.cases.conduct import Conduct
from monitor.domain.cases.explanation import Account, Interval, accounts_of
from monitor.domain.cases.handoffs import describe_limits
from monitor.domain.cases.joining import THREAD, names_in
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.obligation import Obligation, Verdict
from monitor.domain.cases.owning import StepObligation
from monitor.domain.cases.seniority import Fitness, fitness
from monitor.domain.cases.statement import Statement, describe_event
from monitor.domain.facts.events import Event, Meeting
from monitor.domain.figures.delivered import Work, seniority_of, work_of
from monitor.domain.figures.ledger import ledger
from monitor.domain.hours.instant import SECOND_US, DurationUs, InstantUs, format_instant
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.promise import PEOPLE_KINDS, Kind, Promise
from monitor.domain.work.directory import Directory
from monitor.service.judging.judgement import Judgement

_AS_PROMISED: Final = {
    Fitness.FIT: "as promised",
    Fitness.BELOW: "not as promised",
    Fitness.UNKNOWN: "too little is known to say whether as promised",
}


def explain_matter(matter: Matter, judgement: Judgement) -> Iterator[str]:
    """The explanation of every case of a matter, line by line."""
    for case in matter.cases.values():
        if case.opened_at is not None:
            yield from _explain_case(case, matter, judgement)
        else:
            yield f"Case {case.id}: no event that could open it has happened, so nothing is owed in it."


def _explain_case(case: Case, matter: Matter, judgement: Judgement) -> Iterator[str]:
    now = judgement.now
    yield f"Case {case.id} of client {case.client}, as of {format_instant(now)}"
    yield "All instants are in UTC; where a calendar has another zone, its local time stands beside them."
    yield ""
    yield "What happened"
    for event in matter.events:
        yield f"  {_shown(event.time, case.book.hours)}  {_told(event)}{_belonging(event, case)}"
    coverage = judgement.gathering.ears.coverage(now)
    for account in accounts_of(case, now, coverage):
        yield ""
        yield from _explain_obligation(account)
    for kind in sorted(case.unpromised):
        yield ""
        yield f"{kind.value}: no promise applies to this case."
    if case.conduct is not None:
        yield ""
        yield from _explain_people(case, case.conduct, matter.directory)
    yield ""
    yield from _explain_ledger(case, judgement)
    yield ""


def _told(event: Event) -> str:
    """An event in words: what its fact says, and where it comes from."""
    fact = event.fact
    said = ", ".join(
        f"{name.replace('_', ' ')} {_value(name, value)}"
        for name, value in zip(fact._fields, fact, strict=True)
        if value not in (None, False, frozenset(), ())
    )
    return f"{event.type}{': ' + said if said else ''}  [{event.source} {event.id}]"


def _belonging(event: Event, case: Case) -> str:
    """Why an event is told in this case, where it came as another one: the case it came as, and those it names."""
    came_as = [] if event.case in (None, case.id) else [f"came as case {event.case}"]
    named = [name for name in names_in(event, case.book) if name != event.case and not name.startswith(THREAD)]
    names = [f"names case {name}" for name in named]
    answers = ["answers or is answered by another message"] if came_as and not named and event.references else []
    return "".join(f", {words}" for words in (*came_as, *names, *answers))


_INSTANTS: Final = frozenset({"at", "by", "joined", "left", "started_at"})
"""What holds an instant in a fact, where it holds a number."""


def _value(name: str, value: object) -> str:
    if isinstance(value, Meeting):
        return _meeting(value)
    if type(value) is int:
        return format_instant(value) if name in _INSTANTS else _length(value)
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value)))
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "yes" if value is True else str(getattr(value, "value", value))


def _meeting(meeting: Meeting) -> str:
    """Which meeting it was, and what is told of it beside who of the firm came."""
    client = "" if meeting.client_came else ", the client did not come"
    firm = "" if meeting.tells_who else ", nobody tells who came"
    return f"{meeting.name or 'without a name'}{client}{firm}"


def _explain_obligation(account: Account) -> Iterator[str]:
    obligation, statement = account.obligation, account.statement
    promise, hours = obligation.promise, obligation.promise.hours
    yield f"{promise.kind.value}: {statement.verdict.value}. {_sentence(statement)}"
    yield f"  promise       {promise.id} version {promise.version}{_said(promise)}"
    yield f"  target        {_target(obligation)}"
    yield f"  opened        {_shown(obligation.opened, hours)}  by {_opener(obligation)}"
    for attempt in obligation.attempts:
        yield f"  tried         {_shown(attempt.time, hours)}  {describe_event(attempt)}: did not reach the client"
    for at, what in obligation.changes:
        yield f"  changed       {_shown(at, hours)}  {what}"
    # What is done decides about conduct, and no time does.
    if promise.kind not in PEOPLE_KINDS:
        for interval in account.intervals:
            yield f"  {_interval(interval, hours)}"
        yield f"  counted       {_length(statement.elapsed)}{_paused(statement)}"
    yield f"  due           {_due(statement, hours)}"
    if statement.ended is not None:
        by = obligation.ended_by
        yield f"  ended         {_shown(statement.ended, hours)}{f'  by {by.type} [{_identity(by)}]' if by else ''}"
    if statement.late_calendar is not None and statement.late_working is not None:
        yield f"  late          {_length(statement.late_working)} of working time, {_length(statement.late_calendar)} by the calendar"
    elif statement.remaining is not None:
        yield f"  left          {_length(statement.remaining)}"


def _opener(obligation: Obligation) -> str:
    if isinstance(obligation, StepObligation):
        return f"the breach of {obligation.of.id}"
    return f"{obligation.opened_by.type} [{_identity(obligation.opened_by)}]"


def _sentence(statement: Statement) -> str:
    reason = statement.reason
    return reason[:1].upper() + reason[1:] + ("." if reason else "")


def _said(promise: Promise) -> str:
    said = promise.said
    if said is None:
        return ""
    where = ", ".join(part for part in (said.by, said.on, said.where) if part)
    words = f': "{said.words}"' if said.words else ""
    return f" ({where}{words})" if where or words else ""


def _due(statement: Statement, hours: WorkingHours) -> str:
    if statement.due is not None:
        return _shown(statement.due, hours)
    return "not while paused" if statement.verdict is Verdict.PAUSED else "never: what is done decides it"


def _target(obligation: Obligation) -> str:
    promise = obligation.promise
    if promise.attend is not None:
        return promise.attend.words
    if promise.kind is Kind.CALLBACK and obligation.promised_by is not None:
        return "the time promised"
    if promise.seniority is not None:
        return promise.seniority.words
    if promise.handoffs is not None:
        return f"{describe_limits(promise.handoffs)}, hours {promise.hours_name!r} ({promise.hours.zone})"
    if promise.target is None:
        return "the date given"
    return f"{promise.target.describe()}, hours {promise.hours_name!r} ({promise.hours.zone})"


def _paused(statement: Statement) -> str:
    return f", {_length(statement.paused)} paused" if statement.paused else ""


def _interval(interval: Interval, hours: WorkingHours) -> str:
    span = f"{_shown(interval.starts_at, hours)} to {_shown(interval.ends_at, hours)}"
    return f"{span}  {_length(interval.counted):>12}  {interval.why}"


def _explain_people(case: Case, conduct: Conduct, directory: Directory) -> Iterator[str]:
    """Who did what, beside what was promised of them, and through whose hands the case went."""
    promise = seniority_of(case)
    promised = (
        "" if promise is None or promise.seniority is None else f"; promised: {promise.seniority.words} [{promise.id}]"
    )
    yield f"Who did what since the opening{promised}"
    hours = case.book.hours
    for done in work_of(case, conduct, directory):
        touch = done.touch
        length = "" if touch.length is None else f" for {_length(touch.length)}"
        who = directory.describe(touch.person, touch.at)
        found = "" if done.fitness is None else f", {_as_promised(done, directory)}"
        yield f"  {_shown(touch.at, hours)}  {who}: {touch.way.value}{length}{found}  [{_identity(touch.event)}]"
    for move in [holding.move for holding in conduct.holdings if holding.move is not None]:
        kind = "return" if move.is_return else "hand-off"
        between = " between teams" if move.is_between_teams else ""
        yield f"  {_shown(move.at, hours)}  {kind}{between} from {move.giver} to {move.taker}"
    for handed_down in conduct.hand_downs:
        yield f"  {_shown(handed_down.at, hours)}  handed down from {handed_down.giver.described} to {handed_down.taker.described}"


def _as_promised(done: Work, directory: Directory) -> str:
    """Whether whoever did something is who was promised, or stood in for them as the promise allows."""
    assert done.promise is not None
    assert done.promise.seniority is not None
    assert done.fitness is not None
    alone = replace(done.promise.seniority, substitution=None)
    if done.fitness is Fitness.FIT and fitness(alone, done.touch.person, done.touch.at, directory) is not Fitness.FIT:
        return "standing in, as the promise allows"
    return _AS_PROMISED[done.fitness]


def _explain_ledger(case: Case, judgement: Judgement) -> Iterator[str]:
    totals = ledger(case, judgement.now, judgement.gathering.directory)
    yield "Whose time it was, from the opening to the closing or to now"
    for account, length in totals.items():
        grade = f" ({account.grade})" if account.grade else " (grade unknown)" if account.is_person else ""
        yield f"  {_length(length):>14}  {account.name}{grade}"
    yield f"  {_length(sum(totals.values())):>14}  in all"


def _identity(event: Event) -> str:
    return f"{event.source} {event.id}"


def _shown(instant: InstantUs, hours: WorkingHours) -> str:
    """An instant in UTC, with the local time beside it where the calendar has another zone."""
    utc = format_instant(instant)
    if hours.zone == "UTC":
        return utc
    local = hours.to_local_datetime(instant)
    return f"{utc} ({local:%a %d %b %H:%M:%S} {local.tzname()})"


def _length(length: DurationUs) -> str:
    """A duration exactly, in hours, minutes and seconds."""
    seconds, rest = divmod(length, SECOND_US)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    fraction = f".{rest:06d}" if rest else ""
    return f"{hour}:{minute:02d}:{second:02d}{fraction} h"
