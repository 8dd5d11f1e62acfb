"""The way in from a log in partitions: what is read is committed with how far it was read, and time passes behind it.

Theory of operation. One thing after the other: records are fetched and committed, and then time passes. The position in
the log is the one in the journal; what the log itself remembers of it is for its own tools. Where a commit does not work,
the same records are tried again, half as many at a time, until it does, or until somebody else has the partition: a commit
that takes so long that whoever waits for the turn ends it must not be tried as it was for ever.

A deadline is decided when everything that was in the partition's log at some instant after it is in the journal: the answer
may be there. So the ends of the partitions are asked for when a deadline has passed, and every second, and time has come to
the instant before the question once the journal has come to those ends. However fast the log grows, those are reached.

Partitions come and go while a commit is under way (`assigned`, `revoked`). What came is taken in the next turn, and where that
does not work in one after it, as everything else; so whoever shares them out waits for nothing. What goes waits for the commit,
by the worker that commits; what was fetched and not committed of it is left to whoever gets it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from monitor.domain.hours.instant import MINUTE_US, SECOND_US, DurationUs, InstantUs
from monitor.domain.number import number_of
from monitor.errors import ConfigError, KeptError, Superseded, TransientError
from monitor.service.commits.housekeeping import Housekeeping
from monitor.service.doors.arrivals import Arrival, Rejection
from monitor.service.ports.event_log import Bounds, EventLog, LogRecord
from monitor.service.ports.machine import Machine
from monitor.service.workers.share import SPANNING
from monitor.service.workers.shared_commit_point import SharedCommitPoint

FETCHED_WITHIN_US: Final[DurationUs] = SECOND_US // 5
STUCK_US: Final[DurationUs] = 2 * MINUTE_US
"""A worker that gets nowhere for so long, though there is something to do, ends with an error, to be started again."""
SHOWN_EVERY_US: Final[DurationUs] = 5 * SECOND_US

RECORDS_A_COMMIT: Final = 8_000
"""As many as a worker that lags behind finds at once: the cost of a commit is shared by more then, and more of them are of the
same case and judged together (a tenth less of the worker's time than with 2,000, and a quarter less of the database's); a
deadline waits for half a second or so."""
FEWEST_A_COMMIT: Final = 250
_AT_LEAST_US: Final[DurationUs] = SECOND_US // 50
"""Between two turns where a deadline has passed and the log is not read so far."""
_RECENT_US: Final[DurationUs] = 10 * SECOND_US
_EMPTY: Final = Rejection("a record without a value", "an event", "")

_log = logging.getLogger(__name__)


class _Mark(NamedTuple):
    """Where a partition's log ended at an instant."""

    at: InstantUs
    end: int


