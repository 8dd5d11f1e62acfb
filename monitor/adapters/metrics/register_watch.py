"""What the register of promises comes to, for whoever watches: how many there are, and of how many there is cause for doubt.

The register is read anew as soon as something is on record since, or a promise of the book begins or ends. Whether the record
said of a date that it could not be kept is a question of its own for each, and its answer never changes, for it stands as of
when Kept learned of the date; so each date of late is asked about once, in its turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from prometheus_client.metrics_core import Metric
from sqlalchemy import Connection

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.pages import Row
from monitor.adapters.answers.reader import Connect
from monitor.adapters.answers.register import against_the_record, register_rows
from monitor.adapters.answers.register_events import CasePromise
from monitor.adapters.journal.recorded import standing
from monitor.adapters.metrics.in_turn import InTurn
from monitor.adapters.metrics.looking import JournalWatch
from monitor.adapters.metrics.series import gauge, gauges, zeros
from monitor.conventions import promise_metrics
from monitor.conventions.metric_name import OTHER
from monitor.domain.cases.obligation import Verdict
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.figures.register import OF_BOOK, RegisterFinding, RegisterState
from monitor.domain.hours.instant import DAY_US, FOREVER_US, MINUTE_US, DurationUs, InstantUs, parse_instant
from monitor.domain.promises.promise import Kind
from monitor.service.ports.machine import Clock
from monitor.wire.questions.parameters import RegisterParameters

OF_LATE_US: Final[DurationUs] = 90 * DAY_US
"""How far back it is asked of dates whether the record spoke against them."""
BOOK, CASE = "book", "case"


class RegisterReadings(NamedTuple):
    """What there was at the last look: promises by where they were made and how they stand; of those that still bind, how many
    have a finding, by where they were made and by client; how many dates of late are still to be held against the record."""

    promises: Mapping[tuple[str, str], int] = {}
    findings: Mapping[tuple[str, str], int] = {}
    of_clients: Mapping[tuple[str, str], int] = {}
    unasked: int = 0
    looked_at: InstantUs = 0
    """When, 0 before the first look."""


class RegisterWatch(JournalWatch):
    """Keeps the counts of the register."""

    every = MINUTE_US
    what = "counts of the register"

    def __init__(self, connect: Connect, clock: Clock) -> None:
        super().__init__(connect, clock)
        self._read_as_of: InstantUs | None = None
        self._read_until: InstantUs = 0
        """When the next promise of the book begins or ends."""
        self._rows: list[Row] = []
        self._dates: dict[_Date, CasePromise] = {}
        self._against: InTurn[_Date, bool] = InTurn(clock)
        self.readings = RegisterReadings()

    def look(self) -> None:
        """Brings the counts up to the history. Raises TransientError; then the readings stay as they were."""
        now = self._clock.now()
        with self._connect() as connection:
            as_of = standing(connection, None)
            if as_of != self._read_as_of or now >= self._read_until:
                self._read(connection, as_of, now)
        self._read_as_of = as_of
        late = [date for date in self._dates if date.recorded > now - OF_LATE_US]
        self._against.ask(late, None, self._is_against)
        told = self._against.answers(late)
        against = {(date.case, date.promise) for date, is_against in told.items() if is_against}
        self.readings = _counted(self._rows, against, len(late) - len(told), now)

    def forget(self) -> None:
        """Knows nothing any more."""
        self._read_as_of = None
        self._rows, self._dates = [], {}
        self._against.clear()
        self.readings = RegisterReadings()

    def _read(self, connection: Connection, as_of: InstantUs, now: InstantUs) -> None:
        dates: dict[_Date, CasePromise] = {}

        def note(_: Connection, said: CasePromise) -> tuple[()]:
            made = said.given.made
            if said.kind is Kind.BY and made is not None and made.by is not None and said.client != UNIDENTIFIED:
                dates[_Date(said.case, said.name, said.client, made.at, made.by, said.recorded)] = said
            return ()

        self._rows, self._dates = register_rows(Known(connection, as_of, now), RegisterParameters(), note), dates
        of_book = (row for row in self._rows if row["made_in"] == BOOK)
        turns = (parse_instant(at) for row in of_book for at in (row["since"], row["until"]) if at is not None)
        self._read_until = min((turn for turn in turns if turn > now), default=FOREVER_US)

    def _is_against(self, date: _Date) -> bool:
        with self._connect() as connection:
            return bool([*against_the_record(connection, self._dates[date])])


class _Date(NamedTuple):
    """A date that was given in a case: all that its answer hangs on."""

    case: str
    promise: str
    client: str
    said_at: InstantUs
    by: InstantUs
    recorded: InstantUs


def _counted(rows: Sequence[Row], against: set[tuple[str, str]], unasked: int, now: InstantUs) -> RegisterReadings:
    promises: Counter[tuple[str, str]] = Counter()
    findings: Counter[tuple[str, str]] = Counter()
    of_clients: Counter[tuple[str, str]] = Counter()
    for row in rows:
        promises[row["made_in"], row["state"]] += 1
        if not _binds(row):
            continue
        found = [name for name in row["findings"].split(", ") if name]
        if (row["case"], row["promise"]) in against:
            found.append(RegisterFinding.MADE_AGAINST_THE_RECORD.value)
        for name in found:
            findings[row["made_in"], name] += 1
            if row["client"] not in (None, UNIDENTIFIED):
                of_clients[row["client"], name] += 1
    return RegisterReadings(promises, findings, of_clients, unasked, now)


def _binds(row: Mapping[str, Any]) -> bool:
    """Whether a promise of the book is in force or will be, and what was said in a case is still to be kept."""
    if row["made_in"] == BOOK:
        return row["state"] in _TO_COME
    return row["state"] in _MADE and row["verdict"] in _OPEN


_TO_COME: Final = {RegisterState.IN_FORCE.value, RegisterState.PLANNED.value}
_MADE: Final = {RegisterState.MADE.value, RegisterState.AMENDED.value}
_OPEN: Final = {None, Verdict.RUNNING.value, Verdict.PAUSED.value}


# Series


def register_series(readings: RegisterReadings, clients: Sequence[str]) -> Iterator[Metric]:
    """All of them; `clients` are those with series of their own, all others are together in `_other`."""
    if not readings.looked_at:
        return
    promises = zeros([BOOK], [each.value for each in OF_BOOK])
    promises.update(zeros([CASE], [each.value for each in RegisterState if each not in OF_BOOK]))
    findings = zeros([BOOK, CASE], [each.value for each in RegisterFinding])
    for impossible in _IMPOSSIBLE:
        del findings[impossible]
    shown, of_clients = frozenset(clients), Counter[tuple[str, str]]()
    for (client, finding), count in readings.of_clients.items():
        of_clients[client if client in shown else OTHER, finding] += count
    yield gauges(promise_metrics.REGISTER_PROMISES, {**promises, **readings.promises})
    yield gauges(promise_metrics.REGISTER_FINDINGS, {**findings, **readings.findings})
    yield gauges(promise_metrics.CLIENT_REGISTER_FINDINGS, of_clients)
    yield gauge(promise_metrics.REGISTER_UNASKED, readings.unasked)


_IMPOSSIBLE: Final = (
    (BOOK, RegisterFinding.MADE_AGAINST_THE_RECORD.value),
    (CASE, RegisterFinding.NEVER_EXERCISED.value),
)
"""What can't be found of what was made there."""
