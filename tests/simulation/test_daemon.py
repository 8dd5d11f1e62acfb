"""The real pipeline, commit point, agenda and store on a manual clock: duplicates, disorder, lateness, faults and crashes.

Each seed is a story of some days: events happen, arrive late, twice and out of order, in batches of any size from several
senders at once; the clock goes on; the disk is full now and then; the process is killed at any labelled step of a commit
and comes back; the promise book is changed, and sometimes the past is restated by another one. In the end what the journal
says is held against a judgement made at once from all events (`kept judge`) by all editions of the book, and every answer
it gave on the way against what it says now as of then.
KEPT_SEEDS says how many stories are told, KEPT_SEED tells one again.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, TypeAlias

import pytest
from sqlalchemy import Select, func, select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.store import SqlStore
from monitor.domain.cases.engine import hand_downs_of
from monitor.domain.cases.obligation import Verdict
from monitor.domain.hours.instant import DAY_US, FOREVER_US, HOUR_US, MINUTE_US, InstantUs
from monitor.domain.promises.promise import Kind
from monitor.errors import TransientError
from monitor.service.doors.arrivals import Arrival
from monitor.service.editions.shelf import BookText, Offer
from monitor.service.intake.agenda import Agenda
from monitor.service.intake.pipeline import Pipeline
from monitor.service.judging.judgement import Judgement
from monitor.service.matters.figures import figures_of, read_figures
from monitor.testing import (
    BOOK,
    MONDAY,
    Crash,
    FaultyStore,
    InlineWorker,
    ManualClock,
    Script,
    cloud_event,
    commit_point,
    no_space,
    store_at,
)
from monitor.wire.events.cloud_events import decode_event
from tests.unit.service.matters.figure_sums import net, summed

SEEDS: Final = (
    [int(os.environ["KEPT_SEED"])]
    if "KEPT_SEED" in os.environ
    else list(range(int(os.environ.get("KEPT_SEEDS", "25"))))
)
STORIES: Final = [("sqlite", seed) for seed in SEEDS] + [("postgresql", seed) for seed in SEEDS[::5]]
"""What is decided hangs on no database: a server, which is slower to set up, is told every fifth story."""

Answer: TypeAlias = list[tuple[Any, ...]]

TRIES: Final = 100
"""A fault comes once in a while; so many in a row are not chance."""

LISTENING_BOOK: Final = BOOK + "sources:\n  /test: {silent_after: 5h}\n"

PEOPLE_BOOK: Final = (
    LISTENING_BOOK
    + r"""
