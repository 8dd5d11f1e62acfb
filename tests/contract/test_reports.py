"""Reports, asked of the journal on every database: what they say, that issued ones stay as they are, and hostile names in them.

The book is that of the four numbers: a first response within an hour, of which acme expects half an hour.
"""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from random import Random
from typing import Any, Final

import httpx
import orjson
import pytest

from monitor.adapters.answers import client_counts, delivered_counts, report_content
from monitor.adapters.answers.known_clients import NothingKnown
from monitor.adapters.answers.reports import drafted, issue, issued
from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant, parse_instant
from monitor.testing import HttpKept, cloud_event
from monitor.wire.questions import table
from monitor.wire.report.elements import element, written
from monitor.wire.report.forms import WRITERS
from monitor.wire.report.page import page_of
from tests.contract.growing import on_each_database
from tests.contract.test_numbers import BOOK, JULY, Journal

HOSTILE = "=cmd|'/C calc'!A0<script>alert(1)</script>\"'&"


journal = on_each_database(Journal)


def _draft(journal: Journal, client: str = "acme", period: str = "2026-07") -> dict[str, Any]:
    with journal.store._engine.connect() as connection:
        return drafted(connection, client, period, as_of=None, now=journal.now)


def _issued(journal: Journal, number: int) -> dict[str, Any]:
    with journal.store._engine.connect() as connection:
        found = issued(connection, number)
    assert found is not None
    return found


def test_a_report_says_what_the_questions_say(journal: Journal) -> None:
    for minutes in (10, 50, 90):
        journal.case("acme", JULY, minutes)
    body = _draft(journal)
    assert body["numbers"] == journal.numbers(client="acme", period="2026-07")
    [breach] = body["breaches"]["rows"]
    # Due after an hour, done after an hour and a half.
    assert (breach["kind"], breach["late_seconds"], body["breaches"]["total"]) == ("first_response", 1800, 1)
    assert (body["starts"], body["ends"], body["zone"]) == (
        "2026-07-01T04:00:00Z",
        "2026-08-01T04:00:00Z",
        "America/New_York",
    )
    assert (body["is_over"], body["credits"], body["issued"], body["restated"]) == (False, [], None, None)


def test_a_report_of_a_month_after_a_quiet_night_says_that_the_month_is_over(journal: Journal) -> None:
    journal.case("acme", JULY, 10)
    ends = parse_instant("2026-08-01T04:00:00Z")  # midnight in New York
    for now, is_over in ((ends, False), (ends + MINUTE_US, True)):
        journal.now = now
        assert _draft(journal)["is_over"] is is_over
    with journal.store._engine.connect() as connection:
        assert not drafted(connection, "acme", "2026-07", as_of=ends - 1, now=journal.now)["is_over"]


def test_an_issued_report_stays_as_it_was_and_lists_what_was_restated_since(journal: Journal) -> None:
    case = journal.case("acme", JULY, None)
    journal.pass_until(JULY + 2 * HOUR_US)
    body = _draft(journal)
    kept = issue(journal.store._engine, body, author="Ann", now=journal.now)
    assert (kept["report"], kept["author"], kept["period"]) == (1, "Ann", "2026-07")
    first = _issued(journal, 1)
    assert first["restated"] == {"total": 0, "rows": []}
    late = cloud_event("email.sent", case, JULY + 10 * MINUTE_US, "late", author="Ann")
    journal.take(late, at=JULY + 3 * HOUR_US)
    again = _issued(journal, 1)
    untouched = {name: value for name, value in again.items() if name not in ("restated", "issued")}
    assert untouched == {name: value for name, value in body.items() if name not in ("restated", "issued")}
    [row] = [each for each in again["restated"]["rows"] if each["kind"] == "first_response"]
    assert (row["previous"], row["verdict"], row["cause_id"]) == ("broken", "kept", "late")
    assert "late" in page_of(again)
    # Asked anew, it is another report; asked as of then, the same figures.
    assert _draft(journal)["numbers"] != body["numbers"]
    with journal.store._engine.connect() as connection:
        as_then = drafted(connection, "acme", "2026-07", as_of=JULY + 2 * HOUR_US, now=journal.now)
    assert as_then["numbers"] == body["numbers"]


