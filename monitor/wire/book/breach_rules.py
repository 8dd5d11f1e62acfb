"""From the book's section `breaches` to the domain's rules."""

from __future__ import annotations

from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.promise import Kind, Promise
from monitor.domain.promises.promised_amends import BreachRule, CreditRule
from monitor.wire.book.breaches import CreditEntry, OwedEntry
from monitor.wire.book.model import BookEntry
from monitor.wire.book.scopes import Scope


def breach_rule(book: BookEntry, entry: OwedEntry, scope: Scope, hours: WorkingHours, hours_name: str) -> BreachRule:
    """The rule that an entry without faults is; each of its steps is a promise of its own kind under the entry's name."""
    breaches = book.breaches
    assert breaches is not None
    steps = {
        kind: Promise(
            id=entry.id,
            version=entry.version,
            kind=kind,
            starts_at=scope.starts_at,
            ends_at=scope.ends_at,
            hours=hours,
            hours_name=hours_name,
            target=target,
            client=scope.client,
            tier=scope.tier,
            when=scope.when,
            warn=entry.warn or (),
        )
        for kind, target in entry.targets().items()
    }
    return BreachRule(
        id=entry.id,
        version=entry.version,
        steps=steps,
        kinds=None if entry.of is None else frozenset(entry.of),
        causes=frozenset(cause.casefold() for cause in breaches.causes or ()),
        despite_excuse=frozenset(Kind(step) for step in entry.despite_excuse or ()),
        credit=_credit(entry.credit, str(breaches.currency), book.zone),
    )


def _credit(entry: CreditEntry | None, currency: str, zone: str) -> CreditRule | None:
    if entry is None:
        return None
    return CreditRule(entry.sum_owed(), currency, entry.at_most, entry.each, zone)
