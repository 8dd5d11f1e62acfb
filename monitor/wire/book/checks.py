"""Whether the parts of a book fit together: every name it uses is defined, and no entry contradicts another.

Each check yields faults and goes on. What two promises do to each other is in `conflicts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Final

from monitor.domain.facts.events import CANARY
from monitor.domain.promises.knowledge import normal_address
from monitor.errors import Fault
from monitor.wire.book.draft import Draft
from monitor.wire.book.faults import one_of, shown
from monitor.wire.book.model import ALWAYS
from monitor.wire.book.promise_base import Running, ScopedEntry
from monitor.wire.book.promises import AnyPromise
from monitor.wire.book.promises_of_people import Attend, Seniority
from monitor.wire.book.scopes import OWED
from monitor.wire.written.yaml_source import Place

_SHORTEST_NUMBER: Final = 3
"""Digits of a telephone number: emergency and internal numbers have three."""


def reference_faults(draft: Draft) -> Iterator[Fault]:
    """Every fault inside one entry, or between an entry and a name it uses."""
    for check in _CHECKS:
        yield from check(draft)
    for position, promise in draft.promises:
        place = ("promises", position)
        if position not in draft.partial:
            yield from _misfits(draft, promise, place)
        for check_promise in _PROMISE_CHECKS:
            yield from check_promise(draft, promise, place)
    for position, entry in draft.owed:
        yield from _misfits(draft, entry, (*OWED, position))
        for check_scope in _SCOPE_CHECKS:
            yield from check_scope(draft, entry, (*OWED, position))


# The book's own sections


def _calendars(draft: Draft) -> Iterator[Fault]:
    if ALWAYS in draft.names("calendars"):
        expected = "another name: `always` is built in and never closes"
        yield draft.source.fault(("calendars", ALWAYS), f"a calendar called {ALWAYS}", expected, at_key=True)
    if "hours" not in draft.damaged:
        yield from _unknown_calendar(draft, draft.book.hours, ("hours",))


def _unknown_calendar(draft: Draft, name: str, place: Place) -> Iterator[Fault]:
    if name != ALWAYS and not draft.knows("calendars", name):
        yield draft.source.fault(place, f"the unknown calendar {shown(name)}", one_of(draft.calendar_names, name))


def _scales(draft: Draft) -> Iterator[Fault]:
    """Grades and tiers, listed once each."""
    for section, listed in (("grades", draft.book.grades), ("tiers", draft.book.tiers)):
        yield from _repeated(draft, ((name, (section, index)) for index, name in enumerate(listed)), "each once")


def _statuses(draft: Draft) -> Iterator[Fault]:
    named = ((name, ("statuses", name)) for name in draft.names("statuses"))
    yield from _repeated(draft, named, "each once: capital letters make no difference")


def _repeated(draft: Draft, named: Iterable[tuple[str, Place]], expected: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for name, place in named:
        if name.casefold() in seen:
            yield draft.source.fault(place, f"{shown(name)} a second time", expected, at_key=True)
        seen.add(name.casefold())


def _clients(draft: Draft) -> Iterator[Fault]:
    if CANARY in draft.book.clients:
        found, expected = f"a client called {CANARY}", "another name: this one is Kept's own, and in no figure"
        yield draft.source.fault(("clients", CANARY), found, expected, at_key=True)
    if not draft.book.tiers or "tiers" in draft.damaged:
        return
    for name, client in draft.book.clients.items():
        if client.tier and client.tier.casefold() not in draft.tiers:
            found = f"the unknown tier {shown(client.tier)}"
            yield draft.source.fault(("clients", name, "tier"), found, one_of(draft.book.tiers, client.tier))


def _contacts(draft: Draft) -> Iterator[Fault]:
    """An address leads to one client."""
    owners: dict[str, str] = {}
    for name, client in draft.book.clients.items():
        for index, written in enumerate(client.contacts):
            place = ("clients", name, "contacts", index)
            address = normal_address(written)
            if not _is_address(address):
                expected = 'a mail address, a mail domain such as "@acme.example" or a telephone number'
                yield draft.source.fault(place, shown(written), expected)
            elif owners.setdefault(address, name) != name:
                yield draft.source.fault(
                    place, shown(written), f"an address of {name} alone: {owners[address]} has it too"
                )


def _is_address(address: str) -> bool:
    if "@" in address:
        return not any(character.isspace() for character in address) and bool(address.rpartition("@")[2])
    return sum(character.isdigit() for character in address) >= _SHORTEST_NUMBER


def _staff(draft: Draft) -> Iterator[Fault]:
    for name, person in draft.book.staff.items():
        place = ("staff", name)
        if person.grade is not None:
            yield from _unknown_grade(draft, person.grade, (*place, "grade"))
        if person.joined and person.left and person.left <= person.joined:
            yield draft.source.fault((*place, "left"), f"{person.left}", f"a day after `joined`, {person.joined}")
        for index, absence in enumerate(person.absent):
            if absence.until <= absence.since:
                found, expected = f"{absence.until}", f"a day after `from`, {absence.since}"
                yield draft.source.fault((*place, "absent", index, "until"), found, expected)


def _unknown_grade(draft: Draft, grade: str, place: Place) -> Iterator[Fault]:
    if "grades" not in draft.damaged and grade not in draft.book.grades:
        yield draft.source.fault(place, f"the unknown grade {shown(grade)}", one_of(draft.book.grades, grade))


def _breaches(draft: Draft) -> Iterator[Fault]:
    """Credits need a currency, and causes are listed once each."""
    breaches = draft.book.breaches
    if breaches is None:
        return
    causes = breaches.causes or ()
    yield from _repeated(draft, ((name, ("breaches", "causes", at)) for at, name in enumerate(causes)), "each once")
    if breaches.currency is None and any(entry.credit is not None for entry in breaches.owed):
        yield draft.source.fault(("breaches",), "credits without a currency", "`currency` beside them, e.g. GBP")
    if not breaches.owed:
        yield draft.source.fault(("breaches",), "nothing that is owed", "`owed` with at least one entry")


def _risk(draft: Draft) -> Iterator[Fault]:
    """Each fact can come about, and there is one at least."""
    risk = draft.book.risk
    if risk is None:
        return
    if risk == type(risk)():
        yield draft.source.fault(("risk",), "no fact that is looked at", "one at least, e.g. `silent_after: 72h`")
    if risk.unowned_after is not None and draft.book.breaches is None and "breaches" not in draft.damaged:
        found, expected = "a time for owning breaches", "`breaches` with what is owed for them"
        yield draft.source.fault(("risk", "unowned_after"), found, expected)
    has_seniority = any(isinstance(promise, Seniority) for _, promise in draft.promises)
    if risk.below_grade and not has_seniority and not draft.partial:
        yield draft.source.fault(("risk", "below_grade"), "it without a promise", "a promise of the kind `seniority`")


_CHECKS: Final[tuple[Callable[[Draft], Iterator[Fault]], ...]] = (
    _calendars,
    _scales,
    _statuses,
    _clients,
    _contacts,
    _staff,
    _breaches,
    _risk,
)


# One promise and the names it uses


def _misfits(draft: Draft, promise: ScopedEntry, place: Place) -> Iterator[Fault]:
    for misfit in promise.misfits():
        yield draft.source.fault((*place, misfit.key) if misfit.key else place, misfit.found, misfit.expected)


def _dates(draft: Draft, promise: ScopedEntry, place: Place) -> Iterator[Fault]:
    since = promise.since or draft.book.since
    if since and promise.until and promise.until <= since:
        whose = "`from`" if promise.since else "the book's `from`"
        yield draft.source.fault((*place, "until"), f"{promise.until}", f"a day after {whose}, {since}")


def _hours(draft: Draft, promise: ScopedEntry, place: Place) -> Iterator[Fault]:
    if promise.hours is not None:
        yield from _unknown_calendar(draft, promise.hours, (*place, "hours"))


def _whom(draft: Draft, promise: ScopedEntry, place: Place) -> Iterator[Fault]:
    client = promise.whom.client if promise.whom else None
    tier = promise.whom.tier if promise.whom else None
    if client is not None and not draft.knows("clients", client):
        found = f"the unknown client {shown(client)}"
        yield draft.source.fault((*place, "for", "client"), found, one_of(draft.names("clients"), client))
    if tier is not None and not draft.damaged & {"tiers", "clients"} and tier.casefold() not in draft.tiers:
        # Without a list of tiers a tier is what clients have, and this promise would match nobody.
        yield draft.source.fault(
            (*place, "for", "tier"), f"the unknown tier {shown(tier)}", one_of(draft.tiers.values(), tier)
        )


def _pauses(draft: Draft, promise: AnyPromise, place: Place) -> Iterator[Fault]:
    pauses = promise.pauses if isinstance(promise, Running) else None
    if not isinstance(pauses, tuple) or "statuses" in draft.damaged:
        return
    known = {name.casefold() for name in draft.names("statuses")}
    for index, status in enumerate(pauses):
        if status.strip().casefold() not in known:
            found = f"the unknown status {shown(status)}"
            yield draft.source.fault((*place, "pauses", index), found, one_of(draft.names("statuses"), status))


def _grade(draft: Draft, promise: AnyPromise, place: Place) -> Iterator[Fault]:
    """A promised grade is on the scale, and somebody has it or a higher one."""
    grade = promise.at_least if isinstance(promise, Attend | Seniority) else None
    if grade is None:
        return
    yield from _unknown_grade(draft, grade, (*place, "at_least"))
    if draft.names("staff") and grade in draft.book.grades and not _is_reached(draft, grade, promise.since):
        yield draft.source.fault((*place, "at_least"), shown(grade), "a grade that somebody in `staff` has reached")


def _is_reached(draft: Draft, grade: str, since: date | None) -> bool:
    """Whether somebody who has not left before the promise begins has the grade or a higher one."""
    if any(fault.key.startswith("staff.") for fault in draft.faults):
        return True  # somebody's grade could not be read
    high_enough = draft.book.grades[draft.book.grades.index(grade) :]
    start = since or draft.book.since or date.min
    return any(
        person.grade in high_enough and (person.left is None or person.left > start)
        for person in draft.book.staff.values()
    )


def _people(draft: Draft, promise: AnyPromise, place: Place) -> Iterator[Fault]:
    """People are on the staff list, if there is one; an author may also be a robot."""
    if not draft.names("staff"):
        return
    for key, others in (("people", ()), ("authors", draft.book.robots)):
        known = {*draft.names("staff"), *others}
        for index, name in enumerate(getattr(promise, key, None) or ()):
            if name not in known:
                found = f"{shown(name)}, who is not in `staff`"
                yield draft.source.fault((*place, key, index), found, one_of(draft.names("staff"), name))


_SCOPE_CHECKS: Final[tuple[Callable[[Draft, ScopedEntry, Place], Iterator[Fault]], ...]] = (_dates, _hours, _whom)
_PROMISE_CHECKS: Final[tuple[Callable[[Draft, AnyPromise, Place], Iterator[Fault]], ...]] = (
    *_SCOPE_CHECKS,
    _pauses,
    _grade,
    _people,
)
