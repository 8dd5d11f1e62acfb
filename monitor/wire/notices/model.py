"""The settings of notices, `notices.yaml`: who is told of what, when, and where Kept may send anything at all.

They are the operator's and not part of the promise book, which an account manager keeps: who is on call is no promise to a
client. Hours are written as calendars of the book are, in this file, so that a new edition of the book wakes nobody at
another time.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.service.notices.content import Links
from monitor.service.notices.notice import BreachEnd, NoticeKind, NoticeRules, Receiver
from monitor.wire.book.faults import one_of
from monitor.wire.book.values import Duration, Entry, Name, as_list, folded_text
from monitor.wire.written.calendars import CalendarModel
from monitor.wire.written.web_addresses import Origin, origin_of

TOLD_KINDS: Final = (NoticeKind.DUE_SOON, NoticeKind.BROKEN, NoticeKind.UNKNOWN, NoticeKind.MISSED, NoticeKind.CANARY)
_PEOPLES: Final = tuple(kind.value for kind in TOLD_KINDS[:-1])
"""What people are told of where nobody says; an Alertmanager of the canary, too, for it knows whom to keep it from."""


def _readable_address(url: str) -> str:
    origin_of(url)
    return url.rstrip("/")


def _readable_page(value: str) -> str:
    """Only people follow it, so it may be a file of their own machine."""
    return value if value.startswith("file:///") else _readable_address(value)


def _read_network(value: object) -> IPv4Network | IPv6Network:
    try:
        return ip_network(str(value))
    except ValueError:
        raise ValueError("expected a network such as 10.0.0.0/8 or an address such as 127.0.0.1") from None


def _read_kind(value: object) -> str:
    known = [kind.value for kind in TOLD_KINDS]
    if value not in known:
        raise ValueError(f"expected {one_of(known, str(value))}")
    return str(value)


WebAddress: TypeAlias = Annotated[Name, AfterValidator(_readable_address)]
PageAddress: TypeAlias = Annotated[Name, AfterValidator(_readable_page)]
Network: TypeAlias = Annotated[
    IPv4Network | IPv6Network, PlainValidator(_read_network), WithJsonSchema({"type": "string"})
]
ToldKind: TypeAlias = Annotated[
    str, PlainValidator(_read_kind), WithJsonSchema({"enum": [kind.value for kind in TOLD_KINDS]})
]
Kinds: TypeAlias = Annotated[tuple[ToldKind, ...], Field(min_length=1), BeforeValidator(as_list)]


class LinksEntry(Entry):
    """Where people find what a notice is about."""

    kept: WebAddress | None = Field(None, description="Where Kept's interface is reached by people.")
    runbook: PageAddress | None = Field(
        None, description="The page with a heading for each alert; may be a `file:///`."
    )


class ReceiverEntry(Entry):
    """Somebody who is told: an Alertmanager or a webhook."""

    name: Name = Field(description="What commands and metrics call it.")
    alertmanager: WebAddress | None = Field(None, description="Where an Alertmanager is, e.g. http://127.0.0.1:9093.")
    token_file: Name | None = Field(None, description="A file with a bearer token for what stands before it.")
    webhook: WebAddress | None = Field(None, description="The address that signed messages are posted to.")
    secret_files: Annotated[tuple[Name, ...], BeforeValidator(as_list)] = Field(
        (), description="Files with a secret each (`whsec_...`); two while one is being changed."
    )
    about: Kinds | None = Field(
        None,
        description="Of which it is told: due_soon, broken, unknown, missed, canary. Default: all, but a webhook not of canary.",
    )


class RemindEntry(Entry):
    """When webhooks are reminded of what is still broken. Alertmanager repeats by its own settings."""

    every: Duration = Field(description="How long after the last message, e.g. 4h.")
    hours: CalendarModel | None = Field(None, description="Only in these hours, written as a calendar of the book.")


class NoticesEntry(Entry):
    """All settings of notices."""

    receivers: Annotated[tuple[ReceiverEntry, ...], Field(min_length=1)] = Field(description="Who is told.")
    allow: Annotated[tuple[WebAddress, ...], Field(min_length=1), BeforeValidator(as_list)] = Field(
        description="Where Kept may send anything: scheme, host and port."
    )
    private: Annotated[tuple[Network, ...], BeforeValidator(as_list)] = Field(
        (), description="Networks that are not public and may be sent to all the same."
    )
    authorities: Name | None = Field(None, description="A file of certificates to trust instead of the system's.")
    links: LinksEntry = Field(LinksEntry(), description="Where people find what a notice is about.")
    stays: Duration = Field(15 * MINUTE_US, description="How long a breach is shown after it was done late.")
    breach_ends: Annotated[BreachEnd, BeforeValidator(folded_text)] = Field(
        BreachEnd.DONE, description="What ends the notice of a breach: that it was done late, acknowledged, or owned."
    )
    remind: RemindEntry | None = Field(None, description="When to remind; nobody is where this is left out.")
    storm_above: Annotated[int, Field(ge=1, le=10_000)] = Field(
        20, description="More of a kind than this within a minute, or by one edition of the book, are one notice."
    )
    give_up_after: Duration = Field(24 * HOUR_US, description="How long a message is tried.")

    @property
    def origins(self) -> frozenset[Origin]:
        """Where something may be sent."""
        return frozenset(map(origin_of, self.allow))

    @property
    def linked(self) -> Links:
        """The links in notices."""
        return Links(self.links.kept, self.links.runbook)

    def rules(self) -> NoticeRules:
        """What the notifier goes by."""
        hours = None if self.remind is None or self.remind.hours is None else self.remind.hours.compile()
        return NoticeRules(
            tuple(map(receiver_of, self.receivers)),
            stays=self.stays,
            breach_ends=self.breach_ends,
            storm_above=self.storm_above,
            remind_every=None if self.remind is None else self.remind.every,
            remind_hours=hours,
            give_up_after=self.give_up_after,
        )


def receiver_of(entry: ReceiverEntry) -> Receiver:
    """A receiver as the service knows it."""
    is_alertmanager = entry.alertmanager is not None
    default = (*_PEOPLES, NoticeKind.CANARY.value) if is_alertmanager else _PEOPLES
    return Receiver(entry.name, frozenset(entry.about or default), hears_standing_only=is_alertmanager)