def _rated(case: str, at: InstantUs, number: int, **said: Any) -> bytes:
    return cloud_event("satisfaction.recorded", case, at, f"rated{number}", **said)


def test_the_clients_word_of_the_period_stands_beside_the_record(journal: Journal) -> None:
    first, second = journal.case("acme", JULY, 10), journal.case("acme", JULY, 90)
    other = journal.case("umbra", JULY, 10)
    hour = JULY + 2 * HOUR_US
    journal.take(
        _rated(first, hour, 1, score=5, scale="1-5"),
        _rated(second, hour + 1, 2, score=2, scale="1-5", words="It took so long."),
        _rated(second, hour + 2, 3, words="You might have rung."),
        _rated(first, hour + 3, 4, score=9, scale="1-5"),
        _rated(other, hour + 4, 5, score=1, scale="1-5", words="Not acme's."),
        _rated(first, JULY + 40 * DAY_US, 6, score=1, scale="1-5", words="Said in August."),
        at=JULY + 41 * DAY_US,
    )
    word = _draft(journal)["word"]
    # (1 + 1/4) / 2. Wilson's interval of it, with z^2 = 3.84146: the middle is (0.625 + z^2 / 4) / (1 + z^2 / 2) = 0.54280,
    # each side 1.95996 sqrt(0.625 * 0.375 / 2 + z^2 / 16) / (1 + z^2 / 2) = 1.17153 / 2.92073 = 0.40111.
    assert (word["scores"], word["score"], word["in_words"], word["cases_rated"], word["total"]) == (2, 0.625, 1, 2, 4)
    assert (word["score_lower"], word["score_upper"]) == pytest.approx((0.14169, 0.94391), abs=2e-5)
    assert word["left_out_off_scale"] == 1
    assert [(row["case"], row["place"], row["left_out"], row["words"]) for row in word["rows"]] == [
        (first, 1.0, None, None),
        (second, 0.25, None, "It took so long."),
        (second, None, None, "You might have rung."),
        (first, None, "off_scale", None),
    ]
    # Two first responses, one in time; two resolutions in three days, broken by now; nobody but the senior did anything, and
    # what is promised of that is judged when a case ends.
    assert (word["kept"], word["broken"], word["share"]) == (1, 3, 0.25)


def test_a_page_says_who_was_promised_who_did_it_whom_the_client_met_and_how_often_it_was_handed_on(
    journal: Journal,
) -> None:
    """Ann, a senior, has the case, meets acme and works 45 minutes; somebody unknown takes it over and works 15: 75 %."""
    minutes = [JULY + number * MINUTE_US for number in range(6)]
    journal.take(
        cloud_event("ticket.opened", "K", minutes[0], "1", client="acme", holder="Ann"),
        cloud_event("meeting.held", "K", minutes[1], "2", attended=["Ann"]),
        cloud_event("work.logged", "K", minutes[2], "3", person="Ann", seconds=45 * 60),
        cloud_event("ticket.assigned", "K", minutes[3], "4", holder="Zoe"),
        cloud_event("work.logged", "K", minutes[4], "5", person="Zoe", seconds=15 * 60),
        cloud_event("ticket.resolved", "K", minutes[5], "6"),
        at=JULY + HOUR_US,
    )
    read = _Tags()
    page = page_of(_draft(journal))
    read.feed(page)
    # Five touches: Ann took it on, met and worked; Zoe took it on and worked.
    assert "seniors, version 1: at least senior. By people as promised: 60 % of the touches, at most 100 %" in read.text
    assert "meetings left out, 75 % are by people whom you have met." in read.text
    assert "handed on 1 time, 0 of them back to somebody who had had them before; 0 times the work" in read.text
    # What is promised is said, also of what is no length of time.
    assert ">at least senior</span>" in page
    assert "no length of time" not in page


def test_a_report_from_before_hands_were_told_in_it_is_silent_about_them(journal: Journal) -> None:
    journal.case("acme", JULY, 10)
    body = _draft(journal)
    assert "never handed on" in page_of(body)
    for row in body["people"]:
        del row["handoffs"], row["returns"], row["hand_downs"]
    assert "handed on" not in page_of(body)


