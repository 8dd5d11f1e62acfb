"""Reports: drafts made of the journal, and those that were issued, kept as they were.

An issued report is the same whenever it is shown; beside it stands what came to be seen otherwise since.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, func, insert, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.pages import Plan, Row, Stage
from monitor.adapters.answers.plans import Scene
from monitor.adapters.answers.report_content import content_of, restated_since
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.patient_writing import PatientWriter
from monitor.domain.hours.instant import InstantUs, format_instant, parse_instant
from monitor.wire.questions.parameters import ReportParameters

_ROW: Final = t.REPORTS.c
_TOLD: Final = (_ROW.number, _ROW.issued, _ROW.client, _ROW.period, _ROW.as_of, _ROW.author)


def drafted(connection: Connection, client: str, period: str, *, as_of: InstantUs | None, now: InstantUs) -> Row:
    """A report that nobody issued, as of an instant, failing one now; raises NothingKnown."""
    return content_of(Known.by(connection, as_of, now=now), client, period)


def issue(engine: Engine, body: Row, *, author: str, now: InstantUs) -> Row:
    """Keeps a draft as an issued report and says which: raises TransientError where the database does not work."""
    content = orjson.dumps(body)

    def write(connection: Connection) -> Row:
        number = int(connection.scalar(select(func.max(_ROW.number))) or 0) + 1
        values = (number, now, body["client"], body["period"], parse_instant(body["as_of"]), author)
        named = dict(zip((column.name for column in _TOLD), values, strict=True))
        connection.execute(insert(t.REPORTS).values(**named, content=content))
        return _row(values)

    return PatientWriter(engine).write(write)


def issued(connection: Connection, number: int) -> Row | None:
    """An issued report as it was, with what was restated since; None where there is none of that number."""
    found = connection.execute(select(*_TOLD, _ROW.content).where(_ROW.number == number)).first()
    if found is None:
        return None
    *told, content = found
    body = orjson.loads(content)
    restated = restated_since(Known.by(connection), body, found.as_of)
    return {**body, "issued": _row(told), "restated": restated}


def reports(asked: ReportParameters, _: Scene) -> Plan:
    """Which reports were issued."""
    wanted = [] if asked.client is None else [_ROW.client == asked.client]
    return Plan(select(*_TOLD).where(*wanted), [Stage((_ROW.number,))], lambda rows: [_row(row) for row in rows])


def _row(row: Sequence[Any]) -> Row:
    number, at, client, period, as_of, author = row[:6]
    return {
        "report": number,
        "issued": format_instant(at),
        "client": client,
        "period": period,
        "as_of": format_instant(as_of),
        "author": author,
    }
