"""What a report says: the answers to the questions about one client and one period, all as of one recorded instant.

Rows are counted by the database. What would be long is cut, and it is said how much is left out: breaches and corrections after
so many, people where the period has more work than is told again in a moment.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select

from monitor.adapters.answers.breaches import opened_in
from monitor.adapters.answers.client_counts import ClientCounts
from monitor.adapters.answers.client_reading import Verdicts
from monitor.adapters.answers.client_words import words_of
from monitor.adapters.answers.four_numbers import numbers_of, versions_of
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.known_clients import ClientPeriod, known_client
from monitor.adapters.answers.pages import Row
from monitor.adapters.answers.people import people
from monitor.adapters.answers.shares import shares
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.row_shapes import decision_row
from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.domain.hours.period import period_named
from monitor.domain.promises.promise import Book
from monitor.domain.promises.shared_promises import ClientZones
from monitor.wire.questions.parameters import PeopleParameters, ShareParameters

MOST_LISTED: Final = 200
"""Breaches and corrections listed one by one: a report is read by people."""
MOST_RETOLD: Final = 5_000
"""Obligations up to which people are told: their events are read again, some tens of thousands a second."""


def content_of(known: Known, client: str, period_name: str) -> Row:
    """The body of a report, from what was known; raises NothingKnown."""
    book, name = known_client(known, client)
    zone = ClientZones(book).zone_of(client)
    period = period_named(period_name, zone)
    about = ClientPeriod(client, period)
    counts = ClientCounts(known, about, book)
    found = numbers_of(known, about, book, found=counts.delivered())
    listed = opened_in(known, about, most=MOST_LISTED)
    breaches = {"total": sum(row["broken"] + row["excused"] for row in found), "rows": listed}
    return {
        "client": client,
        "client_name": name,
        "firm": book.name,
        "period": period.name,
        "starts": format_instant(period.starts_at),
        "ends": format_instant(period.ends_at),
        "zone": zone,
        "as_of": format_instant(known.at),
        "is_over": period.ends_at <= known.at,
        "issued": None,
        "said": _said(book, found),
        "numbers": found,
        "breaches": breaches,
        "credits": _credits(breaches),
        "shares": _shares(known, counts, found),
        "people": _people(known, about, found),
        "word": words_of(known, about, _record(found)),
        "restated": None,
    }


def _said(book: Book, rows: Any) -> Row:
    """Who promised it, where, when and in which words, by promise and version."""
    versions = versions_of(book)
    keys = {(row["promise"], row["version"]) for row in rows}
    found = {key: versions[key][-1].said for key in sorted(keys & versions.keys())}
    return {
        f"{promise} {version}": {"by": said.by, "on": said.on, "where": said.where, "words": said.words}
        for (promise, version), said in found.items()
        if said is not None
    }


def _credits(breaches: Row) -> list[Row] | None:
    """What is owed and given in money, by currency; None where not all breaches are listed."""
    if breaches["total"] > len(breaches["rows"]):
        return None
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: {"owed": Decimal(0), "given": Decimal(0)})
    for row in breaches["rows"]:
        for which in ("owed", "given"):
            if row[f"credit_{which}"] is not None:
                sums[row[f"credit_{which}_currency"]][which] += Decimal(row[f"credit_{which}"])
    return [
        {"currency": currency, "owed": f"{each['owed']:.2f}", "given": f"{each['given']:.2f}"}
        for currency, each in sorted(sums.items())
    ]


def _shares(known: Known, counts: ClientCounts, rows: Any) -> list[Row]:
    """Shares over the periods in it; those of the work, for which events are read again, only where they are not too many."""
    client, period = counts.about
    if period.starts_at > known.at:
        return []
    asked = ShareParameters.model_construct(client=client, since=period.starts_at, until=period.ends_at)
    return list(shares(known, asked, counts.shares, with_work=not _is_long(rows)).rows)


def _is_long(rows: Any) -> bool:
    """Whether there are more obligations than are told again in a moment."""
    counted = ("of", "waiting", "excused", "void", "unknown")
    return bool(sum(row[name] for row in rows for name in counted) > MOST_RETOLD)


def _record(rows: Any) -> Verdicts:
    """What became of all that opened in the period."""
    return Verdicts(*(sum(row[name] for row in rows) for name in Verdicts._fields))


def _people(known: Known, about: ClientPeriod, rows: Any) -> list[Row] | None:
    if _is_long(rows):
        return None
    client, period = about
    asked = PeopleParameters.model_construct(client=client, since=period.starts_at, until=period.ends_at)
    return list(people(known, asked).rows)


def restated_since(known: Known, body: Row, since: InstantUs) -> Row:
    """What is known now and came to be seen otherwise since an instant, of the obligations a report is about, with causes."""
    period = period_named(body["period"], body["zone"])
    row = t.DECISIONS.c
    wanted = (
        row.client == body["client"],
        row.opened >= period.starts_at,
        row.opened < period.ends_at,
        row.recorded > since,
        row.recorded <= known.as_of,
        row.restated,
    )
    total = known.connection.scalar(select(func.count()).select_from(t.DECISIONS).where(*wanted)) or 0
    found = known.connection.execute(select(t.DECISIONS).where(*wanted).order_by(row.position).limit(MOST_LISTED))
    return {"total": total, "rows": [decision_row(each) for each in found]}