def test_a_report_that_was_issued_keeps_the_clients_word_and_an_earlier_one_has_none(journal: Journal) -> None:
    case = journal.case("acme", JULY, 10)
    journal.take(_rated(case, JULY + HOUR_US, 1, score=4, scale="1-5", words="Good."), at=JULY + 2 * HOUR_US)
    body = _draft(journal)
    issue(journal.store._engine, body, author="Ann", now=journal.now)
    journal.take(_rated(case, JULY + 3 * HOUR_US, 2, score=1, scale="1-5", words="Bad."), at=JULY + 4 * HOUR_US)
    again = _issued(journal, 1)
    assert (again["word"], _draft(journal)["word"]["scores"]) == (body["word"], 2)
    page = page_of(again)
    assert ("What you told us" in page, "Good." in page, "Bad." in page) == (True, True, False)
    sections = [orjson.loads(line)["section"] for line in WRITERS["application/x-ndjson"](again).splitlines()]
    assert [each for each in sections if each in ("word", "said")] == ["word", "said"]
    row, *_ = csv.DictReader(io.StringIO(WRITERS["text/csv"](again).decode()))
    assert (row["client_scores"], row["client_score"], row["client_in_words"]) == ("1", "0.75", "0")
    earlier = {name: value for name, value in again.items() if name != "word"}
    assert "What you told us" not in page_of(earlier)
    row, *_ = csv.DictReader(io.StringIO(WRITERS["text/csv"](earlier).decode()))
    assert row["client_score"] == ""