class LogIntake:
    """Takes what is in this process's partitions, and lets time pass in them."""

    def __init__(
        self,
        commit_point: SharedCommitPoint,
        log: EventLog,
        machine: Machine,
        partitions: int,
        *,
        identity: str | None = None,
        accepts_loss: bool = False,
        housekeeping: Housekeeping | None = None,
    ) -> None:
        """`partitions` is how many the topic has, `identity` by what it is known to be the one of which the journal knows how far
        it is read. `accepts_loss` goes on where the log no longer has what was to be read next. `housekeeping` is done while
        this one is the keeper."""
        self._commit_point = commit_point
        self._log = log
        self._clock, self._worker = machine
        self._commit_point.share.partitions = partitions
        self._identity = identity
        self._accepts_loss = accepts_loss
        self._housekeeping = housekeeping
        self._given: frozenset[int] = frozenset()
        """Partitions that are this process's and are to be taken; another one whenever they are shared out anew."""
        self._next: dict[int, int] = {}
        self._marks: dict[int, _Mark] = {}
        self._portion = RECORDS_A_COMMIT
        self._lost: dict[int, InstantUs] = {}
        self._marked_at: InstantUs = 0
        self._looked_at: InstantUs = 0
        self._shown_at: InstantUs = 0
        self._moved_at: InstantUs = self._clock.now()
        self.last_turn: InstantUs | None = None
        """When it last came round with everything working."""
        self.lost_records = 0
        """Records that the log no longer had when they were to be read, since the start."""

    @property
    def next_offsets(self) -> Mapping[int, int]:
        """Behind what is committed, for each of this process's partitions."""
        return self._next

    @property
    def topic_partitions(self) -> int:
        """How many partitions the topic has."""
        return self._commit_point.share.partitions

    def lag(self) -> int:
        """Records that were in the log when it was last asked, and are not in the journal."""
        return sum(max(0, mark.end - self._next.get(number, mark.end)) for number, mark in self._marks.items())

    def is_alive(self) -> bool:
        """Whether it has come round lately."""
        return self.last_turn is not None and abs(self._clock.now() - self.last_turn) <= STUCK_US // 4

    # Partitions come and go

    async def assigned(self, partitions: Collection[int]) -> None:
        """These partitions are this process's now, perhaps none; the next turn takes them."""
        self._given = self._given | set(partitions)

    async def _take_given(self) -> None:
        """Takes what was given and not taken yet, unless it is shared out anew meanwhile, and reads on from there."""
        given = self._given
        try:
            await self._refuse_another_log()
            found = await self._log.bounds(given)
            if given is not self._given:
                return
            claimed = await self._worker.run(partial(self._commit_point.claim, given))
        except TransientError as error:
            places = ", ".join(map(str, sorted(given)))
            raise TransientError(f"partitions that are not taken ({places}): {error}") from error
        if given is self._given:
            self._read_on(
                {number: self._start_of(number, found[number], claimed[number].next_offset) for number in given}
            )

    def _read_on(self, start: Mapping[int, int]) -> None:
        self._log.read_on(start)
        self._given = frozenset()
        self._next |= start
        for number in start:
            self._lost.pop(number, None)
        self._moved_at = self._clock.now()

    async def _refuse_another_log(self) -> None:
        """Raises ConfigError where the topic was made anew: offsets of the old one say nothing of it, however far it has grown."""
        found = await self._log.identity()
        if found is not None and self._identity not in {None, found}:
            raise another_log(self._log.topic, found, str(self._identity))

    async def revoked(self, partitions: Collection[int]) -> None:
        """These partitions are another's now, or nobody's."""
        self._given = self._given - set(partitions)
        self._drop(partitions)
        await self._worker.run(partial(self._commit_point.give_up, partitions))

    def _drop(self, partitions: Collection[int]) -> None:
        for number in partitions:
            self._next.pop(number, None)
            self._marks.pop(number, None)
            self._lost.pop(number, None)

    def _start_of(self, number: int, bounds: Bounds, known: int | None) -> int:
        """Where to read a partition on; raises ConfigError where that is not in the log any more."""
        if known is None:
            return bounds.begin
        if bounds.begin <= known <= bounds.end:
            return known
        place = f"{self._log.topic} partition {number}"
        if known < bounds.begin:
            removed = number_of(
                bounds.begin - known,
                "record was removed before it was read",
                "records were removed before they were read",
            )
            found = f"a log that begins at {bounds.begin}: {removed}"
        else:
            found = f"a log that ends at {bounds.end}: the topic was made anew"
        if not self._accepts_loss:
            expected = f"the record {known}, which is to be read next; --accept-loss goes on at {bounds.begin}"
            raise ConfigError.of(place, found, expected)
        self.lost_records += max(0, bounds.begin - known)
        _log.warning("%s: found %s, and goes on at %s", place, found, bounds.begin)
        return bounds.begin

    # Turns

    async def run(self, stopping: asyncio.Event) -> None:
        """Takes turns until it is to stop; raises KeptError for what can't go on."""
        while not stopping.is_set():
            await self.turn()

    async def turn(self) -> None:
        """Takes what there is, and lets time pass up to where everything is read."""
        try:
            await self._turn()
        except Superseded as error:
            self._lose(error)
        except TransientError as error:
            _log.error("%s", error)
            await self._wait_out(error)
        else:
            self.last_turn = self._clock.now()

    def _lose(self, error: Superseded) -> None:
        """Another worker writes these partitions; the log will say so, too."""
        _log.warning("%s", error)
        self._drop(error.partitions)
        self._lost |= dict.fromkeys(error.partitions, self._clock.now())

    async def _wait_out(self, error: TransientError) -> None:
        """What did not work is done again a second later, unless it has not worked for too long."""
        self._refuse_to_be_stuck(str(error))
        await self._clock.wait(asyncio.Event(), self._clock.now() + SECOND_US)

    async def _turn(self) -> None:
        if self._given:
            await self._take_given()
        fetched = await self._log.fetch(self._patience())
        await self._take(fetched)
        await self._mark_ends()
        read_until = await self._read_until()
        await self._look(read_until)
        await self._let_time_pass()
        await self._keep()
        await self._show()
        self._watch()

    def _patience(self) -> InstantUs:
        """How long to wait for records: until the next deadline at most, and hardly while there is much to judge again."""
        now = self._clock.now()
        wake = self._commit_point.earliest_in(self._next) if self._next else now + FETCHED_WITHIN_US
        if self._commit_point.is_rejudging and self._commit_point.share.is_keeper:
            wake = now
        return min(now + FETCHED_WITHIN_US, max(now + _AT_LEAST_US, wake))

    async def _take(self, fetched: Mapping[int, Sequence[LogRecord]]) -> None:
        """Commits what was fetched, a portion at a time, each again and again until that works; a partition that is lost
        meanwhile is left out."""
        while True:
            arrivals, ahead = self._arrivals(fetched)
            if not ahead:
                return
            try:
                now = self._clock.now()
                await self._worker.run(partial(self._commit_point.take_records, arrivals, ahead, now))
            except Superseded as error:
                self._lose(error)
            except TransientError as error:
                _log.error("%s not committed: %s", number_of(len(arrivals), "record was", "records were"), error)
                self._portion = max(FEWEST_A_COMMIT, self._portion // 2)
                await self._wait_out(error)
            else:
                self._next |= {number: offset for number, offset in ahead.items() if number in self._next}
                self._moved_at = self._clock.now()
                self._portion = min(RECORDS_A_COMMIT, 2 * self._portion)

    def _arrivals(self, fetched: Mapping[int, Sequence[LogRecord]]) -> tuple[list[Arrival], dict[int, int]]:
        """The next portion of what is new of it, of partitions that are this process's; and the offsets behind it."""
        arrivals: list[Arrival] = []
        ahead: dict[int, int] = {}
        for number, records in fetched.items():
            known = self._next.get(number)
            if known is None:
                continue
            fresh = [record for record in records if record.offset >= known][: self._portion - len(arrivals)]
            if fresh:
                ahead[number] = fresh[-1].offset + 1
                arrivals += self._arrived(number, fresh)
        return arrivals, ahead

    def _arrived(self, number: int, records: Sequence[LogRecord]) -> Iterator[Arrival]:
        """Records of a partition as arrivals."""
        place, catching_up = f"{self._log.topic}/{number}", True
        for offset, content, made_of in records:
            fault = _EMPTY if content is None else None
            yield Arrival(content or b"", f"{place}/{offset}", catching_up, fault, number, made_of)

    # Time

    async def _mark_ends(self) -> None:
        """Asks where the logs end, of partitions that have come to the end asked for before; where there is a reason to."""
        now = self._clock.now()
        waiting = [number for number in self._next if number not in self._marks]
        is_due = bool(waiting) and self._commit_point.earliest_in([*waiting, *self._spanning()]) <= now
        if waiting and (is_due or abs(now - self._marked_at) >= SECOND_US):
            self._marked_at = now
            found = await self._log.bounds(waiting)
            self._moved_at = self._moved_at if self._marks else now
            for number, bounds in found.items():
                if number in self._next:
                    self._marks[number] = _Mark(now, bounds.end)

    async def _read_until(self) -> dict[int, InstantUs]:
        """The instants up to which partitions are read, of those for which that is news."""
        reached, empty = {}, {}
        for number, mark in list(self._marks.items()):
            if self._next[number] < mark.end:
                if await self._log.position(number) < mark.end:
                    continue
                empty[number] = mark.end
            if number in self._marks:
                reached[number] = self._marks.pop(number).at
        await self._pass_over({number: end for number, end in empty.items() if number in self._next})
        self._commit_point.share.read_until |= {number: at for number, at in reached.items() if number in self._next}
        return reached

    async def _pass_over(self, ends: Mapping[int, int]) -> None:
        """Commits that nothing is left to be read before these ends, though no record is there: the end of a transaction, say.
        Were the log cut behind it, that would look like records that were removed before they were read."""
        if ends:
            await self._worker.run(partial(self._commit_point.take_records, [], ends, self._clock.now()))
            self._next |= {number: end for number, end in ends.items() if number in self._next}

    async def _look(self, read_until: Mapping[int, InstantUs]) -> None:
        """Once a second, or where something hangs on it: how far the others are, and what they wrote."""
        now = self._clock.now()
        share = self._commit_point.share
        is_asked = bool(read_until) and self._waits_for_others()
        if not self._next or not (is_asked or abs(now - self._looked_at) >= SECOND_US):
            return
        self._looked_at = now
        mine = {number: share.read_until[number] for number in self._next if number in share.read_until}
        await self._worker.run(partial(self._commit_point.look, mine, now))
        self._moved_at = now if not self._marks else self._moved_at
        if self._commit_point.is_listening:
            await self._worker.run(partial(self._commit_point.listen, now))

    def _waits_for_others(self) -> bool:
        """Whether time here hangs on how far all partitions are read."""
        return self.topic_partitions > 1 and bool(self._spanning() or self._commit_point.book.sources)

    def _spanning(self) -> list[int]:
        return [SPANNING] if self._commit_point.share.is_keeper else []

    async def _let_time_pass(self) -> None:
        share = self._commit_point.share
        together: defaultdict[InstantUs, list[int]] = defaultdict(list)
        for number in self._next:
            until = share.read_until.get(number, 0)
            # Where a silence counts, time passes only as far as everybody could be heard.
            together[min(until, share.all_read_until) if self._commit_point.book.sources else until].append(number)
        for number in self._spanning():
            together[share.all_read_until].append(number)
        for until, homes in together.items():
            while self._commit_point.earliest_in(homes) <= until:
                now = self._clock.now()
                await self._worker.run(partial(self._commit_point.let_pass, homes, until, now))
                if not set(homes) <= {*self._next, SPANNING}:
                    return

    async def _keep(self) -> None:
        """The keeper's work, a portion a turn, while nobody lags behind: it judges by a new edition, or takes out what is over."""
        now, share = self._clock.now(), self._commit_point.share
        if not share.is_keeper or now - share.all_read_until >= _RECENT_US:
            return
        if self._commit_point.is_rejudging:
            await self._worker.run(partial(self._commit_point.rejudge, now))
        elif self._housekeeping is not None:
            await self._housekeeping.step()

    # Watching

    async def _show(self) -> None:
        now = self._clock.now()
        if abs(now - self._shown_at) < SHOWN_EVERY_US:
            return
        self._shown_at = now
        # Without partitions, too: the group may not see for minutes that a topic is there again, and share it out.
        await self._refuse_another_log()
        if self._next:
            await self._log.show(dict(self._next))

    def _watch(self) -> None:
        if not self._marks:
            self._moved_at = self._clock.now()
        self._refuse_to_be_stuck(f"{number_of(self.lag(), 'record that waits', 'records that wait')} and no progress")
        now = self._clock.now()
        for number, since in self._lost.items():
            if abs(now - since) > STUCK_US:
                place = f"{self._log.topic} partition {number}"
                raise _Stuck(f"{place}: found that another worker writes it and this one is to, expected one of them")

    def _refuse_to_be_stuck(self, found: str) -> None:
        if abs(self._clock.now() - self._moved_at) > STUCK_US:
            raise _Stuck(f"{self._log.topic}: found {found} for {STUCK_US // SECOND_US} s, expected to get on")


def another_log(topic: str, found: str, known: str) -> ConfigError:
    """What to say of a topic that is not the one of which the journal knows how far it is read; both by their identities."""
    expected = f"the one with the id {known}, of which the database knows how far it is read"
    expected += "; --accept-loss begins with the first record that is there"
    return ConfigError.of(topic, f"a topic with the id {found}: it was made anew", expected)


class _Stuck(KeptError):
    """Nothing goes on: the process ends, to be started again."""
