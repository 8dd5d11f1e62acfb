"""One matter over several commits and a restart: what messages join is joined in the journal, too. The book is `testing.BOOK`:
a first response within an hour, around the clock."""

from __future__ import annotations

from itertools import permutations

import pytest
from sqlalchemy import select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.store import SqlStore
from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.service.commits.commit_point import CommitPoint
from monitor.testing import BOOK, MONDAY, arrivals, cloud_event, commit_point

ASKED = cloud_event("ticket.opened", "4711", MONDAY, "1", client="acme")
ANSWERED = cloud_event(
    "email.sent",
    "mail/1",
    MONDAY + 30 * MINUTE_US,
    "2",
    client="acme",
    author="Ann",
    about=["4711"],
    message_id="<1@firm.example>",
)
REPLIED = cloud_event(
    "email.received", "mail/2", MONDAY + 40 * MINUTE_US, "3", client="acme", in_reply_to=["<1@firm.example>"]
)
TITLED = cloud_event(
    "email.sent", "mail/1", MONDAY + 30 * MINUTE_US, "2", client="acme", author="Ann", title="Re: [#4711] the bill"
)
BY_TITLE = BOOK + r"references: \[#(\w+)\]" + "\n"
PROMISED = cloud_event("callback.promised", "4711", MONDAY, "4", client="acme", by="2026-03-02T09:50:00Z")
CALLED = cloud_event("callback.made", "mail/2", MONDAY + 45 * MINUTE_US, "5", client="acme", reached=True, agent="Ann")


def _verdicts(store: SqlStore) -> dict[tuple[str, str], str]:
    row = t.OBLIGATIONS.c
    with store._engine.connect() as connection:
        found = connection.execute(select(row.case_id, row.promise, row.verdict).where(row.verdict != "void"))
        return {(case, promise): verdict for case, promise, verdict in found}


def _phases(store: SqlStore) -> dict[str, str]:
    with store._engine.connect() as connection:
        return {row.id: row.phase for row in connection.execute(select(t.CASES.c.id, t.CASES.c.phase))}


def _taken(store: SqlStore, *events: bytes, restarts: bool, book: str = BOOK) -> None:
    """One commit for each event, with all of memory lost in between if `restarts`."""
    point: CommitPoint = commit_point(store, book)
    for event in events:
        point = commit_point(store, book) if restarts else point
        point.take(arrivals([event]), MONDAY + HOUR_US)
        point.wake(MONDAY + HOUR_US)


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("order", list(permutations((ASKED, ANSWERED, REPLIED))))
def test_what_messages_join_is_one_case_whatever_comes_first(
    order: tuple[bytes, ...], store: SqlStore, *, restarts: bool
) -> None:
    _taken(store, *order, restarts=restarts)
    # The answer of 09:30 in another case keeps the first response that the ticket of 09:00 asked for.
    assert _verdicts(store)[("4711", "first")] == "kept"
    assert {case for case, _ in _verdicts(store)} == {"4711"}
    phases = _phases(store)
    assert {name: phases[name] for name in ("4711", "mail/1", "mail/2")} == {
        "4711": "open",
        "mail/1": "merged",
        "mail/2": "merged",
    }


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize(
    "order", [(ASKED, PROMISED, ANSWERED, REPLIED, CALLED), (CALLED, REPLIED, PROMISED, ANSWERED, ASKED)]
)
def test_a_callback_in_a_joined_case_keeps_what_was_promised_in_words(
    order: tuple[bytes, ...], store: SqlStore, *, restarts: bool
) -> None:
    _taken(store, *order, restarts=restarts)
    assert _verdicts(store)[("4711", "callback-given")] == "kept"


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("order", [(ASKED, TITLED), (TITLED, ASKED)])
def test_what_a_title_joins_by_the_book_is_one_case_whatever_comes_first(
    order: tuple[bytes, ...], store: SqlStore, *, restarts: bool
) -> None:
    _taken(store, *order, restarts=restarts, book=BY_TITLE)
    # The answer of 09:30 in another case keeps the first response that the ticket of 09:00 asked for.
    assert _verdicts(store)[("4711", "first")] == "kept"
    assert {case for case, _ in _verdicts(store)} == {"4711"}