def test_where_there_is_too_much_to_read_again_only_people_and_shares_of_the_work_are_left_out(
    any_database: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_work = "  - {id: months, kind: seniority, for: {client: umbra}, at_least: senior, share: 50%, over: month}\n"
    journal = Journal(any_database, BOOK + of_work)
    journal.case("umbra", JULY, 10)
    body = _draft(journal, "umbra")
    assert {row["promise"] for row in body["shares"]} == {"first", "months"}
    assert body["people"]
    monkeypatch.setattr(report_content, "MOST_RETOLD", 0)
    body = _draft(journal, "umbra")
    assert {row["promise"] for row in body["shares"]} == {"first"}
    assert body["people"] is None
    assert "There is too much work in this period" in page_of(body)
    journal.store.close()


def test_a_callback_that_came_late_is_told_with_how_often_nobody_was_reached(any_database: Location) -> None:
    """Promised within an hour of 9:00, tried in vain at 9:40, and the client is reached at 10:15."""
    journal = Journal(any_database, BOOK + "  - {id: back, kind: callback, within: 1h}\n")
    rung = {"call": "C", "direction": "inbound"}
    journal.take(
        cloud_event("call.voicemail", "K", JULY, "1", client="umbra", **rung),
        cloud_event("callback.made", "K", JULY + 40 * MINUTE_US, "2", reached=False, agent="Ann"),
        cloud_event("callback.made", "K", JULY + 75 * MINUTE_US, "3", reached=True, agent="Ann"),
        at=JULY + 2 * HOUR_US,
    )
    tried = "1 attempt did not reach the client (2026-07-10T09:40:00Z)"
    [row] = [row for row in journal.rows(table.VERDICTS, client="umbra") if row["kind"] == "callback"]
    assert (row["verdict"], row["reason"]) == ("broken", tried)
    assert f"Done 15 min late; {tried}" in page_of(_draft(journal, "umbra"))
    journal.store.close()


def test_a_page_says_how_many_of_the_breaches_it_tells(journal: Journal) -> None:
    for minutes in (70, 80, 90):
        journal.case("acme", JULY, minutes)
    body = _draft(journal)
    assert "broken or excused, each one told below" in page_of(body)
    body["breaches"]["rows"] = body["breaches"]["rows"][:2]
    page = page_of(body)
    assert "broken or excused, the first 2 told below" in page
    assert "The first 2 are listed; 1 more is not." in page


def test_the_first_sentence_tells_promises_from_occasions(journal: Journal) -> None:
    """Three occasions of one promise of an hour, two of them within it: a promise that is to be kept each time was not."""
    for minutes in (10, 50, 90):
        journal.case("acme", JULY, minutes)
    assert "Of 1 promise that was called upon, 0 were kept; of 3 occasions, 2 were." in page_of(_draft(journal))


def test_a_table_that_scrolls_on_a_narrow_screen_is_reached_with_the_keyboard(journal: Journal) -> None:
    """WCAG 2.2, 2.1.1: axe-core calls the rule scrollable-region-focusable."""
    journal.case("acme", JULY, 90)
    page = page_of(_draft(journal))
    assert page.count('<div class="scrolled" tabindex="0"><table>') == page.count("<table>") > 0


def test_when_the_last_business_day_ends_is_said_in_words(journal: Journal) -> None:
    journal.case("acme", JULY, 90)
    body = _draft(journal)
    row = body["numbers"][0]
    row |= {"promised": "3 business days (end_of_day)", "promised_seconds": None}
    page = page_of(body)
    assert "each time, until closing time of the last day" in page
    assert "end_of_day" not in page


def test_reports_are_numbered_and_listed(journal: Journal) -> None:
    journal.case("acme", JULY, 10)
    journal.case("umbra", JULY, 10)
    for client in ("acme", "umbra", "acme"):
        issue(journal.store._engine, _draft(journal, client), author="Ann", now=journal.now)
    assert [row["report"] for row in journal.rows(table.REPORTS)] == [1, 2, 3]
    assert [row["report"] for row in journal.rows(table.REPORTS, client="acme")] == [1, 3]


def test_of_a_client_nobody_knows_there_is_no_report(journal: Journal) -> None:
    with pytest.raises(NothingKnown, match="found no client 'nobody'"):
        _draft(journal, "nobody")


class _Tags(HTMLParser):
    """The names of a page's elements, the text of it, and whatever attributes could fetch or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.text = ""
        self.active: list[str] = []
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        said = dict(attrs)
        if said.get("http-equiv") == "Content-Security-Policy":
            self.policy = said["content"] or ""
        self.active += [
            name for name, _ in attrs if name.startswith("on") or name in ("src", "href", "style", "action")
        ]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_names_stay_text(any_database: Location) -> None:
    book = BOOK.replace("acme: {", f"acme: {{name: {orjson.dumps(HOSTILE).decode()}, ")
    journal = Journal(any_database, book.replace("id: gold-first", 'id: "=1+1"'))
    case = f"{HOSTILE}-1"
    opened = cloud_event("ticket.opened", case, JULY, "1", client="acme")
    answered = cloud_event("email.sent", case, JULY + 90 * MINUTE_US, "2", author=HOSTILE)
    spoken = _rated(case, JULY + HOUR_US, 1, score=3, scale=HOSTILE, words=HOSTILE)
    journal.take(opened, answered, spoken, at=JULY + 2 * HOUR_US)
    body = _draft(journal)
    page = page_of(body)
    read = _Tags()
    read.feed(page)
    assert not read.names & {"script", "img", "iframe", "link", "object", "form", "a"}
    assert not read.active
    assert HOSTILE in read.text
    assert "default-src 'none'; style-src 'sha256-" in read.policy
    for row in csv.reader(io.StringIO(WRITERS["text/csv"](body).decode())):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    journal.store.close()


@pytest.mark.parametrize("name", ["kept", "\u202eevil", "a\x1b[31m", "line\nbreak"])
def test_control_characters_are_spelled_out(name: str) -> None:
    page = written(element("p", name))
    assert page.count("\n") == 2  # one behind the doctype, one at the end
    assert "\x1b" not in page
    assert "\u202e" not in page


async def test_over_http_a_report_is_drafted_issued_and_shown_in_each_form(any_database: Location) -> None:
    async with HttpKept(any_database, BOOK) as kept:
        kept.clock.set(JULY + DAY_US)
        await kept.take(
            cloud_event("ticket.opened", "C1", JULY, "1", client="acme"),
            cloud_event("email.sent", "C1", JULY + 10 * MINUTE_US, "2", author="Ann"),
        )
        asked = {"client": "acme", "period": "2026-07"}
        draft = await kept.http.get("/v1/reports/draft", params=asked)
        assert {row["promise"]: row["kept"] for row in draft.json()["numbers"]}["gold-first"] == 1
        made: httpx.Response = await kept.http.post("/v1/reports", json={**asked, "author": "Ann"})
        assert (made.status_code, made.json()["report"]) == (200, 1)
        page = await kept.http.get("/v1/reports/1", headers={"accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert "Report no. 1" in page.text
        lines = await kept.http.get("/v1/reports/1", headers={"accept": "application/x-ndjson"})
        assert [orjson.loads(line)["section"] for line in lines.text.splitlines()][:2] == ["report", "numbers"]
        assert (await kept.http.get("/v1/reports/2")).status_code == 404
        assert (await kept.http.get("/v1/reports/draft", params={**asked, "client": "x"})).status_code == 404
        bad = await kept.http.get("/v1/reports/draft", params={"client": "acme", "period": "2026-Q5"})
        assert "a period such as 2026-Q3" in bad.json()["detail"]
        later = {**asked, "as_of": format_instant(JULY + 9 * DAY_US)}
        assert (await kept.http.get("/v1/reports/draft", params=later)).status_code == 400


SHARED: Final = """
book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
clients:
  acme: {zone: America/New_York}
promises:
  - {id: first, kind: first_response, within: 1h, expected: 30m, share: 50%, each: week}
  - {id: next, kind: next_response, within: 1h, share: 90%, each: year}
  - {id: done, kind: resolve, within: 3 days, share: 90%, each: month}
  - {id: held, kind: own, within: 1h}
"""


@pytest.mark.parametrize(("numbered", "cuts"), [(24, 60), (1, 60), (0, 60), (24, 2)])
def test_a_report_counts_once_what_each_question_counts_by_itself(
    any_database: Location, monkeypatch: pytest.MonkeyPatch, numbered: int, cuts: int
) -> None:
    """Weeks reach over both ends of the month, and a year does: whichever way they are counted, the figures are the same."""
    monkeypatch.setattr(delivered_counts, "_MOST_NUMBERED", numbered)
    monkeypatch.setattr(client_counts, "_MOST_CUTS", cuts)
    journal, random = Journal(any_database, SHARED), Random(7)
    for day in range(0, 80, 2):
        opened = JULY + (day - 40) * DAY_US
        case = journal.case("acme", opened, random.choice([10, 45, 90, None]))
        if random.random() < 0.5:
            journal.take(
                cloud_event("ticket.resolved", case, opened + 2 * HOUR_US, f"{case}-r"), at=opened + 2 * HOUR_US
            )
        if random.random() < 0.3:
            said = {"promise": "friday", "by": format_instant(opened + DAY_US)}
            journal.take(
                cloud_event("promise.made", case, opened + HOUR_US, f"{case}-p", **said), at=opened + 3 * HOUR_US
            )
    body = _draft(journal)
    assert {row["promise"] for row in body["numbers"]} >= {"first", "next", "done", "held", "date-given"}
    assert body["numbers"] == journal.numbers(client="acme", period="2026-07")
    assert {len(row["period"]) for row in body["shares"]} == {len("2026"), len("2026-07"), len("2026-W27")}
    assert body["shares"] == journal.rows(table.SHARES, client="acme", since=body["starts"], until=body["ends"])
    journal.store.close()


OF_WORK: Final = """
book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
grades: [junior, senior]
staff:
  Ann: {grade: senior}
  Bea: {grade: junior}
clients:
  acme: {}
promises:
  - {id: seniors, kind: seniority, at_least: senior, share: 60%, over: month}
  - {id: first, kind: first_response, within: 1h}
"""


def test_the_page_says_how_much_of_the_work_others_may_still_do(any_database: Location) -> None:
    journal = Journal(any_database, OF_WORK)

    def work(person: str, minutes: int) -> str:
        at = JULY + journal.next_number() * HOUR_US
        logged = cloud_event("work.logged", "A", at, f"w{at}", person=person, seconds=minutes * 60)
        journal.take(cloud_event("ticket.opened", "A", JULY, "1", client="acme"), logged, at=at)
        return page_of(_draft(journal))

    # 40 % of an hour are 24 minutes, of which Bea did 20; of 80 minutes 32, and she did 40.
    work("Ann", 40)
    assert "4 of 24 minutes" in work("Bea", 20)
    assert "8 minutes too many" in work("Bea", 20)
    journal.store.close()
