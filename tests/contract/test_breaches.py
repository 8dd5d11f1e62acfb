"""Breaches over HTTP: what is asked of them, and how somebody owns one; on every database.

The book runs around the clock: a case opened at 9:00 is owed an answer until 10:00, and from then on, for its breach, to be
acknowledged until 10:30, told until 11:00, explained until 12:00, apologised for until 14:00 and made good by 10:00 the next day.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, Final

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from monitor.adapters.journal.location import Location
from monitor.adapters.metrics.amends_watch import AmendsReadings, AmendsWatch, CreditKey, amends_series
from monitor.conventions.media_types import PROBLEM
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant
from monitor.service.commits.retention import removal_of
from monitor.service.doors.tokens import Scope, new_token
from monitor.service.editions.shelf import BookText, Offer
from monitor.service.ports.records import RetirementRecord
from monitor.testing import BOOK, MONDAY, OWNING_BOOK, HttpKept, cloud_event, judge_what_is_left

BROKEN_AT: Final = MONDAY + HOUR_US
NAME: Final = "A/first_response/2026-03-02T09:00:00Z"


@pytest_asyncio.fixture
async def kept(any_database: Location) -> AsyncIterator[HttpKept]:
    async with HttpKept(any_database, OWNING_BOOK) as opened:
        yield opened


async def _broken(kept: HttpKept, *cases: str, at: InstantUs = MONDAY) -> None:
    """Cases that were not answered within the hour; the clock stands five minutes after that."""
    for case in cases:
        await kept.take(cloud_event("ticket.opened", case, at, f"{case}-1", client="acme"))
    kept.clock.set(at + HOUR_US + 5 * MINUTE_US)
    await kept.agenda.turn()


async def _act(kept: HttpKept, step: str, obligation: str = NAME, **said: Any) -> Any:
    return await kept.tell(f"/v1/breaches/{obligation}/{step}", **({"by": "Ann"} | said))


async def _breach(kept: HttpKept, **asked: Any) -> dict[str, Any]:
    (row,) = await kept.rows("breaches", obligation=NAME, **asked)
    return row


async def test_a_breach_shows_what_is_owed_for_it_and_until_when(kept: HttpKept) -> None:
    await _broken(kept, "A")
    row = await _breach(kept)
    assert {key: row[key] for key in ("since", "state", "client", "kind", "owed_by", "owned", "credit_owed")} == {
        "since": "2026-03-02T10:00:00Z",
        "state": "unacknowledged",
        "client": "acme",
        "kind": "first_response",
        "owed_by": "own-up",
        "owned": None,
        "credit_owed": "40.00",
    }
    assert {step: row[f"{step}_due"] for step in ("acknowledge", "tell", "explain", "apologise", "remedy")} == {
        "acknowledge": "2026-03-02T10:30:00Z",
        "tell": "2026-03-02T11:00:00Z",
        "explain": "2026-03-02T12:00:00Z",
        "apologise": "2026-03-02T14:00:00Z",
        "remedy": "2026-03-03T10:00:00Z",
    }


STEPS: Final[tuple[tuple[str, dict[str, Any], str], ...]] = (
    ("acknowledge", {"words": "mine"}, "unexplained"),
    ("explain", {"cause": "Overlooked", "words": "nobody saw it"}, "untold"),
    ("tell", {}, "unapologised"),
    ("apologise", {"words": "we are sorry"}, "unremedied"),
    ("remedy", {"amount": 50, "approved_by": "Bo"}, "closed"),
)


async def test_step_by_step_a_breach_is_owned(kept: HttpKept) -> None:
    await _broken(kept, "A")
    for number, (step, said, state) in enumerate(STEPS):
        kept.clock.set(BROKEN_AT + (10 + number) * MINUTE_US)
        answer = await _act(kept, step, **said)
        assert (answer.status_code, answer.json()["breach"]["state"]) == (200, state), answer.text
    row = await _breach(kept)
    assert {row[step] for step, _, _ in STEPS} == {"kept"}
    assert {row[f"{step}_by"] for step, _, _ in STEPS} == {"Ann"}
    assert (row["acknowledge_at"], row["acknowledge_words"]) == ("2026-03-02T10:10:00Z", "mine")
    assert (row["cause"], row["explain_words"]) == ("Overlooked", "nobody saw it")
    given = ("credit_given", "credit_given_currency", "approved_by")
    assert [row[key] for key in given] == ["50.00", "GBP", "Bo"]
    # The last step was taken at 10:14, fourteen minutes after the breach.
    assert (row["owned"], row["own_seconds"]) == ("2026-03-02T10:14:00Z", 840)


async def test_an_answer_of_then_is_given_again_as_of_then(kept: HttpKept) -> None:
    await _broken(kept, "A", "B")
    told: list[tuple[str, Any]] = []
    for number, (step, said, _) in enumerate(STEPS):
        kept.clock.set(BROKEN_AT + (10 + number) * MINUTE_US)
        assert (await _act(kept, step, **said)).status_code == 200
        answer = (await kept.http.get("/v1/breaches")).json()
        told.append((answer["as_of"], answer))
    for as_of, answer in told:
        assert (await kept.http.get("/v1/breaches", params={"as_of": as_of})).json() == answer


async def test_saying_the_same_again_is_a_repeat(kept: HttpKept) -> None:
    await _broken(kept, "A")
    first = (await _act(kept, "acknowledge")).json()
    kept.clock.set(BROKEN_AT + 20 * MINUTE_US)
    again = (await _act(kept, "acknowledge")).json()
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert first["event"] == again["event"]
    assert again["breach"]["acknowledge_at"] == "2026-03-02T10:05:00Z"


async def test_an_act_is_an_event_of_kepts_own_and_no_answer_to_the_client(kept: HttpKept) -> None:
    await _broken(kept, "A")
    await _act(kept, "tell")
    rows = await kept.rows("decisions", kind="tell")
    assert {(row["cause_source"], row["type"]) for row in rows} == {(None, "opened"), ("kept", "kept")}
    (answer,) = await kept.rows("verdicts", kind="first_response")
    assert (answer["verdict"], answer["ended"]) == ("broken", None)


async def test_an_excuse_is_shown_with_who_decided_and_why_and_ends_what_is_owed(kept: HttpKept) -> None:
    await _broken(kept, "A")
    row = (await _act(kept, "excuse", reason="their own mail was down")).json()["breach"]
    assert [row[key] for key in ("verdict", "state", "excused_by", "excuse", "reason", "credit_owed")] == [
        "excused",
        "untold",  # the client is told despite an excuse
        "Ann",
        "their own mail was down",
        "excused by Ann: their own mail was down",
        None,
    ]
    assert [row[step] for step in ("acknowledge", "tell", "remedy")] == ["void", "running", "void"]
    kept.clock.set(BROKEN_AT + 15 * MINUTE_US)
    row = (await _act(kept, "tell")).json()["breach"]
    assert (row["state"], row["owned"]) == ("excused", "2026-03-02T10:15:00Z")


async def test_a_closing_ends_what_is_left(kept: HttpKept) -> None:
    await _broken(kept, "A")
    row = (await _act(kept, "close", reason="the client left")).json()["breach"]
    assert (row["state"], row["acknowledge"], row["own_seconds"]) == ("closed", "void", 300)


async def test_a_late_answer_that_came_in_time_takes_the_breach_back(kept: HttpKept) -> None:
    await _broken(kept, "A")
    await _act(kept, "acknowledge")
    await kept.take(cloud_event("email.sent", "A", MONDAY + 30 * MINUTE_US, "late", author="Ann"))
    assert await kept.rows("breaches") == []
    (row,) = await kept.rows("verdicts", kind="acknowledge")
    assert (row["type"], row["verdict"]) == ("withdrawn", "void")


# Refused


@pytest.mark.parametrize(
    ("step", "obligation", "said", "status", "words"),
    [
        ("acknowledge", "A/first_response/2026-03-02T09:00:01Z", {}, 404, "no broken obligation"),
        ("acknowledge", "A/resolve/2026-03-02T09:00:00Z", {}, 404, "no broken obligation"),
        ("acknowledge", NAME, {"by": None}, 400, "nobody who did it"),
        ("acknowledge", NAME, {"at": "2026-03-02T09:59:59Z"}, 400, "from the breach"),
        ("acknowledge", NAME, {"at": "2026-03-02T10:06:00Z"}, 400, "up to now"),
        ("acknowledge", NAME, {"cause": "flood"}, 400, "cause"),
        ("explain", NAME, {"cause": "flood", "words": "it rained"}, 400, "overlooked, too few people"),
        ("explain", NAME, {"cause": "overlooked"}, 400, "words"),
        ("remedy", NAME, {}, 400, "neither a sum nor a reason"),
        ("remedy", NAME, {"amount": 50}, 400, "approved_by"),
        ("remedy", NAME, {"amount": -1, "approved_by": "Bo"}, 400, "amount"),
        ("excuse", NAME, {}, 400, "reason"),
    ],
)
async def test_an_act_that_would_count_for_nothing_is_refused_and_makes_no_event(
    kept: HttpKept, step: str, obligation: str, said: dict[str, Any], status: int, words: str
) -> None:
    await _broken(kept, "A")
    before = await _breach(kept)
    answer = await _act(kept, step, obligation, **said)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert words in answer.json()["detail"]
    assert await _breach(kept) == before
    assert kept.letters() == []


@pytest.mark.parametrize("step", ["acknowledge", "excuse", "close"])
async def test_what_was_done_is_not_done_again_by_somebody_else(kept: HttpKept, step: str) -> None:
    await _broken(kept, "A")
    said = {} if step == "acknowledge" else {"reason": "why"}
    if step == "excuse":
        await _act(kept, "tell")
    assert (await _act(kept, step, **said)).status_code == 200
    answer = await _act(kept, step, **said, by="Bo")
    assert answer.status_code == 409


async def test_the_token_says_who_acts_where_nobody_is_named(kept: HttpKept) -> None:
    await _broken(kept, "A")
    ingest, read = (new_token(f"{scope} of the desk", [scope], MONDAY) for scope in (Scope.INGEST, Scope.READ))
    for token in (ingest, read):
        kept.tokens.add(token.record)
    kept.clock.set(BROKEN_AT + 8 * MINUTE_US)
    await kept.watch.look()
    path = f"/v1/breaches/{NAME}/acknowledge"
    answers = [
        await kept.http.post(path, json={}, headers={"authorization": f"Bearer {token.text}"})
        for token in (read, ingest)
    ]
    assert [answer.status_code for answer in answers] == [403, 200]
    assert answers[1].json()["breach"]["acknowledge_by"] == "ingest of the desk"


# Credits and states


async def test_credits_of_a_client_add_up_to_the_cap_of_the_month_in_the_order_of_breaches(kept: HttpKept) -> None:
    for number, case in enumerate("ABCD"):
        await _broken(kept, case, at=MONDAY + number * MINUTE_US)
    rows = await kept.rows("breaches")
    # 40 each and no more than 100 a month: 40, 40, 20, nothing.
    assert [(row["case"], row["credit_owed"]) for row in rows] == [
        ("A", "40.00"),
        ("B", "40.00"),
        ("C", "20.00"),
        ("D", "0.00"),
    ]
    await _act(kept, "excuse", reason="their own mail was down")
    rows = await kept.rows("breaches")
    assert [row["credit_owed"] for row in rows] == [None, "40.00", "40.00", "20.00"]


async def test_a_later_book_changes_nothing_about_what_was_owed(kept: HttpKept) -> None:
    await _broken(kept, "A")
    before = await _breach(kept)
    dearer = OWNING_BOOK.replace("amount: 40", "amount: 60").replace("acknowledge: 30m", "acknowledge: 5m")
    assert (await kept.tell("/v1/book", text=dearer, author="Ann", reason="new")).status_code == 200
    judge_what_is_left(kept.point, kept.clock.now())
    assert await _breach(kept) == before


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("all", "ABCD"),
        ("open", "AB"),
        ("unacknowledged", "A"),
        ("unexplained", "B"),
        ("untold", ""),
        ("closed", "C"),
        ("excused", "D"),
        ("nothing_owed", ""),
    ],
)
async def test_breaches_are_found_by_their_state(kept: HttpKept, state: str, expected: str) -> None:
    await _broken(kept, "A", "B", "C", "D")
    await _act(kept, "acknowledge", NAME.replace("A/", "B/"))
    await _act(kept, "close", NAME.replace("A/", "C/"), reason="gone")
    await _act(kept, "tell", NAME.replace("A/", "D/"))
    await _act(kept, "excuse", NAME.replace("A/", "D/"), reason="theirs")
    assert "".join(row["case"] for row in await kept.rows("breaches", state=state)) == expected


async def test_what_nothing_is_owed_for_is_a_breach_all_the_same(kept: HttpKept) -> None:
    await kept.take(cloud_event("ticket.opened", "A", MONDAY, "A-1", client="acme", by="staff"))
    kept.clock.set(MONDAY + 9 * HOUR_US)
    await kept.agenda.turn()
    (row,) = await kept.rows("breaches")
    # Gold clients are promised a resolution within eight hours, and the book owes nothing for its breach.
    assert (row["kind"], row["since"], row["state"]) == (
        "resolve",
        format_instant(MONDAY + 8 * HOUR_US),
        "nothing_owed",
    )
    answer = await _act(kept, "acknowledge", row["obligation"])
    assert answer.status_code == 409


async def test_pages_of_breaches_follow_one_another(kept: HttpKept) -> None:
    await _broken(kept, *"ABCDE")
    whole = await kept.rows("breaches")
    first = (await kept.http.get("/v1/breaches?limit=2")).json()
    second = (await kept.http.get("/v1/breaches", params={"limit": 3, "cursor": first["next"]})).json()
    assert first["breaches"] + second["breaches"] == whole


# What is counted


async def _series(kept: HttpKept, name: str, **labels: str) -> float:
    text = await kept.metrics()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return sum(each.value for each in samples if each.name == name and labels.items() <= each.labels.items())


async def test_breaches_are_counted_by_how_far_they_are_owned(kept: HttpKept) -> None:
    await _broken(kept, "A", "B", "C", "D", "E")
    await _act(kept, "acknowledge", NAME.replace("A/", "B/"))
    await _act(kept, "close", NAME.replace("A/", "C/"), reason="gone")
    for case in "DE":
        await _act(kept, "excuse", NAME.replace("A/", f"{case}/"), reason="theirs")
    await _act(kept, "tell", NAME.replace("A/", "D/"))
    # A: nothing done. B: acknowledged. C: closed. D: excused, and told of it. E: excused, and still to be told.
    found = {
        state: await _series(kept, "kept_breaches", kind="first_response", tier="gold", state=state)
        for state in ("unacknowledged", "unexplained", "untold", "closed", "excused")
    }
    assert found == {"unacknowledged": 1, "unexplained": 1, "untold": 1, "closed": 1, "excused": 1}


async def test_the_time_to_own_is_counted_for_each_step(kept: HttpKept) -> None:
    await _broken(kept, "A", "B")
    for minutes, case in ((10, "A"), (40, "B")):
        kept.clock.set(BROKEN_AT + minutes * MINUTE_US)
        await _act(kept, "acknowledge", NAME.replace("A/", f"{case}/"))
    of_step = {"step": "acknowledge", "kind": "first_response", "tier": "gold"}
    # After ten and after forty minutes.
    assert await _series(kept, "kept_time_to_own_seconds_sum", **of_step) == 50 * 60
    assert await _series(kept, "kept_time_to_own_seconds_bucket", le="900.0", **of_step) == 1
    assert await _series(kept, "kept_time_to_own_seconds_count", **of_step) == 2
    # Broken up to half an hour after the breach: the second came too late.
    assert await _series(kept, "kept_obligations", kind="acknowledge", tier="gold", outcome="done_late") == 1


# All of it, in the end


async def _own(kept: HttpKept, case: str) -> None:
    """Every step of a breach is taken now."""
    name = NAME.replace("A/", f"{case}/")
    said: dict[str, dict[str, Any]] = {
        "acknowledge": {},
        "explain": {"cause": "overlooked", "words": "We were late."},
        "tell": {},
        "apologise": {},
        "remedy": {"reason": "asked for nothing"},
    }
    for step, more in said.items():
        answer = await _act(kept, step, name, **more)
        assert answer.status_code == 200, answer.text


async def test_the_time_until_a_breach_is_owned_is_counted_once_with_its_last_step(kept: HttpKept) -> None:
    await _broken(kept, "A", "B", "C", "D")
    # A: all taken after an hour; B: closed after ten minutes; C: excused then, and told after half an hour; D: not yet.
    kept.clock.set(BROKEN_AT + 10 * MINUTE_US)
    await _act(kept, "close", NAME.replace("A/", "B/"), reason="gone")
    await _act(kept, "excuse", NAME.replace("A/", "C/"), reason="theirs")
    await _act(kept, "acknowledge", NAME.replace("A/", "D/"))
    kept.clock.set(BROKEN_AT + 30 * MINUTE_US)
    await _act(kept, "tell", NAME.replace("A/", "C/"))
    kept.clock.set(BROKEN_AT + HOUR_US)
    await _own(kept, "A")
    owned = {"step": "owned", "kind": "first_response", "tier": "gold"}
    assert await _series(kept, "kept_time_to_own_seconds_count", **owned) == 3
    assert await _series(kept, "kept_time_to_own_seconds_sum", **owned) == (10 + 30 + 60) * 60
    # An answer of before the due instant takes the breach back; what was counted of it stays counted, once.
    await kept.take(cloud_event("email.sent", "A", MONDAY + MINUTE_US, "A-2", author="Ann"))
    assert await _series(kept, "kept_time_to_own_seconds_count", **owned) == 3


async def test_what_was_counted_of_owning_is_a_recount_of_the_history(kept: HttpKept) -> None:
    await _broken(kept, *"ABCDE")
    kept.clock.set(BROKEN_AT + 20 * MINUTE_US)
    for case in "AB":
        await _own(kept, case)
    for case in "BC":
        await _act(kept, "excuse", NAME.replace("A/", f"{case}/"), reason="theirs")
    await _act(kept, "close", NAME.replace("A/", "D/"), reason="gone")
    await kept.take(cloud_event("email.sent", "A", MONDAY + MINUTE_US, "A-2", author="Ann"))
    with kept.store.begin() as transaction:
        matters = transaction.matters_after("", 100)
        recount = removal_of(transaction, matters, RetirementRecord(0, 0, "1d", 0, 0, 0, 0, 0, 0, 0)).counts
    assert recount.owning == kept.point.totals().owning
    assert sum(ratios.endings for key, ratios in recount.owning.items() if key.step == "owned") == 3


async def test_credits_owed_are_the_sum_of_those_of_the_breaches(kept: HttpKept) -> None:
    watch = AmendsWatch(kept.engine.connect, lambda: kept.point.book, kept.clock)
    # Forty for each first response to Acme, a hundred at most each month: 40, 80, 100 of 120 for three.
    await _broken(kept, "A", "B", "C")
    await _act(kept, "excuse", NAME.replace("A/", "B/"), reason="theirs")
    watch.look()
    assert dict(watch.readings.owed) == {CreditKey("acme", "GBP", "running"): Decimal(80)}
    await _broken(kept, "D", "E", at=MONDAY + HOUR_US)
    watch.look()
    rows = await kept.rows("breaches", kind="first_response")
    assert sum(Decimal(row["credit_owed"] or 0) for row in rows) == Decimal(100)
    assert dict(watch.readings.owed) == {CreditKey("acme", "GBP", "running"): Decimal(100)}
    # In April March is the last month, in May it is neither; Acme has its own series, or is one of many.
    for clients, name in (["acme"], "acme"), ([], "_other"):
        (_, _, owed, _) = amends_series(watch.readings, clients)
        found = {(each.labels["client"], each.labels["period"]): each.value for each in owed.samples if each.value}
        assert found == {(name, "running"): 100}
    kept.clock.set(MONDAY + 31 * DAY_US)
    watch.look()
    assert dict(watch.readings.owed) == {CreditKey("acme", "GBP", "last"): Decimal(100)}
    kept.clock.set(MONDAY + 62 * DAY_US)
    watch.look()
    assert dict(watch.readings.owed) == {}


async def test_nothing_is_shown_of_what_a_book_does_not_owe_any_more(kept: HttpKept) -> None:
    watch = AmendsWatch(kept.engine.connect, lambda: kept.point.book, kept.clock)
    await _broken(kept, "A")
    watch.look()
    assert watch.readings.owed
    kept.point.apply(Offer(BookText(BOOK, "new.yaml"), "Ann", "never agreed", since=0), kept.clock.now() + 1)
    watch.look()
    assert watch.readings == AmendsReadings()


async def test_a_clients_breaches_are_counted_by_how_far_each_is_owned(kept: HttpKept) -> None:
    watch = AmendsWatch(kept.engine.connect, lambda: kept.point.book, kept.clock)
    await _broken(kept, "A", "B", "C", "D")
    await _act(kept, "acknowledge", NAME.replace("A/", "B/"))
    await _act(kept, "close", NAME.replace("A/", "C/"), reason="gone")
    await _act(kept, "excuse", NAME.replace("A/", "D/"), reason="theirs")
    await _act(kept, "tell", NAME.replace("A/", "D/"))
    await _broken(kept, "E", at=MONDAY + HOUR_US)
    watch.look()
    expected = {
        ("acme", "unacknowledged"): 2,
        ("acme", "unexplained"): 1,
        ("acme", "closed"): 1,
        ("acme", "excused"): 1,
    }
    assert dict(watch.readings.breaches) == expected
    assert dict(watch.readings.earliest) == {"acme": BROKEN_AT}
    states, earliest, _, _ = amends_series(watch.readings, ["acme", "umbra"])
    of = {(each.labels["client"], each.labels["state"]): each.value for each in states.samples if each.value}
    assert of == expected
    # Umbra was let down by nothing, and nobody is beyond the limit.
    assert {each.labels["client"]: each.value for each in earliest.samples} == {"acme": BROKEN_AT / 1_000_000}
    # After thirty days what is closed is counted no more; what is owed is.
    kept.clock.set(MONDAY + 31 * DAY_US)
    watch.look()
    assert {state for _, state in watch.readings.breaches} == {"unacknowledged", "unexplained"}
