"""What is over goes from every database alike; the rest of what retention does is told in `tests/unit/service`."""

from __future__ import annotations

from contextlib import closing

from sqlalchemy import select

from monitor.adapters import tables as t
from monitor.adapters.location import Location
from monitor.testing import store_at
from tests.unit.service.test_retention import Kept, tell


def test_what_is_over_goes_and_its_counts_stay(any_database: Location) -> None:
    with closing(store_at(any_database)) as store:
        kept = Kept(store)
        tell(kept)
        before = kept.point.totals()
        record = kept.retire()
        # Of five cases with three events each three were closed long ago.
        assert (record.matters, record.cases, record.events) == (3, 3, 9)
        assert kept.column(t.CASES.c.id) == ["recent", "resolved"]
        assert set(kept.column(t.DECISIONS.c.case_id)) == {"recent", "resolved"}
        with store._engine.connect() as connection:
            emptied = connection.execute(select(t.EVENTS.c.client, t.EVENTS.c.origin).where(t.EVENTS.c.content == b""))
            assert emptied.all() == [(None, "")] * 9
        kept.restart()
        assert kept.point.totals() == before
