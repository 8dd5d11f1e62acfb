"""A case as it is played: where time stands, who has it, and how its events are written.

A story (`stories.py`) says what happens next; the scene knows how long that takes. The firm means to keep its
promises: it gets round to a thing after a share of the time promised, mostly well under one, sometimes over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import log
from random import Random  # noqa: TID251  the simulator throws dice
from typing import Any, Final, TypeAlias

from monitor.conventions.media_types import JSON
from monitor.demo.firm import SOLD_ON_PARTNERS, Firm
from monitor.demo.roster import Colleague
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.hours.instant import (
    FOREVER_US,
    HOUR_US,
    MINUTE_US,
    SECOND_US,
    DurationUs,
    InstantUs,
    format_instant,
)
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.promise import Kind, Promise, Subject, Terms

Step: TypeAlias = tuple[InstantUs, dict[str, Any]]
"""A CloudEvent and the instant it carries."""
Story: TypeAlias = Iterator[Step]

HELPDESK: Final = "/helpdesk"
MAIL: Final = "/mail"
TELEPHONY: Final = "/telephony"
CALENDAR: Final = "/calendar"
TIMESHEETS: Final = "/timesheets"
SURVEYS: Final = "/surveys"

IN_PROGRESS: Final = "in progress"

MILLISECOND_US: Final[DurationUs] = 1_000

MEDIANS: Final = {
    Kind.FIRST_RESPONSE: 0.36,
    Kind.NEXT_RESPONSE: 0.36,
    Kind.UPDATE_EVERY: 0.5,
    Kind.OWN: 0.3,
    Kind.RESOLVE: 0.34,
    Kind.BY: 0.4,
    Kind.ANSWER_CALL: 0.4,
    Kind.CALLBACK: 0.45,
}
"""The share of the time promised that half of all cases take."""
SPREAD: Final = 0.55
"""How far shares differ from case to case: the logarithm's standard deviation. With a median of 0.36 three in a hundred are late."""
UNPROMISED: Final[DurationUs] = 6 * HOUR_US
"""What the firm aims at where nothing was promised."""
APOLOGISED_FOR: Final = (Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE, Kind.RESOLVE)
"""Kinds whose breach the firm notices and owns up to."""
BEGINNERS: Final = 1.25
"""How much longer a trainee takes."""
URGENT: Final = 0.3
"""How much of the usual time people take over what is urgent."""
NEGLECT: Final = 1.3
"""How much longer everything takes for the client that was sold on partners."""