references: \[#(?P<case>\w+)\]
grades: [trainee, associate, senior]
staff:
  Ann: {grade: senior, team: desk, joined: 2020-01-01}
  Bea: {grade: trainee, team: desk, joined: 2025-09-03}
  Cy: {grade: associate, team: night}
breaches:
  currency: GBP
  causes: [overlooked]
  owed:
    - id: gold-own-up
      for: {tier: gold}
      acknowledge: 30m
      explain: 4h
      tell: 1h
      remedy: 24h
      warn: 50%
      despite_excuse: tell
      credit: {amount: 40, at_most: 100}
    - {id: own-up, of: [resolve, handoffs], acknowledge: 2h, apologise: 5h}
"""
).replace(
    "promises:\n",
    """promises:
  - {id: no-run-around, kind: handoffs, at_most: 2, returns: 1, without_holder: 4h}
  - {id: calls, kind: answer_call, within: 20m, formula: offered}
  - {id: callbacks, kind: callback, within: 3h, abandoned: true, for: {tier: gold}}
  - {id: meetings, kind: attend, at_least: associate, told_within: 5h}
  - {id: seniors, kind: seniority, at_least: associate, substitution: {told_first: true}}
  - {id: senior-share, kind: seniority, for: {tier: gold}, at_least: senior, share: 50%, of: touches}
  - {id: gold-hands, kind: handoffs, for: {tier: gold}, at_most: 1, inside_team: ignore}
""",
)

_LATER: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("ticket.resolved", {}),
    ("ticket.reopened", {}),
    ("ticket.closed", {}),
    ("ticket.changed", {"status": "waiting"}),
    ("ticket.changed", {"status": "open"}),
    ("ticket.changed", {"priority": "high"}),
    ("ticket.assigned", {"holder": "Ann"}),
    ("email.sent", {"author": "Ann"}),
    ("email.sent", {"author": "Ann"}),
    ("email.sent", {"automatic": True}),
    ("email.received", {"author": "Bo"}),
    ("email.received", {"author": "Bo"}),
    ("breach.excused", {"kind": "resolve", "reason": "strike", "approved_by": "Ann"}),
    ("callback.promised", {"by": "2026-03-03T12:00:00Z"}),
    ("email.received", {"author": "Bo", "about": ["C0"], "message_id": "<1@acme.example>"}),
    ("email.sent", {"author": "Ann", "in_reply_to": ["<1@acme.example>"]}),
)
_BY_PEOPLE: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("ticket.assigned", {"holder": "Bea"}),
    ("ticket.assigned", {"holder": "Cy"}),
    ("ticket.assigned", {}),
    ("email.sent", {"author": "Cy"}),
    ("work.logged", {"person": "Bea", "seconds": 600}),
    ("breach.client_told", {"kind": "seniority"}),
    ("call.offered", {"call": "T1", "queue": "helpline"}),
    ("call.answered", {"call": "T1", "agent": "Cy"}),
    ("call.abandoned", {"call": "T1"}),
    ("breach.acknowledged", {"by": "Ann"}),
    ("breach.acknowledged", {"kind": "resolve", "by": "Bea"}),
    ("breach.explained", {"cause": "overlooked", "words": "nobody saw it"}),
    ("breach.client_told", {}),
    ("breach.apologised", {"kind": "handoffs"}),
    ("breach.remedied", {"amount": 40, "currency": "GBP", "approved_by": "Ann"}),
    ("breach.closed", {"by": "Ann", "reason": "the client left"}),
    ("breach.excused", {"kind": "first_response", "reason": "strike", "approved_by": "Ann"}),
    ("call.voicemail", {"call": "T2"}),
    ("callback.made", {"reached": True, "agent": "Ann"}),
    ("callback.made", {"reached": False, "agent": "Bea"}),
    ("meeting.scheduled", {"at": "2026-03-03T10:00:00Z", "meeting": "M1"}),
    ("meeting.moved", {"at": "2026-03-03T15:00:00Z", "meeting": "M1"}),
    ("meeting.cancelled", {"meeting": "M1"}),
    ("meeting.held", {"attended": ["Bea"], "meeting": "M1"}),
    ("meeting.held", {"attended": ["Ann", "Cy"]}),
)
"""What happens besides where it matters who does it."""


@dataclass
class Sent:
    """One delivery of an event: what, when it happened, when it is handed over."""

    content: bytes
    at: InstantUs
    arrives: InstantUs


@dataclass
class Story:
    """What happens, and how it arrives; of people, too, where that is asked for."""

    dice: Random
    of_people: bool = False
    sent: list[Sent] = field(default_factory=list)
    number: int = 0

    def tell(self) -> list[Sent]:
        for index in range(self.dice.randint(3, 9)):
            self._case(f"C{index}", index)
        for _ in range(self.dice.randint(0, 6)):
            self._client_change()
        for _ in range(self.dice.randint(0, 3) if self.of_people else 0):
            self._staff_change()
        return sorted(self.sent, key=lambda each: each.arrives)

    def _case(self, case: str, others: int) -> None:
        dice = self.dice
        at = MONDAY + dice.randrange(2 * DAY_US)
        named = dice.choice([{"client": "acme"}, {"client": "umbra"}, {"client": "nobody"}, {}])
        if dice.random() < 0.8:
            self._happen("ticket.opened", case, at, **named, by=dice.choice(["client", "client", "staff"]))
        else:
            self._happen("email.received", case, at, **named, author="Bo", message_id="<1@acme.example>")
        for _ in range(dice.randint(0, 10)):
            at += dice.randrange(1, 6 * HOUR_US)
            event_type, data = dice.choice(_LATER + _BY_PEOPLE if self.of_people else _LATER)
            self._happen(event_type, case, at, **data)
        if others and dice.random() < 0.3:
            other = f"C{dice.randrange(others)}"
            event_type, key = dice.choice([("ticket.merged", "into"), ("case.linked", "to")])
            self._happen(event_type, case, at + dice.randrange(HOUR_US), **{key: other})
        if dice.random() < 0.3:
            by = "2026-03-05T12:00:00Z"
            self._happen("promise.made", case, at, promise="P", by=by, kept_by=dice.choice(["contact", "resolution"]))
        if self.of_people and dice.random() < 0.5:
            # Its book reads titles; the message is a case of its own otherwise.
            event_type, author = dice.choice([("email.sent", "Ann"), ("email.received", "Bo")])
            written = {"author": author, "title": f"Re: [#{case}] the bill"}
            self._happen(event_type, f"mail/{case}", at + dice.randrange(HOUR_US), **named, **written)

    def _client_change(self) -> None:
        at = MONDAY + self.dice.randrange(3 * DAY_US)
        # Often the tier is the one it was, and sometimes none is named.
        said = self.dice.choice(
            [{"tier": "silver"}, {"tier": "silver"}, {"tier": "gold"}, {"name": "Acme & Daughters"}]
        )
        self._happen("client.changed", None, at, client=self.dice.choice(["acme", "umbra"]), **said)

    def _staff_change(self) -> None:
        at = MONDAY + self.dice.randrange(3 * DAY_US)
        said = self.dice.choice([{"grade": "senior"}, {"grade": "trainee"}, {"team": "night"}, {"team": "desk"}])
        self._happen("staff.changed", None, at, person=self.dice.choice(["Ann", "Bea", "Cy"]), **said)

    def _happen(self, event_type: str, case: str | None, at: InstantUs, /, **more: Any) -> None:
        self.number += 1
        at -= at % MINUTE_US if self.dice.random() < 0.3 else 0
        content = cloud_event(event_type, case, at, f"e{self.number}", **more)
        late = self.dice.choice([0, 0, 0, self.dice.randrange(10 * MINUTE_US), self.dice.randrange(DAY_US)])
        for _ in range(self.dice.choice([1, 1, 1, 2])):
            self.sent.append(Sent(content, at, at + late + self.dice.randrange(MINUTE_US)))


class World:
    """A Kept that may be killed and started again on the same database."""

    def __init__(self, database: Location, dice: Random, book: str) -> None:
        self.dice = dice
        self.clock = ManualClock()
        self.book = book
        self._database = database
        self.is_calm = False
        self.crashes = 0
        self.answers: dict[InstantUs, Answer] = {}
        """What the journal said, by the recorded instant as of which it said so."""
        self.start()

    def start(self) -> None:
        self.store: SqlStore = store_at(self._database)
        self.script = Script(self._fault)
        point = commit_point(FaultyStore(self.store, self.script), self.book, self.clock.now())
        self.point = point
        self.pipeline = Pipeline(point, self.clock, InlineWorker())
        self.agenda = Agenda(point, self.clock, InlineWorker())

    def _fail_perhaps(self, chance: float) -> None:
        if not self.is_calm and self.dice.random() < chance:
            self.script.fail_in(self.dice.randrange(6))

    def calm_down(self) -> None:
        """From here on nothing fails: nobody begins anew, and thereby comes to know what it had missed."""
        self.is_calm = True
        self.script.disarm()

    def _fault(self) -> BaseException:
        return Crash() if self.dice.random() < 0.5 else no_space()

    def restart(self) -> None:
        self.crashes += 1
        self.close()
        self.start()

    def close(self) -> None:
        self.store.close()

    async def deliver(self, contents: list[bytes], *, catching_up: bool = False) -> None:
        """Several senders at once, each sends again until it has its answer, some of them much later."""
        for _ in range(TRIES):
            cuts = sorted(self.dice.randrange(len(contents) + 1) for _ in range(self.dice.randint(0, 3)))
            portions = [contents[a:b] for a, b in zip([0, *cuts], [*cuts, len(contents)], strict=True) if a < b]
            self._fail_perhaps(0.25)
            senders = [asyncio.ensure_future(self._send(portion, catching_up)) for portion in portions]
            try:
                for _ in senders:
                    await asyncio.sleep(0)
                while self.pipeline.waiting_events:
                    await self.pipeline.commit_next()
                answers = await asyncio.gather(*senders, return_exceptions=True)
            except Crash:
                for sender in senders:
                    sender.cancel()
                await asyncio.gather(*senders, return_exceptions=True)
                self.restart()
                continue
            if not any(isinstance(answer, TransientError) for answer in answers):
                return
            if not catching_up and self.dice.random() < 0.5:
                await self.pass_time(self.clock.now() + self.dice.randrange(3 * HOUR_US))
        raise AssertionError("it never works again")

    async def change_book(self) -> None:
        """Somebody applies another text of the book, for what is to come or for the past as well."""
        words = self.dice.choice(["within: 1h", "within: 20m", "within: 3h"])
        offered = BookText(self.book.replace("within: 1h", words), "new.yaml")
        since = self.dice.choice([None, None, MONDAY, MONDAY + DAY_US])
        count = len(self.store.editions())
        self._fail_perhaps(0.25)
        for _ in range(TRIES):
            try:
                self.point.apply(Offer(offered, "Ann", "a story", since=since), self.clock.now())
            except Crash:
                self.restart()
            except TransientError:
                pass
            if len(self.store.editions()) > count:
                return
        raise AssertionError("it never works again")

    def remember_answer(self) -> None:
        """Writes down what the journal says just now."""
        self.answers[self.point.last_recorded] = self.answer()

    def answer(self) -> Answer:
        """What is held of every obligation."""
        row = t.OBLIGATIONS.c
        return self._ask(select(row.id, row.client, row.promise, row.due, row.verdict, row.ended))

    def answer_as_of(self, recorded: InstantUs) -> Answer:
        """The same from the history, as of a recorded instant."""
        row, later = t.DECISIONS.c, t.DECISIONS.alias().c
        replaced = select(later.position).where(later.replaces == row.position, later.recorded <= recorded)
        asked = select(row.obligation, row.client, row.promise, row.due, row.verdict, row.ended)
        return self._ask(asked.where(row.recorded <= recorded, ~replaced.exists()))

    def _ask(self, asked: Select[Any]) -> Answer:
        with self.store._engine.connect() as connection:
            return sorted(tuple(row) for row in connection.execute(asked))

    async def _send(self, contents: list[bytes], catching_up: bool) -> Any:
        return await self.pipeline.submit([Arrival(content, "test", catching_up) for content in contents])

    async def catch_up(self, past: list[Sent]) -> None:
        """Takes a past that lies ready when Kept is first started; time alone breaks nothing meanwhile."""
        while past:
            size = self.dice.randint(1, 8)
            await self.deliver([sent.content for sent in past[:size]], catching_up=True)
            assert self._broken_without_an_end() == 0
            past = past[size:]
        self.script.disarm()
        await self.agenda.release()

    def _broken_without_an_end(self) -> int:
        late = (t.DECISIONS.c.type == "broken") & t.DECISIONS.c.cause_id.is_(None) & t.DECISIONS.c.ended.is_(None)
        with self.store._engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(t.DECISIONS).where(late)) or 0

    async def pass_time(self, until: InstantUs) -> None:
        """The clock goes on; after each of the agenda's turns nothing that is due is left."""
        self.clock.set(until)
        for _ in range(TRIES):
            self._fail_perhaps(0.15)
            try:
                while await self.agenda.turn() and self.point.is_rejudging:
                    pass
            except Crash:
                self.restart()
            except TransientError:
                continue
            else:
                self.assert_nothing_is_overdue()
                return
        raise AssertionError("it never works again")

    def assert_nothing_is_overdue(self) -> None:
        now = self.clock.now()
        unseen = select(t.OBLIGATIONS.c.id).where(t.OBLIGATIONS.c.verdict == "running", t.OBLIGATIONS.c.due < now)
        with self.store._engine.connect() as connection:
            assert connection.scalars(unseen).all() == []
            earliest = connection.scalar(select(func.min(t.MATTERS.c.wakes_at))) or FOREVER_US
        assert earliest > now


@pytest.mark.parametrize(("any_database", "seed"), STORIES, indirect=["any_database"])
@pytest.mark.parametrize("book", [BOOK, LISTENING_BOOK, PEOPLE_BOOK], ids=["all heard", "silences", "people"])
async def test_the_journal_says_what_a_judgement_of_all_events_says(
    any_database: Location, seed: int, book: str
) -> None:
    print(f"KEPT_SEED={seed}")
    dice = Random(seed)
    story = Story(dice, of_people=book == PEOPLE_BOOK).tell()
    with closing(World(any_database, dice, book)) as world:
        await _live(world, story)
        _assert_as_judged(world, story)
        world.remember_answer()
        for recorded, answer in world.answers.items():
            assert world.answer_as_of(recorded) == answer
        _assert_counts_are_a_recount(world)


async def _live(world: World, story: list[Sent]) -> None:
    """Everything happens, and some days later it is over: some stories are wild to the end, which is a restart, some calm from
    the beginning."""
    dice, left = world.dice, list(story)
    if dice.random() < 0.4:
        cut = dice.randrange(len(story))
        world.clock.set(story[cut].arrives)
        await world.catch_up(story[:cut])
        left = story[cut:]
    calm_at = dice.randrange(len(left) + 1)
    while left:
        if len(left) <= calm_at and not world.is_calm:
            world.calm_down()
        size = dice.randint(1, 6)
        batch, left = left[:size], left[size:]
        await world.pass_time(max(world.clock.now(), batch[-1].arrives))
        await world.deliver([sent.content for sent in batch])
        world.remember_answer()
        if dice.random() < 0.05:
            await world.change_book()
        if not world.is_calm and dice.random() < 0.05:
            world.restart()
    await world.pass_time(world.clock.now() + dice.randrange(3 * DAY_US))
    if not world.is_calm:
        world.restart()
    await world.pass_time(world.clock.now() + HOUR_US)


def _judged(world: World, story: list[Sent]) -> Judgement:
    judgement = Judgement(world.point.book, world.clock.now())
    judgement.gather(decode_event(content) for content in dict.fromkeys(sent.content for sent in story))
    return judgement


def _assert_as_judged(world: World, story: list[Sent]) -> None:
    assert not world.point.is_rejudging
    judgement = _judged(world, story)
    expected = {each.obligation: (each.verdict.value, each.due, each.client) for each in judgement.statements()}
    columns = t.OBLIGATIONS.c
    with world.store._engine.connect() as connection:
        rows = connection.execute(select(columns.id, columns.verdict, columns.due, columns.client)).all()
        events = connection.scalar(select(func.count()).select_from(t.EVENTS))
    assert events == len({sent.content for sent in story})
    found = {row[0]: tuple(row[1:]) for row in rows}
    withdrawn = {name for name, row in found.items() if name not in expected and row[0] == Verdict.VOID}
    assert {name: row for name, row in found.items() if name not in withdrawn} == expected
    _assert_hand_downs_as_judged(world, _judged(world, story))
    _assert_figures_as_judged(world, _judged(world, story))


def _assert_hand_downs_as_judged(world: World, judgement: Judgement) -> None:
    """What was announced of work handed down and not taken back is what a judgement of all events finds."""
    expected = {
        f"{name.case}/hand_down/{name.occasion}"
        for matter in judgement.gathering.matters()
        for name in hand_downs_of(matter)
    }
    columns = t.OBLIGATIONS.c
    stands = (columns.kind == Kind.HAND_DOWN.value) & columns.ended.is_not(None)
    with world.store._engine.connect() as connection:
        found = set(connection.scalars(select(columns.id).where(stands)))
    assert found == expected


def _assert_figures_as_judged(world: World, judgement: Judgement) -> None:
    """What was counted of people, less what was taken back, is what a judgement of all events finds; so are the rows."""
    expected = summed(figures_of(matter) for matter in judgement.gathering.matters())
    with world.store._engine.connect() as connection:
        rows = connection.scalars(select(t.MATTER_FIGURES.c.figures)).all()
    assert summed(map(read_figures, rows)) == expected
    assert net(world.store.resumption().counts.figures) == expected
    assert net(world.point.totals().figures) == expected


def _assert_counts_are_a_recount(world: World) -> None:
    decisions = t.DECISIONS.c
    with world.store._engine.connect() as connection:
        by_type = Counter(
            {
                row[0]: row[1]
                for row in connection.execute(select(decisions.type, func.count()).group_by(decisions.type))
            }
        )
        first = (decisions.verdict == "broken") & ~decisions.restated & decisions.type.in_(["broken", "restated"])
        breaches = connection.execute(
            select(decisions.obligation).where(first).group_by(decisions.obligation).having(func.count() > 1)
        ).all()
        again = connection.execute(
            select(decisions.id).where(decisions.type == "broken", decisions.previous == "broken")
        ).all()
        kept = connection.scalar(
            select(func.count()).select_from(t.OBLIGATIONS).where(t.OBLIGATIONS.c.verdict == "kept")
        )
        still_open = connection.scalar(select(func.count()).select_from(t.OBLIGATIONS).where(t.OBLIGATIONS.c.is_open))
        events = connection.scalar(select(func.count()).select_from(t.EVENTS))
    assert breaches == []
    assert again == []
    counts = world.point.totals()
    counted: Counter[str] = Counter()
    for (_, decision_type), count in counts.decisions.items():
        counted[decision_type] += count
    assert counted == by_type
    assert counts.intake["accepted"] == events
    assert sum(count for key, count in counts.standings.items() if key.outcome == "kept") == kept
    assert sum(count for key, count in counts.standings.items() if key.is_open) == still_open
