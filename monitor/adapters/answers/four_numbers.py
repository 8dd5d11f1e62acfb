"""The question of the four numbers: promised, expected, attainable and delivered, of each promise to each client in a period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from monitor.adapters.answers.attainability import judged, offer_of, share_of
from monitor.adapters.answers.delivered_counts import Binding, Bound, Expectations, Openings, delivered
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.known_clients import ClientPeriod
from monitor.adapters.answers.pages import Row, Told
from monitor.adapters.answers.reader import keep_to_the_limit
from monitor.adapters.answers.share_counts import clients_by_zone
from monitor.domain.cases.callback_watch import CALLBACK_GIVEN
from monitor.domain.figures.evidence import Finding
from monitor.domain.figures.four_numbers import Delivered, comparable_expectation, lasts, length_of
from monitor.domain.figures.register import promised_words
from monitor.domain.figures.shares import Occasions
from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.domain.hours.period import Period, PeriodKind, period_named, period_of
from monitor.domain.hours.span import Span
from monitor.domain.hours.target import describe_length
from monitor.domain.promises.given_dates import GIVEN_DATE
from monitor.domain.promises.promise import Book, Promise
from monitor.domain.promises.promised_people import MILLION
from monitor.domain.promises.shared_promises import ClientZones, made_to
from monitor.wire.answers.attainability import Weighed, rounded
from monitor.wire.questions.parameters import NumberParameters
from monitor.wire.shown.optional import seconds_or_none


def numbers(known: Known, asked: NumberParameters) -> Told:
    """The rows by client, kind, promise and version; also of what was promised and never came to be owed in the period."""
    return Told([] if known.book is None else list(_Numbers(known, asked, known.book).rows()))


def period_asked(name: str | None, at: InstantUs, zone: str) -> Period:
    """The period of this name in a zone; where none is named, the month of the instant."""
    return period_of(PeriodKind.MONTH, at, zone) if name is None else period_named(name, zone)


def numbers_of(known: Known, about: ClientPeriod, book: Book, *, found: Mapping[Binding, Delivered]) -> list[Row]:
    """The rows of one client and a period, of which what was delivered is counted already."""
    asked = NumberParameters(client=about.client, period=about.period.name)
    return list(_Numbers(known, asked, book).rows_of(about, found))


class _Numbers:
    """The rows of one answer."""

    def __init__(self, known: Known, asked: NumberParameters, book: Book) -> None:
        self._known = known
        self._asked = asked
        self._book = book
        self._zones = ClientZones(book)
        self._versions = versions_of(book)
        self._expectations = expectations_of(book)

    def rows(self) -> Iterator[Row]:
        """Those asked for, counted zone by zone."""
        client = self._asked.client
        found: dict[Binding, tuple[Delivered, Period]] = {}
        for zone, chosen in clients_by_zone(self._zones, client):
            period = period_asked(self._asked.period, self._known.at, zone)
            found |= self._nothing(zone, period)
            cuts = (period.starts_at, period.ends_at)
            openings, usual = Openings(chosen, cuts, client), usual_promises(self._book, client, cuts)
            for binding, stretches in delivered(self._known, openings, self._expectations, usual=usual).items():
                [what] = stretches.values()
                found[binding] = what, period
        yield from self._told(found)

    def rows_of(self, about: ClientPeriod, counted: Mapping[Binding, Delivered]) -> Iterator[Row]:
        """Those of one client and a period, of which what was delivered is counted already."""
        client, period = about
        found = {binding: (what, period) for binding, what in counted.items()}
        yield from self._told(self._nothing(self._zones.zone_of(client), period) | found)

    def _nothing(self, zone: str, period: Period) -> dict[Binding, tuple[Delivered, Period]]:
        """What the book promises in some part of a period to the clients of a zone that it knows, as if nothing came of it."""
        return {
            binding: (_none_of(binding, self._expectations), period)
            for promise in self._book.promises
            if promise.is_judged and promise.starts_at < period.ends_at and period.starts_at < promise.ends_at
            for client in made_to(self._book, promise)
            if self._zones.zone_of(client) == zone
            for binding in [Binding(client, promise.id, promise.version, promise.kind)]
        }

    def _told(self, found: Mapping[Binding, tuple[Delivered, Period]]) -> Iterator[Row]:
        for binding in sorted(found):
            what, period = found[binding]
            promise = self._versions.get((binding.promise, binding.version), (None,))[-1]
            if not _is_wanted(binding, self._asked):
                continue
            row = _row(binding, what, period, promise=promise, zone=self._zones.zone_of(binding.client))
            if self._asked.state in (None, row["state"]):
                yield row | _attainable(self._evidence(binding, promise, period), promise)
                keep_to_the_limit(self._known.connection)

    def _evidence(self, binding: Binding, promise: Promise | None, period: Period) -> tuple[float, Weighed] | None:
        """What the past up to the period's end says of the promise; None where it can't be asked, or is not."""
        if self._asked.client is None or promise is None:
            return None
        offered = offer_of(self._known, promise, self._book, client=binding.client, until=period.ends_at)
        return None if offered is None else (offered.share, judged(self._known, offered, self._book)[1][-1])


def expectations_of(book: Book) -> Expectations:
    """What clients expect, of the versions of promises with which they expect something else than is promised."""
    return {key: comparable_expectation(each) for key, each in versions_of(book).items() if each[-1].expected}


def usual_promises(book: Book, client: str | None, span: Span) -> list[Bound]:
    """By which most obligations are that opened in a span of time, to one client or all."""
    since, until = span
    governing = [
        promise
        for promise in book.promises
        if promise.is_judged
        and promise.starts_at < until
        and since < promise.ends_at
        and (client is None or promise.client in (None, client))
    ]
    return [Bound(promise.id, promise.version, promise.kind) for promise in (*governing, GIVEN_DATE, CALLBACK_GIVEN)]


def versions_of(book: Book) -> dict[tuple[str, int], list[Promise]]:
    """Each version of a promise as the editions have it, the newest last."""
    versions: dict[tuple[str, int], list[Promise]] = {}
    for promise in sorted(book.promises, key=lambda promise: promise.starts_at):
        versions.setdefault((promise.id, promise.version), []).append(promise)
    return versions


def _none_of(binding: Binding, expectations: Expectations) -> Delivered:
    is_unknown = expectations.get((binding.promise, binding.version), 0) is None
    return Delivered(_NOTHING, within_expected=None if is_unknown else 0)


def _is_wanted(binding: Binding, asked: NumberParameters) -> bool:
    return (
        asked.client in (None, binding.client)
        and asked.kind in (None, binding.kind)
        and asked.promise in (None, binding.promise)
    )


def _row(binding: Binding, what: Delivered, period: Period, *, promise: Promise | None, zone: str) -> Row:
    occasions, counted = what.occasions, what.occasions.counted
    target = None if promise is None or not lasts(promise) else promise.target
    expected = None if promise is None else promise.expected
    believed = expected or target
    return {
        "client": binding.client,
        "kind": binding.kind.value,
        "promise": binding.promise,
        "version": binding.version,
        "period": period.name,
        "state": what.state(share_of(promise)).value,
        "promised": None if promise is None else promised_words(promise),
        "promised_seconds": seconds_or_none(length_of(target)),
        "promised_share": share_of(promise) / MILLION,
        "expected": None if believed is None else believed.describe(),
        "expected_seconds": seconds_or_none(length_of(believed)),
        "is_expected_said": expected is not None,
        "kept": occasions.kept,
        "broken": occasions.broken,
        "open_late": what.open_late,
        "of": counted,
        "share": _part(occasions.kept, counted),
        "lower": _part(occasions.kept, counted + occasions.unknown),
        "upper": _part(occasions.kept + occasions.unknown, counted + occasions.unknown),
        "within_expected": what.within_expected,
        "expected_share": None if what.within_expected is None else _part(what.within_expected, counted),
        "kept_unexpected": what.kept_unexpected,
        "median_seconds": seconds_or_none(what.quantile(50)),
        "percentile_95_seconds": seconds_or_none(what.quantile(95)),
        "measured": sum(what.lengths.values()) + what.open_late,
        "unknown": occasions.unknown,
        "waiting": occasions.waiting,
        "excused": occasions.excused,
        "void": occasions.void,
        "starts": format_instant(period.starts_at),
        "ends": format_instant(period.ends_at),
        "zone": zone,
    }


def _attainable(found: tuple[float, Weighed] | None, promise: Promise | None) -> Row:
    if found is None or promise is None or promise.target is None:
        return dict.fromkeys(_ATTAINABLE)
    share, (circle, evidence, _) = found
    tightest = evidence.tightest
    time = "working time" if promise.target.counts_working_time else "calendar time"
    return {
        "attainable": None if tightest is None else f"{describe_length(tightest)} of {time}",
        "attainable_seconds": seconds_or_none(tightest),
        "finding": evidence.finding.value,
        "attainable_share": share,
        "attainable_lower": None if evidence.finding is Finding.TOO_FEW else rounded(evidence.lower),
        "attainable_kept": evidence.kept,
        "attainable_of": evidence.of,
        "circle": circle.kind.value,
        "circle_name": circle.name,
    }


def _part(part: int, whole: int) -> float | None:
    return part * MILLION // whole / MILLION if whole else None


_NOTHING: Final = Occasions()
_ATTAINABLE: Final = (
    *("attainable", "attainable_seconds", "finding", "attainable_share", "attainable_lower"),
    *("attainable_kept", "attainable_of", "circle", "circle_name"),
)
