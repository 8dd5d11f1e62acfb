"""Every expression of rules and dashboards, asked of a real Prometheus that watches a real Kept with a firm's events in it."""

from __future__ import annotations

import math
import re
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from ruamel.yaml import YAML

from grafana.queries import Asked, asked, boards, filled
from monitor.conventions.process_metrics import NOTIFY_METRICS, ORIGIN_METRICS, PUBLISH_METRICS, WORKER_METRICS
from monitor.conventions.promise_metrics import AMENDS_READ, CLIENTS_READ, PAST_READ, SHARES_READ
from monitor.demo.firm import SOLD_ON_PARTNERS
from monitor.demo.simulate import events
from monitor.domain.hours.instant import DAY_US, MINUTE_US, SECOND_US, format_instant
from monitor.testing import Daemon, cloud_event, eventually
from tests.services.monitoring import Prometheus
from tests.services.programs import Program
from tests.services.promql import compared_labels, selections

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).resolve().parents[2]
BOOK: Final = ROOT / "monitor" / "demo" / "book.yaml"
RULES: Final = [
    rule
    for path in sorted((ROOT / "deploy" / "prometheus" / "rules").glob("*.yaml"))
    for group in YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
NOTICES: Final = """
allow: http://127.0.0.1:9
private: 127.0.0.0/8
receivers: [{name: nobody, alertmanager: "http://127.0.0.1:9", about: canary}]
"""
QUERIES: Final = [query for board in boards().values() for query in asked(board)]
QUIET: Final = {"New edition of the book"}
"""Queries that find nothing here, for nobody changes the book. The trouble of Kept is the event that nobody can read."""
GRADES: Final = ("trainee", "associate", "senior", "manager", "partner")
"""The scale that monitor/demo/book.yaml states, from the most junior."""
OF_ALERTS: Final = {"alertname", "alertstate"}


def _now() -> int:
    return time.time_ns() // 1_000


def _firm_events(now: int) -> list[bytes]:
    """Two weeks of the demonstration firm, as far as they have happened by now."""
    happened = format_instant(now)
    return [orjson.dumps(event) for event in events(7, now - 14 * DAY_US, cases=600) if str(event["time"]) <= happened]


def _handed_down(now: int) -> Iterator[bytes]:
    """Cases that go from a partner to a trainee of monitor/demo/book.yaml, more than the three that an alert is about: how
    often that happened within two weeks is up to the dice."""
    for number in range(5):
        case, at = f"down-{number}", now - (10 - number) * SECOND_US
        yield cloud_event(
            "ticket.opened", case, at, f"{case}-1", client=SOLD_ON_PARTNERS, source="/mail", priority="low"
        )
        for place, holder in enumerate(("Rosalind Finch", "Ellie Marsden")):
            moment = at + place + 1
            yield cloud_event("ticket.assigned", case, moment, f"{case}-{holder}", holder=holder, source="/mail")


def _last_month(now: int) -> int:
    """Noon of a day in the month before, in UTC and in the zone of every client."""
    first = datetime.fromtimestamp(now // 1_000_000, UTC).replace(day=1, hour=12, minute=0, second=0)
    return int((first - timedelta(days=10)).timestamp()) * 1_000_000


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    folder = tmp_path_factory.mktemp("kept")
    # Nobody is there to be told: what is to be told, and to whom, has series all the same.
    (folder / "notices.yaml").write_text(NOTICES)
    options = ("--canary", "--notices", str(folder / "notices.yaml"))
    daemon = Daemon(BOOK, folder / "kept.db", *options, module="tests.acceptance.hurried")
    yield daemon
    daemon.kill()


class Seen:
    """What Prometheus knew at one instant: however long the questions take, and whatever it misses later, they get one answer."""

    def __init__(self, prometheus: Prometheus, at: float) -> None:
        self._prometheus, self._at = prometheus, at
        self.labels: defaultdict[str, set[str]] = defaultdict(set)
        """The labels of each metric, of whichever of its series."""
        for series in self.ask('{__name__!=""}'):
            self.labels[series["metric"]["__name__"]] |= series["metric"].keys()

    def ask(self, expression: str) -> list[Any]:
        """The series an expression gives."""
        return self._prometheus.ask(expression, at=self._at)


AWAITED: Final = (
    'up{job="kept"} == 1',
    "job_kind_tier:kept_burn:ratio_rate3d",
    'ALERTS{alertname="PromiseBroken",alertstate="firing"}',
    'kept_share_ratio{client="brightwater",period="last"}',
    'kept_share_pace_ratio{client="brightwater",period="running"}',
    "increase(kept_calls_total[1m]) > 0",
    "kept_canary_last_broken_timestamp_seconds > 0",
    'kept_client_breach_earliest_unowned_timestamp_seconds{client="brightwater"} < +Inf',
    "kept_attainable_lower_bound_ratio",
    "kept_client_register_findings",
    'kept_fit_wishes{client="brightwater",finding=~"attainable|not_attainable"} > 0',
)
"""What Prometheus must have seen of the firm's events."""
LAST_READ: Final = (SHARES_READ, PAST_READ, CLIENTS_READ, AMENDS_READ)


@pytest.fixture(scope="module")
def prometheus(kept: Daemon, program: Program) -> Iterator[Prometheus]:
    """It has seen Kept before and after the firm's events, so that there are increases."""
    watching = Prometheus(program("prometheus"), f"127.0.0.1:{kept.port}")
    eventually(lambda: watching.ask("count_over_time(kept_book_edition[1m]) >= 2"), "Prometheus has scraped Kept")
    now = _now()
    lines = _firm_events(now)
    for start in range(0, len(lines), 500):
        kept.post(*lines[start : start + 500])
    assert kept.post(*_handed_down(now))["accepted"] == 15
    kept.post(b"nobody can read this")
    # Somebody writes just now, so that something is due next; the last answer to another case came long before that.
    kept.post(cloud_event("ticket.opened", "now", now, "now", client="brightwater", priority="high", source="/mail"))
    kept.post(cloud_event("email.sent", "C1", now - 14 * DAY_US + MINUTE_US, "late", author="Ann", source="/mail"))
    # Whatever day it is today, a call was answered in the month before and in this one: shares have something to show of both.
    for case, at in (("before", _last_month(now)), ("now-calling", now)):
        call = {"call": case, "direction": "inbound", "queue": "london", "source": "/telephone"}
        kept.post(cloud_event("call.offered", case, at, f"{case}-1", client="brightwater", **call))
        kept.post(cloud_event("call.answered", case, at + SECOND_US, f"{case}-2", agent="Ann", **call))
    yield watching
    watching.remove()


@pytest.fixture(scope="module")
def seen(prometheus: Prometheus) -> Seen:
    """At an instant at which all is there that is awaited, and everything has been looked at since the last event was sent."""
    sent, found = time.time(), list[float]()
    awaited = [*AWAITED, *(f"min({metric.name}) > {sent}" for metric in LAST_READ)]

    def is_there(expression: str) -> bool:
        return bool(prometheus.ask(expression, at=found[-1]))

    def is_all_there() -> bool:
        found.append(time.time())
        return all(map(is_there, awaited))

    eventually(is_all_there, f"Prometheus has seen {awaited}")
    return Seen(prometheus, found[-1])


def test_every_rule_can_be_evaluated(prometheus: Prometheus) -> None:
    known = prometheus.rules()
    assert len(known) == len(RULES)
    eventually(lambda: all(rule["health"] == "ok" for rule in prometheus.rules()), "every rule was evaluated")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_asks_for_series_and_labels_that_kept_exports(rule: Any, seen: Seen) -> None:
    _assert_exported(rule["expr"], seen)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: f"{query.dashboard}: {query.by}")
def test_a_query_asks_for_series_and_labels_that_kept_exports(query: Asked, seen: Seen) -> None:
    _assert_exported(filled(query.expr, {"client": "brightwater"}), seen)


_BEHIND_KAFKA = {
    metric.name + suffix
    for metric in (*PUBLISH_METRICS, *NOTIFY_METRICS, *WORKER_METRICS, *ORIGIN_METRICS)
    for suffix in ("", "_total")
}
"""Series of `kept publish`, `kept notify` and of workers, which a Kept without Kafka has none of; tests of their own see
that these export them."""
_OF_WORKERS = {label for metric in (*WORKER_METRICS, *ORIGIN_METRICS) for label in metric.labels}


def _assert_exported(expression: str, seen: Seen) -> None:
    for name, labels in selections(expression):
        if name in _BEHIND_KAFKA:
            continue
        assert name in seen.labels, f"nobody exports {name}"
        # An empty label is none: at least one series must have each that is asked for.
        assert labels <= seen.labels[name], f"nobody exports {name} with labels {labels - seen.labels[name]}"
    known = set().union(*seen.labels.values())
    assert compared_labels(expression) <= known | OF_ALERTS | _OF_WORKERS


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: f"{query.dashboard}: {query.by}")
def test_a_query_returns_data_where_data_is_due(query: Asked, seen: Seen) -> None:
    expression = filled(query.expr, {"client": "brightwater"})
    values = [float(series["value"][1]) for series in seen.ask(expression)]
    is_behind_kafka = {name for name, _ in selections(expression)} <= _BEHIND_KAFKA
    if query.by in QUIET or is_behind_kafka:
        assert not values
    else:
        assert any(math.isfinite(value) for value in values), query