@dataclass(slots=True, kw_only=True)
class Scene:
    """One case being played. `at` is where its time stands."""

    firm: Firm
    dice: Random
    case: str
    client: str
    at: InstantUs
    channel: str
    priority: str
    service: str
    tags: tuple[str, ...]
    opened_at: InstantUs = 0
    holder: Colleague | None = None
    paused: bool = False
    paused_us: DurationUs = 0
    """How long the case has stood still so far."""
    late: list[Kind] = field(default_factory=list)
    """Kinds of promises that were broken here, as far as the firm noticed."""
    written: int = 0
    last_at: InstantUs = 0
    _paused_at: InstantUs = 0
    update_at: InstantUs = FOREVER_US
    """When the client is next told where things stand."""

    # Writing events

    def event(self, type_: str, source: str, data: dict[str, Any], *, named: bool = True) -> Step:
        """The CloudEvent of something that happens now; `named` says whether it names the client."""
        self.at = self.last_at = max(self.at // MILLISECOND_US * MILLISECOND_US, self.last_at + MILLISECOND_US)
        self.written += 1
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": f"{self.case}.{self.written}",
            "source": source,
            "type": type_,
            "time": format_instant(self.at),
            "subject": self.case,
        }
        if named and self.client != UNIDENTIFIED:
            event["client"] = self.client
        event["datacontenttype"] = JSON
        event["data"] = data
        return self.at, event

    def branch(self, suffix: str) -> Scene:
        """A case that begins in the middle of this one, about the same client."""
        return Scene(
            firm=self.firm,
            dice=Random(self.dice.random()),  # noqa: S311  no secret
            case=self.case + suffix,
            client=self.client,
            at=self.at,
            channel=self.channel,
            priority=self.priority,
            service=self.service,
            tags=self.tags,
            opened_at=self.at,
        )

    # People

    @property
    def address(self) -> str:
        """The address of one of the client's people, the same one for the whole case."""
        addresses = self.firm.desk(self.client).addresses
        return addresses[sum(self.case.encode()) % len(addresses)]

    @property
    def number(self) -> str:
        """The client's telephone number, the same one for the whole case."""
        numbers = self.firm.desk(self.client).numbers
        return numbers[sum(self.case.encode()) % len(numbers)]

    def somebody(self) -> Colleague:
        """Whoever is given a piece of this client's work now."""
        return self.firm.somebody(self.client, self.at, self.dice)

    def author(self) -> str:
        """Who of the firm speaks now: the holder while at work, else somebody on duty."""
        holder = self.holder
        if holder is not None and self.firm.roster.is_on_duty(holder, self.at):
            return holder.name
        return self.somebody().name

    # Time

    def pause_for(self, shortest: DurationUs, longest: DurationUs) -> None:
        """Some time passes, whatever the hour."""
        self.at += self.dice.randint(shortest, longest)

    def client_thinks(self, median: DurationUs) -> None:
        """The client takes its time, in its own hours; a client of the highest tier sometimes writes at night."""
        length = int(self.dice.lognormvariate(log(median), 0.8) * self.haste)
        at_night = self.firm.desk(self.client).tier == "gold" and self.dice.random() < 0.2
        self.at = self.at + length if at_night else self.firm.desk(self.client).hours.after(self.at, length)

    def firm_works(self, shortest: DurationUs, longest: DurationUs) -> None:
        """The firm takes some working time."""
        self.at = self.hours().after(self.at, int(self.dice.randint(shortest, longest) * self.haste))

    @property
    def haste(self) -> float:
        """Everybody is quicker with what is urgent."""
        return URGENT if self.priority == "urgent" else 1.0

    def hours(self) -> WorkingHours:
        """The hours in which the firm works on this case."""
        calendars = self.firm.book.calendars
        if self.firm.desk(self.client).tier == "gold":
            return calendars["always" if self.priority == "urgent" else "follow the sun"]
        return calendars[self.firm.desk(self.client).office]

    # Promises

    def terms(self, at: InstantUs) -> Terms:
        """What was promised for a case like this one."""
        tier = None if self.client == UNIDENTIFIED else self.firm.tier_of(self.client, at)
        subject = Subject(self.client, tier, self.priority, self.channel, self.service, frozenset(self.tags))
        return self.firm.book.terms(subject, at)

    def done_at(self, kind: Kind, start: InstantUs) -> InstantUs:
        """When the firm has done what it promised from `start` on; notes it where that is late."""
        promise = self.terms(start).of(kind)
        hours, length = self._promised(promise, start)
        share = self.share(kind)
        if share > 1 and promise is not None and kind in APOLOGISED_FOR and kind not in self.late:
            self.late.append(kind)
        return hours.after(start, max(SECOND_US, int(length * share)))

    def share(self, kind: Kind) -> float:
        """How much of the time promised something takes."""
        share = self.dice.lognormvariate(log(MEDIANS[kind]), SPREAD) * self.firm.seasons.slowness(self.at)
        if self.holder is not None and self.holder.grade == "trainee":
            share *= BEGINNERS
        return share * NEGLECT if self.client == SOLD_ON_PARTNERS else share

    def _promised(self, promise: Promise | None, start: InstantUs) -> tuple[WorkingHours, DurationUs]:
        """The hours and the working time of a promise, or what the firm aims at by itself."""
        if promise is None or promise.target is None:
            return self.hours(), UNPROMISED
        due = promise.target.due(start, promise.hours)
        return promise.hours, promise.hours.between(start, due)

    # What several stories do

    def stand(self, status: str) -> Step:
        """The case is in another status; in one that is not `in progress` it stands still."""
        step = self.event("ticket.changed", HELPDESK, {"status": status})
        if self.paused:
            self.paused_us += self.at - self._paused_at
        self.paused, self._paused_at = status != IN_PROGRESS, self.at
        return step

    def until(self, instant: InstantUs) -> Story:
        """Time passes up to an instant; on the way the client hears from the firm as often as was promised."""
        while self.update_at < instant and not self.paused:
            self.at = max(self.at, self.update_at)
            yield self.says("Still working on it; here is where we are.")
        self.at = max(self.at, instant)

    def says(self, words: str) -> Step:
        """The firm writes to the client, on the case's channel or by mail."""
        author = self.author()
        if self.channel in {"chat", "portal"}:
            step = self.event("chat.sent", HELPDESK, {"channel": self.channel, "author": author, "text": words})
        elif self.channel == "letter" and self.dice.random() < 0.4:
            step = self.event("letter.sent", MAIL, {"author": author})
        else:
            step = self.event("email.sent", MAIL, {"address": self.address, "author": author, "text": words})
        self.heard_from_us()
        return step

    def heard_from_us(self) -> None:
        """The client has just heard from the firm: the next update counts from here."""
        promised = self.terms(self.at).update_every
        self.update_at = FOREVER_US if promised is None else self.done_at(Kind.UPDATE_EVERY, self.at)

    def client_says(self, words: str, **more: Any) -> Step:
        """The client writes, on the case's channel or by mail, sometimes without an event that names the client.

        `more` is what else the event says.
        """
        if self.channel in {"chat", "portal"}:
            data = {"channel": self.channel, "address": self.address, "text": words}
            return self.event("chat.received", HELPDESK, data | more)
        data = {"address": self.address, "text": words} | more
        return self.event("email.received", MAIL, data, named=self.dice.random() < 0.5)

    def is_written_down(self) -> Story:
        """The time worked is booked, more often than not."""
        if self.dice.random() < 0.55:
            worked = self.dice.randint(5, 90) * 60
            self.at += MINUTE_US
            yield self.event("work.logged", TIMESHEETS, {"person": self.author(), "seconds": worked})
