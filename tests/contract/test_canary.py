"""The canary is in no figure: a firm's journal with it answers and counts as one without it does."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import func, select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import open_canaries
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.moving import _check_totals
from monitor.demo.simulate import events
from monitor.domain.facts.canary import EVERY_US, case_at
from monitor.domain.facts.events import CANARY
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, from_datetime
from monitor.service.doors.arrivals import Arrival
from monitor.service.intake.canary_source import CanarySource, promised, put_away
from monitor.testing import MONDAY, HttpKept, cloud_event
from monitor.wire.questions.table import HISTORY, QUESTIONS

BOOK: Final = (Path(__file__).resolve().parents[2] / "monitor" / "demo" / "book.yaml").read_text(encoding="utf-8")
ENDS_AT: Final = MONDAY + 6 * HOUR_US
COUNTED_ALONG: Final = {"position", "recorded", "replaces", "decision"}
"""Where a row stands among all rows of the journal, and so behind which of the canary's."""
OF_THE_PROCESS: Final = (
    "kept_last_recorded_timestamp_seconds",
    "kept_agenda_next_timestamp_seconds",
    "kept_agenda_last_run_timestamp_seconds",
    "kept_commit_duration_seconds",
    "kept_waiting_events",
    "process_",
    "python_",
)
"""What tells of the process, which has the canary to look after, too."""
ASKED: Final = [
    *(f"{question.path}?limit=1000" for question in QUESTIONS if question is not HISTORY),
    "/v1/obligations?state=all&limit=1000",
    "/v1/attainable?kind=by&within=8h",
    "/v1/attainable?kind=first_response&within=1h",
    "/v1/shares?since=2026-03-01T00:00:00Z",
    "/v1/register?promise=canary",
    "/v1/breaches?state=all",
    "/v1/notices?state=all",
]


async def _lived(file: Path, *, with_canary: bool) -> HttpKept:
    """A firm's morning in which time passes, the canary's beside it."""
    kept = HttpKept(Location(file), BOOK)
    told = [(orjson.loads(line)["time"], line) for line in map(orjson.dumps, events(7, MONDAY, until=ENDS_AT))]
    canary = CanarySource(Direct(kept), lambda: kept.reader.ask(open_canaries), kept.clock)
    for minute in range(6 * 60 + 1):
        now = MONDAY + minute * MINUTE_US
        kept.clock.set(now)
        if with_canary and (now - MONDAY) % EVERY_US == 0:
            await canary.turn()
        due = [line for time, line in told if _at(time) <= now]
        told = told[len(due) :]
        kept.point.take([Arrival(line, "firm") for line in due], now)
        await kept.agenda.turn()
    # Both end with the same instant on record, up to which answers tell.
    kept.clock.set(ENDS_AT + HOUR_US)
    await kept.agenda.turn()
    kept.point.take([Arrival(cloud_event("source.heartbeat", None, ENDS_AT, "last"), "firm")], ENDS_AT + HOUR_US + 9)
    return kept


class Direct:
    """Takes events as the pipeline does, one call at a time."""

    def __init__(self, kept: HttpKept) -> None:
        self._kept = kept

    async def submit(self, arrivals: Any) -> Any:
        return self._kept.point.take(arrivals, self._kept.clock.now())


def _at(text: str) -> InstantUs:
    return from_datetime(datetime.fromisoformat(text))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if key not in COUNTED_ALONG}
    return [_plain(each) for each in value] if isinstance(value, list) else value


async def _answers(kept: HttpKept) -> dict[str, Any]:
    found = {}
    for path in ASKED:
        answer = await kept.http.get(path)
        assert answer.status_code == 200, (path, answer.text)
        found[path] = _plain(answer.json())
        found[path].pop("next", None)
    return found


async def _series(kept: HttpKept) -> list[str]:
    return [line for line in (await kept.metrics()).splitlines() if not line.startswith(("#", *OF_THE_PROCESS))]


async def test_it_is_in_no_answer_and_no_series(tmp_path: Path) -> None:
    without = await _lived(tmp_path / "without.db", with_canary=False)
    beside = await _lived(tmp_path / "beside.db", with_canary=True)
    async with without, beside:
        with beside.engine.connect() as connection:
            of_canary = select(func.count()).select_from(t.DECISIONS).where(t.DECISIONS.c.client == CANARY)
            assert (connection.scalar(of_canary) or 0) > 30
        expected, found = await _answers(without), await _answers(beside)
        assert sum(len(rows) for body in expected.values() for rows in body.values() if isinstance(rows, list)) > 200
        for path, body in expected.items():
            assert found[path] == body, path
        assert await _series(beside) == await _series(without)
        # By itself it can be looked at.
        rows = await beside.rows("verdicts", client=CANARY, limit="1000")
        assert {(row["kind"], row["promise"], row["verdict"]) for row in rows} == {("by", "canary", "broken")}


async def test_of_what_is_an_hour_old_nothing_is_left_and_totals_hold(any_database: Location) -> None:
    async with HttpKept(any_database) as kept:
        for at in (MONDAY, MONDAY + EVERY_US, MONDAY + HOUR_US + EVERY_US):
            kept.clock.set(at)
            kept.point.take([Arrival(promised(at), "canary")], at)
            kept.clock.set(at + 2 * MINUTE_US)
            await kept.agenda.turn()
            kept.point.take([Arrival(put_away(case_at(at), at + 2 * MINUTE_US), "canary")], at + 2 * MINUTE_US)
        await kept.take(cloud_event("ticket.opened", "A", MONDAY, "A-1", client="acme"))
        with kept.engine.connect() as connection:
            cases = list(connection.scalars(select(t.CASES.c.id).order_by(t.CASES.c.id)))
            # The end of the third came an hour and two minutes after the second began.
            assert cases == ["A", case_at(MONDAY + HOUR_US + EVERY_US)]
            for table in (t.EVENTS, t.DECISIONS, t.OBLIGATIONS):
                assert set(connection.scalars(select(table.c.case_id))) == set(cases)
            # What `kept move` asks: counters are a recount of the history.
            _check_totals(connection)
        # Retention, which keeps counts and identities, leaves it alone.
        kept.clock.set(MONDAY + 9 * DAY_US)
        with kept.store.reading() as transaction:
            names = transaction.matters_after("", 100)
            assert len(names) == 2
            assert transaction.over_among(names, MONDAY + 9 * DAY_US) == []