def test_every_variable_has_values(seen: Seen) -> None:
    for board in boards().values():
        queried = (variable for variable in board["templating"]["list"] if variable["type"] == "query")
        for variable in queried:
            inner, _, label = variable["query"].removeprefix("label_values(").removesuffix(")").rpartition(", ")
            found = {series["metric"].get(label) for series in seen.ask(filled(inner, {}))}
            assert found - {None}, variable["query"]


def test_the_series_are_named_as_prometheus_wants_them(kept: Daemon, program: Program) -> None:
    _, text = kept.ask("/metrics")
    done = subprocess.run([program("promtool"), "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


# What the firm of the demonstration does wrong


def _rows(kept: Daemon, path: str) -> list[Any]:
    """The rows of an answer."""
    status, body = kept.ask(path)
    assert status == 200, body
    (rows,) = (value for value in orjson.loads(body).values() if isinstance(value, list))
    return list(rows)


@pytest.mark.usefixtures("seen")
def test_the_client_that_was_sold_partners_and_gets_trainees_is_found_by_asking(kept: Daemon) -> None:
    # Half of each case's work by the two partners was promised; by the weights of monitor/demo/firm.py most goes to trainees.
    delivered = [row for row in _rows(kept, f"/v1/people?client={SOLD_ON_PARTNERS}") if row["promise"]]
    assert {(row["promise"], row["promised_share"]) for row in delivered} == {("brightwater-partners", 0.5)}
    assert {row["delivered_share_at_most"] < 0.1 for row in delivered} == {True}
    shares: defaultdict[str, float] = defaultdict(float)
    for row in delivered:
        shares[row["grade"]] += row["touches_share"]
    assert max(shares, key=lambda grade: shares[grade]) == "trainee"
    breaches = _rows(kept, f"/v1/breaches?client={SOLD_ON_PARTNERS}&kind=seniority&state=all")
    assert len(breaches) > 20
    assert {row["holder"] for row in breaches}


@pytest.mark.usefixtures("seen")
def test_work_that_was_handed_down_names_two_grades_of_which_the_second_is_the_more_junior(kept: Daemon) -> None:
    downs = [row for row in _rows(kept, "/v1/decisions?kind=hand_down") if row["type"] == "handed_down"]
    assert len(downs) >= 5
    for row in downs:
        giver, taker = re.findall(r"\((\w+), ", row["reason"])
        assert GRADES.index(taker) < GRADES.index(giver), row["reason"]


def test_the_client_that_was_sold_partners_and_gets_trainees_shows_in_series_and_alerts(
    prometheus: Prometheus, seen: Seen
) -> None:
    def one(expression: str) -> float:
        (series,) = seen.ask(expression)
        return float(series["value"][1])

    assert one('sum(kept_obligations{kind="seniority", outcome="done_late", tier="gold"})') > 20
    assert one('sum(kept_hand_downs_total{to_grade="trainee", tier="gold"})') > 0
    alerts = 'ALERTS{alertname="PromiseBroken", kind="seniority", tier="gold", alertstate="firing"}'
    eventually(lambda: prometheus.ask(alerts), "broken seniority is told of")
    eventually(
        lambda: prometheus.ask('ALERTS{alertname="WorkHandedDown", tier="gold", alertstate="firing"}'),
        "work handed down is told of",
    )
