"""One case read from the journal: as it stands, and as it is explained from what was recorded of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.pages import Cursor, page
from monitor.adapters.answers.plans import Scene, obligations
from monitor.adapters.answers.testimony import testimony_about
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.row_shapes import case_row
from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.service.judging.case_accounts import account_of
from monitor.wire.answers.explanations import explain_matter
from monitor.wire.events.cloud_events import recall_event
from monitor.wire.questions.parameters import MOST_ROWS, ObligationParameters


def case_as_it_stands(connection: Connection, name: str, now: InstantUs) -> dict[str, Any] | None:
    """The case of a name with its obligations, soonest due first; None where there is none."""
    found = connection.execute(select(t.CASES).where(t.CASES.c.id == name)).first()
    if found is None:
        return None
    known = Known.by(connection)
    as_of = known.as_of
    asked = ObligationParameters.model_construct(case=name, state="all")
    start = Cursor(asked="", as_of=as_of, at=as_of, stage=0, values=())
    answer = page(connection, obligations(asked, Scene(known, now)), start, limit=MOST_ROWS)
    return {
        "as_of": format_instant(as_of) if as_of else None,
        "case": case_row(found),
        "obligations": answer.rows,
    }


def explained_case(connection: Connection, name: str, as_of: InstantUs) -> dict[str, Any] | None:
    """What is told of a case as of an instant, from what was recorded by then; None where nothing names it.

    Raises ConfigError where there was no book.
    """
    known = Known(connection, as_of)
    book = known.book
    if book is None:
        return None
    account = account_of(name, book, as_of, lambda sources: testimony_about(known, name, sources), recall_event)
    if account is None:
        return None
    return {
        "as_of": format_instant(as_of),
        "case": name,
        "cases": sorted({name, *account.matter.cases}),
        "lines": list(explain_matter(account.matter, account.judgement)),
    }
