"""Every rule and every query of a dashboard gives the same for two workers as for a daemon on the same history.

The series are those of real processes: two workers on a broker and a database, and a daemon on that database before and
after. promtool replays them: ten minutes as it was before some events, five as it was after them, and five in which one
worker has gone and the other shows all there is.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import orjson
import pytest

from grafana.queries import asked, boards, filled
from monitor.conventions import own_metrics, promise_metrics
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.hours.instant import SECOND_US, format_instant, parse_instant
from monitor.testing import Daemon, cloud_event, eventually
from monitor.wire.book import read_book
from tests.acceptance.journals import count_events, rows
from tests.services.kafka_broker import PARTITIONS, KafkaBroker
from tests.services.postgres import PostgresServer
from tests.services.programs import Program
from tests.services.promql import selections
from tests.services.promtool import RULES, Answer, evaluated, groups, repeated
from tests.services.watched import WatchedProcess
from tests.services.workers import Worker, produce

pytestmark = pytest.mark.slow

BEFORE: Final = 1_500
EVENTS: Final = 2_000
CASES_EVERYWHERE: Final = 24
"""Of each client: that none is in one of four partitions has a chance of one in a thousand, and is seen."""
STILL_SECONDS: Final = 5
HURRIED: Final = "tests.acceptance.hurried"
"""It looks at shares and clients every second."""
LOOKS: Final = 3
BEFORE_SAMPLES: Final = 40
AFTER_SAMPLES: Final = 20
"""Of 15 s each."""
SOON_AFTER: Final = 15 * (BEFORE_SAMPLES + 2)
ALONE: Final = 15 * (BEFORE_SAMPLES + AFTER_SAMPLES + 8)

OF_A_PROCESS: Final = re.compile(
    r"up|process_\w+|kept_(agenda|worker|publish|notify)_\w+|kept_(waiting_events|catching_up|build_info|commit_\w+|last_recorded_\w+|\w+_last_read_\w+)"
)
"""Series that a process shows of itself: two processes show two. Where an expression asks for one, answers differ by right,
but for `kept_catching_up`, by which a rule only holds something back."""
OF_A_TRIFLE: Final = 1e-9
"""By how much sums may differ that were added in another order, relatively."""

OF_FOUR_ENDS: Final = 15 / (17 * 60)
OF_A_BUCKET: Final = 0.2
"""A quantile of parts that were made up for differently moves within its bucket, of which the widest is a fifth."""

LOOKED_AT: Final = ("kept_shares_last_read_timestamp_seconds", "kept_clients_last_read_timestamp_seconds")
EVERY_MINUTE: Final = {
    metric.name
    for metric in (
        promise_metrics.AMENDS_READ,
        promise_metrics.CREDITS_OWED,
        promise_metrics.CLIENT_BREACHES,
        promise_metrics.CLIENT_EARLIEST_BREACH,
    )
} | {metric.name for metric in promise_metrics.PAST_METRICS}

Evaluate = Callable[..., dict[int, dict[str, Answer]]]
"""What expressions give of series, at each of some instants."""

Shown = dict[str, float]
"""Series by name and labels as /metrics spells them."""


class Phases(NamedTuple):
    """What a process showed before the events, after them, and when the other worker was gone."""

    before: Shown
    after: Shown
    alone: Shown


class Seen(NamedTuple):
    """What two workers showed, what the other one of them showed alone, and what a daemon showed, of one history."""

    keeper: Shown
    other: Shown
    alone: Shown
    daemon: Shown


class Replayed(NamedTuple):
    """Series in promtool's notation: of a daemon; of workers of whom one goes later; and of workers of whom one goes just
    when the events come, so that only the other one ever shows what became of them."""

    daemon: Mapping[str, str]
    workers: Mapping[str, str]
    bereft: Mapping[str, str]


def _once_read(shown: Callable[[], Shown], since: float = 0.0) -> Shown:
    """The series once shares and clients were looked at, since an instant. What is looked at less often is left out: it
    may be of before."""

    def read() -> Shown | None:
        series = shown()
        assert promise_metrics.AMENDS_READ.name in series
        return series if all(series.get(name, 0) > since for name in LOOKED_AT) else None

    found: Shown = eventually(read, "shares and clients are shown")
    return {name: value for name, value in found.items() if name.partition("{")[0] not in EVERY_MINUTE}


class Still:
    """Whether something has been the same for a while: workers look once a second whether somebody fell silent."""

    def __init__(self, look: Callable[[], object]) -> None:
        self._look = look
        self._seen: object = None
        self._since = 0.0

    def __call__(self) -> bool:
        found, now = self._look(), time.monotonic()
        if found != self._seen:
            self._seen, self._since = found, now
        return now - self._since > STILL_SECONDS


class Firm:
    """One history, in a topic and a database, and whoever shows it."""

    def __init__(self, broker: KafkaBroker, database: str, book: Path, folder: Path) -> None:
        self._broker, self._topic = broker, broker.topic()
        self.database, self._book, self._folder = database, book, folder
        self._sent = 0
        self.running: list[Worker] = []

    def start(self) -> None:
        """Two workers, each with half of the partitions."""
        place = (self._broker, self._topic, self.database, self._book, self._folder)
        self.running = [Worker(*place, "--instance", name, module=HURRIED) for name in "ab"]
        for worker in self.running:
            worker.await_partitions(PARTITIONS // 2)

    def send(self, lines: list[bytes]) -> None:
        """Events, until they are judged."""
        produce(self._broker, self._topic, lines)
        self._sent += len(lines)
        eventually(lambda: count_events(self.database) == self._sent, "all of it is in the journal")
        overdue = "SELECT count(*) FROM matters WHERE NOT held AND wakes_at < extract(epoch FROM now()) * 1000000 - 5e6"
        eventually(lambda: rows(self.database, overdue) == [(0,)], "all that is over is decided")

    def _decided(self) -> object:
        return rows(self.database, "SELECT count(*), max(recorded) FROM decisions")

    def send_rubbish(self) -> None:
        """What nobody can read."""
        produce(self._broker, self._topic, [b"nobody can read this"])
        eventually(lambda: rows(self.database, "SELECT count(*) FROM dead_letters") == [(1,)], "it is set aside")

    def seen(self) -> Seen:
        """What is shown of one and the same history; looked at again where time went on deciding meanwhile."""
        for _ in range(LOOKS):
            keeper, other = sorted(self.running, key=_is_keeper, reverse=True)
            eventually(Still(self._decided), "all is decided that hangs on somebody's silence")
            decided = self._decided()
            shown = (_once_read(keeper.metrics, time.time()), other.metrics())
            keeper.kill()
            other.await_partitions(PARTITIONS)
            seen = Seen(*shown, _once_read(other.metrics), self._seen_by_a_daemon())
            if self._decided() == decided:
                return seen
            self.start()
        raise AssertionError(f"{LOOKS} times something was decided while it was looked at")

    def _seen_by_a_daemon(self) -> Shown:
        """What a daemon shows that has the database alone."""
        for worker in self.running:
            if worker.process.poll() is None:
                assert worker.stop() == 0
        daemon = Daemon(self._book, self.database, module=HURRIED)
        shown = _once_read(daemon.metrics)
        assert daemon.stop() == 0
        return shown


def _is_keeper(worker: WatchedProcess) -> bool:
    return "kept_clients_left_out" in worker.metrics()


def _waiting() -> bytes:
    """A case of just now that waits for its answer, so that something is due next."""
    opened = {
        "specversion": "1.0", "type": "ticket.opened", "source": "/nobody-listens-for", "id": "now", "time": format_instant(time.time_ns() // 1_000),
        "subject": "now", "client": "brightwater", "data": {"priority": "low", "by": "client"},
    }  # fmt: skip
    return orjson.dumps(opened)


def _everywhere(clients: list[str]) -> list[bytes]:
    """Cases of every client, and of nobody known, in every partition, and some that are linked across partitions: a client has
    series in a partition from the first case there on."""
    at = parse_instant("2026-03-01T09:00:00+00:00")
    events = []
    for client in [*clients, UNIDENTIFIED]:
        named = {} if client == UNIDENTIFIED else {"client": client}
        for number in range(CASES_EVERYWHERE):
            case = f"{client}-{number}"
            events.append(cloud_event("ticket.opened", case, at, f"{case}-o", source="/mail", by="client", **named))
        for number in range(1, CASES_EVERYWHERE // 3):
            case, to = f"{client}-0", f"{client}-{number}"
            events.append(cloud_event("case.linked", case, at + SECOND_US, f"{to}-l", source="/mail", to=to))
    return events


@pytest.fixture(scope="module")
def phases(
    kafka: KafkaBroker,
    postgres: PostgresServer,
    history: Path,
    firm_book: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Phases]]:
    firm = Firm(kafka, postgres.empty_database(), firm_book, tmp_path_factory.mktemp("workers"))
    lines = history.read_bytes().splitlines()[:EVENTS]
    try:
        yield _told(firm, lines, list(read_book(firm_book.read_text(), str(firm_book)).clients))
    finally:
        for worker in firm.running:
            worker.end()


def _told(firm: Firm, lines: list[bytes], clients: list[str]) -> dict[str, Phases]:
    firm.start()
    firm.send([*_everywhere(clients), *lines[:BEFORE], _waiting()])
    before = firm.seen()
    firm.start()
    firm.send_rubbish()
    firm.send(lines[BEFORE:])
    after = firm.seen()
    return {
        "daemon": Phases(before.daemon, after.daemon, after.daemon),
        "keeper": Phases(before.keeper, after.keeper, {}),
        "other": Phases(before.other, after.other, after.alone),
    }


# Replayed


def _placed(name: str, instance: str) -> str:
    """A series as Prometheus has it: with where it is from."""
    metric, _, labels = name.partition("{")
    more = f'job="kept",instance="{instance}"'
    return f"{metric}{{{more}}}" if not labels else f"{metric}{{{more},{labels}"


def _samples(phases: Phases, lengths: tuple[int, int, int], instance: str) -> dict[str, str]:
    """Every series of a process over the phases; one that is not shown any more ends. Counters have counted long before: where one begins at zero, Prometheus looks
    back less far behind the first sample it has, and of parts of a counter more do than of the whole."""
    written = {}
    for name in dict.fromkeys(name for shown in phases for name in shown):
        parts, is_shown = [], False
        for shown, length in zip(phases, lengths, strict=True):
            value = shown.get(name)
            if value is not None and COUNTER.search(name):
                value += LONG_BEFORE
            if value is None and is_shown and length:
                parts += ["stale", *([repeated(None, length - 1)] if length > 1 else [])]
            elif length:
                parts.append(repeated(value, length))
            is_shown = value is not None
        written[_placed(name, instance)] = " ".join(parts)
    return written


COUNTER: Final = re.compile(r"_(total|bucket|sum|count)(\{|$)")
LONG_BEFORE: Final = 1_000_000
GONE: Final[Shown] = {}


def _ever(phases: Phases, every: Iterable[Phases]) -> Phases:
    """Without the series that nobody ever shows as anything but zero: there are very many, and they say nothing."""
    ever = {name for each in every for shown in each for name, value in shown.items() if value or "{" not in name}
    return Phases(*({name: value for name, value in shown.items() if name in ever} for shown in phases))


@pytest.fixture(scope="module")
def replayed(phases: dict[str, Phases]) -> Replayed:
    lengths = (BEFORE_SAMPLES, AFTER_SAMPLES, AFTER_SAMPLES)
    daemon, keeper, other = (_ever(phases[name], phases.values()) for name in ("daemon", "keeper", "other"))
    return Replayed(
        _samples(daemon, lengths, "daemon"),
        _samples(keeper, lengths, "a") | _samples(other, lengths, "b"),
        _samples(Phases(keeper.before, GONE, GONE), lengths, "a")
        | _samples(Phases(other.before, other.alone, other.alone), lengths, "b"),
    )


# Asked


QUERIES: Final = [query for board in boards().values() for query in asked(board)]
EXPRESSIONS: Final = list(dict.fromkeys(filled(query.expr, {"client": "brightwater"}) for query in QUERIES))
RULE_EXPRESSIONS: Final = list(
    dict.fromkeys(
        rule["expr"].strip()
        for group in groups(RULES)
        for rule in group["rules"]
        # What is recorded by partition is what others add up.
        if "partition" not in rule.get("record", "")
    )
)


def _is_comparable(expression: str) -> bool:
    asked_for = {name for name, _ in selections(expression)}
    held_back_by = {"kept_catching_up"} if len(asked_for) > 1 else set()
    is_of_a_process = any(OF_A_PROCESS.fullmatch(name) for name in asked_for - held_back_by)
    return not is_of_a_process and "Kept.*" not in expression


def _without_instance(answer: Answer) -> Answer:
    return {
        frozenset(label for label in labels if not label.startswith("instance=")): answer[labels] for labels in answer
    }


def _assert_same(
    daemon: Mapping[str, Answer], workers: Mapping[str, Answer], tolerances: Mapping[str, float] = MappingProxyType({})
) -> None:
    differing = []
    for expression, answer in daemon.items():
        expected, found = _without_instance(answer), _without_instance(workers[expression])
        tolerance = tolerances.get(expression, OF_A_TRIFLE)
        for labels in expected.keys() | found.keys():
            one, other = expected.get(labels), found.get(labels)
            if one is None or other is None or not _is_close(one, other, tolerance):
                differing.append((expression, sorted(labels), one, other))
    assert not differing


def _is_close(one: float, other: float, tolerance: float) -> bool:
    return math.isclose(one, other, rel_tol=tolerance) or (math.isnan(one) and math.isnan(other))


@pytest.fixture(scope="module")
def evaluate(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Evaluate:
    def answers(series: Mapping[str, str], expressions: list[str], *instants: int) -> dict[int, dict[str, Answer]]:
        folder = tmp_path_factory.mktemp("asked")
        return evaluated(program("promtool"), series, expressions, instants, folder)

    return answers


COMPARED: Final = [each for each in [*RULE_EXPRESSIONS, *EXPRESSIONS] if _is_comparable(each)]


@pytest.fixture(scope="module")
def of_daemon(replayed: Replayed, evaluate: Evaluate) -> dict[int, dict[str, Answer]]:
    """What is said of a daemon, at both instants."""
    return evaluate(replayed.daemon, COMPARED, SOON_AFTER, ALONE)


@pytest.fixture(scope="module")
def of_workers(replayed: Replayed, evaluate: Evaluate) -> dict[int, dict[str, Answer]]:
    """What is said of workers, at both instants."""
    return evaluate(replayed.workers, COMPARED, SOON_AFTER, ALONE)


@pytest.mark.parametrize("at", [SOON_AFTER, ALONE], ids=["two at work", "one gone"])
def test_rules_and_panels_say_of_two_workers_what_they_say_of_a_daemon(
    of_daemon: dict[int, dict[str, Answer]], of_workers: dict[int, dict[str, Answer]], at: int
) -> None:
    assert sum(bool(answer) for answer in of_daemon[at].values()) > len(COMPARED) / 2
    # Prometheus makes up for what may have come before the first sample of a series and after its last one: half an interval
    # of each end. Of a partition that changed hands panels ask two series, which have four ends: 15 s of these 17 minutes.
    of_ends = {each: OF_A_BUCKET if "histogram_quantile" in each else OF_FOUR_ENDS for each in EXPRESSIONS}
    tolerances = of_ends if at == ALONE else {}
    _assert_same(of_daemon[at], of_workers[at], tolerances)


def test_rules_notice_what_came_just_when_a_worker_was_gone(
    replayed: Replayed, of_daemon: dict[int, dict[str, Answer]], evaluate: Evaluate
) -> None:
    compared = [each for each in RULE_EXPRESSIONS if _is_comparable(each)]
    found = evaluate(replayed.bereft, compared, SOON_AFTER)[SOON_AFTER]
    _assert_same({each: of_daemon[SOON_AFTER][each] for each in compared}, found)


def test_workers_show_together_what_a_daemon_shows_each_series_by_one_of_them(phases: dict[str, Phases]) -> None:
    keeper, other = phases["keeper"].after, phases["other"].after
    by_partition = [{name for name in shown if 'partition="' in name and shown[name]} for shown in (keeper, other)]
    assert all(by_partition)
    assert not by_partition[0] & by_partition[1]
    # A client has series in each partition from the first obligation there on: none begins with what is replayed.
    known = phases["keeper"].before.keys() | phases["other"].before.keys()
    assert not [name for name in (*keeper, *other) if name.startswith("kept_client_") and name not in known]
    missing = _metric_names(phases["daemon"].after) - _metric_names(keeper) - _metric_names(other)
    assert not {name for name in missing if not OF_A_PROCESS.fullmatch(name)} - OF_NOTICES


def _metric_names(shown: Shown) -> set[str]:
    return {name.partition("{")[0].removesuffix("_total") for name in shown}


OF_NOTICES: Final = {
    metric.name
    for metric in (
        *(
            own_metrics.NOTICES,
            own_metrics.NOTICE_TRIES,
            own_metrics.OPEN_NOTICES,
            own_metrics.UNDELIVERED_MESSAGES,
            own_metrics.EARLIEST_UNDELIVERED,
        ),
        *(own_metrics.GIVEN_UP_MESSAGES, own_metrics.NOTICES_BEHIND),
    )
}
"""What `kept notify` shows, and no worker."""
