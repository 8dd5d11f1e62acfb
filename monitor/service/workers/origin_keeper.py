"""Looks every few seconds, in the worker that is the keeper, whether anything of the firm's topics is missing.

It reads what topics beside that of events tell (dead letters, answers), makes up the accounts in one transaction with how
far that was read, and asks afterwards. Killed anywhere, whoever is the keeper next reads on there and asks again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, Protocol

from monitor.domain.facts.offsets import Ask
from monitor.domain.hours.instant import SECOND_US, DurationUs, InstantUs
from monitor.errors import TransientError
from monitor.service.origins.accounts import OriginAccounts, Positions, Traces
from monitor.service.ports.machine import Machine
from monitor.service.ports.origin_records import OriginPlace
from monitor.service.ports.shared_journal import SharedStore
from monitor.service.workers.share import KEEPER, Share

LOOK_EVERY_US: Final[DurationUs] = 3 * SECOND_US
NOTE: Final = "traces"
"""The note with how far dead letters and answers are read."""

_log = logging.getLogger(__name__)


class TraceLog(Protocol):
    """The topics beside that of events; each call raises TransientError where they don't work this time."""

    async def read(self, positions: Positions) -> Traces:
        """What came from these positions on: from the beginning where there is none for a partition."""
        ...

    async def ask(self, asks: Sequence[Ask]) -> None:
        """Asks whoever reads the firm's topics; returns once that is acknowledged."""
        ...

    async def close(self) -> None:
        """Ends the connections; the next call makes new ones."""
        ...


class OriginKeeper:
    """The keeper's look at origins."""

    def __init__(self, store: SharedStore, share: Share, log: TraceLog, machine: Machine, grace: DurationUs) -> None:
        self._store = store
        self._share = share
        self._log = log
        self._clock, self._worker = machine
        self._accounts = OriginAccounts(grace)
        self._positions: Positions | None = None
        self.last_look: InstantUs | None = None
        """When accounts were last made up here; None while another worker is the keeper."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Looks until it is to stop. What does not work is tried again: whether workers get on is looked at elsewhere."""
        try:
            while not stopping.is_set():
                try:
                    await self.look()
                except TransientError as error:
                    _log.error("nobody looks for what is missing of the firm's topics for now: %s", error)
                await self._clock.wait(stopping, self._clock.now() + LOOK_EVERY_US)
        finally:
            await self._log.close()

    async def look(self) -> None:
        """Looks once; raises TransientError."""
        if not self._share.is_keeper:
            await self._rest()
            return
        if self._positions is None:
            self._positions = await self._worker.run(self._known_positions)
        traces = await self._log.read(self._positions)
        try:
            asks = await self._worker.run(partial(self._make_up, traces))
        except BaseException:
            # Whether it was written is not known.
            self._forget()
            raise
        if asks is None:
            await self._rest()
            return
        self._positions = traces.positions
        self.last_look = self._clock.now()
        await self._log.ask(asks)

    async def _rest(self) -> None:
        if self.last_look is not None:
            await self._log.close()
        self.last_look = None
        self._forget()

    def _forget(self) -> None:
        self._positions = None
        self._accounts.forget()

    def _known_positions(self) -> Positions:
        return read_positions(self._store.note(NOTE) or "")

    def _make_up(self, traces: Traces) -> list[Ask] | None:
        """Makes up the accounts; None where somebody else is the keeper by now."""
        epoch = self._share.epochs.get(KEEPER)
        if epoch is None:
            return None
        with self._store.begin() as transaction:
            transaction.take_turn()
            if transaction.lost({KEEPER: epoch}, self._share.written):
                return None
            asks = self._accounts.make_up(transaction, traces, self._share.all_read_until, self._clock.now())
            transaction.remember(NOTE, written(traces.positions))
        return asks


def written(positions: Mapping[OriginPlace, int]) -> str:
    """Positions as a note: a line for each partition."""
    return "\n".join(f"{place.topic} {place.partition} {offset}" for place, offset in sorted(positions.items()))


def read_positions(note: str) -> dict[OriginPlace, int]:
    """The positions in such a note."""
    lines = (line.split() for line in note.splitlines())
    return {OriginPlace(topic, int(partition)): int(offset) for topic, partition, offset in lines}
