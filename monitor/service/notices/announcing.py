"""What all notices have in common: opened singly or as a storm, told to whom they are for, counted, and over at some time.

Storms: where more than `storm_above` of one kind and cause open within a minute, all that are looked at together from there
on become one notice. A new edition of the book is one cause however long judging by it takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from monitor.domain.hours.instant import InstantUs
from monitor.service.notices.notice import (
    STANDING_PHASES,
    STORM_WINDOW_US,
    DeliveryRecord,
    DeliveryState,
    NoticeChanges,
    NoticeCount,
    NoticeKind,
    NoticeRecord,
    NoticeRules,
    Phase,
    Result,
    notice_key,
    notice_of_no_case,
)

Sort: TypeAlias = tuple[str, str]
"""(kind, cause): what storms are of."""

_BEGINNINGS: Final = (Phase.OPENED, Phase.REOPENED)
_PLACES: Final = {Phase.OPENED: 0, Phase.REOPENED: 0, Phase.REMINDER: 1_000_000, Phase.RESOLVED: 2_000_000}
"""Where a message stands among those of its round; the others lie behind the first by their numbers."""
_ROUND_PLACES: Final = 10_000_000


@dataclass(slots=True)
class Known:
    """What is on record about notices that a step may concern.

    `notices` are all those of the obligations concerned and of those whose breach they are steps of, `storms` the storms by
    key, `recent` how many of a sort opened lately.
    """

    notices: Sequence[NoticeRecord] = ()
    storms: dict[str, NoticeRecord] = field(default_factory=dict)
    recent: dict[Sort, int] = field(default_factory=dict)
    owed: frozenset[str] = frozenset()
    """The obligations for whose breach some step is still to be taken, of those that decisions and steps are about."""


class Announcing:
    """One step of whoever makes notices; `changes` is what it writes."""

    def __init__(self, known: Known, rules: NoticeRules, now: InstantUs) -> None:
        self._rules = rules
        self._now = now
        self._storms = dict(known.storms)
        self._recent = dict(known.recent)
        self._fresh: dict[str, NoticeRecord] = {}
        self.changes = NoticeChanges()

    # Storms

    def _announce(self) -> None:
        """Opens what is new: each by itself, or all of a sort as one."""
        sorts: dict[Sort, list[str]] = defaultdict(list)
        for key, notice in self._fresh.items():
            sorts[notice.kind, notice.cause].append(key)
        for sort, keys in sorts.items():
            storm = self._gathering(sort)
            is_few = len(keys) + self._recent.get(sort, 0) <= self._rules.storm_above
            if sort[0] == NoticeKind.CANARY or (storm is None and is_few):
                for key in keys:
                    self._announce_one(self.changes.notices[key])
            else:
                self._fold(sort, keys, storm)

    def _announce_one(self, notice: NoticeRecord) -> None:
        self._count(notice, Result.OPENED)
        self._tell(notice, Phase.OPENED)
        if not notice.is_open:
            self._count(notice, Result.RESOLVED)
            self._tell(notice, Phase.RESOLVED)

    def _gathering(self, sort: Sort) -> NoticeRecord | None:
        """The storm of this sort that takes more in: for a minute, one that an edition brought about while it is open."""
        for storm in self._storms.values():
            is_young = bool(sort[1]) or storm.opened > self._now - STORM_WINDOW_US
            if (storm.kind, storm.cause) == sort and storm.is_open and is_young:
                return storm
        return None

    def _fold(self, sort: Sort, keys: Sequence[str], storm: NoticeRecord | None) -> None:
        folded = [self.changes.notices[key] for key in keys]
        if storm is None:
            storm = self._storm_of(sort, folded)
            self._count(storm, Result.OPENED)
            self._tell(storm, Phase.OPENED)
            self._tell(storm, Phase.COUNTED, at=self._now + STORM_WINDOW_US)
        for notice in folded:
            self._count(notice, Result.FOLDED)
            if not notice.is_open:
                self._count(notice, Result.RESOLVED)
            self._put(notice._replace(storm=storm.key, remind_at=None))
        left = sum(1 for notice in folded if notice.is_open)
        self._put_storm(
            storm._replace(
                folded=storm.folded + len(folded),
                left=storm.left + left,
                starts_at=min(storm.starts_at, *(notice.starts_at for notice in folded)),
            )
        )

    def _storm_of(self, sort: Sort, folded: Sequence[NoticeRecord]) -> NoticeRecord:
        first, (kind, cause) = folded[0], sort
        return notice_of_no_case(notice_key("storm", first.key), NoticeKind(kind), self._now)._replace(
            position=first.position,
            client=_common(notice.client for notice in folded),
            promise_kind=_common(notice.promise_kind for notice in folded),
            tier=_common(notice.tier for notice in folded),
            cause=cause,
            starts_at=first.starts_at,
            remind_at=self._rules.next_reminder(kind, self._now),
            period=_common(notice.period for notice in folded),
        )

    def _change_left(self, notice: NoticeRecord, by: int) -> None:
        """One of those a storm is about is over, or stands again."""
        storm = None if notice.storm is None else self._storms.get(notice.storm)
        if storm is None:
            return
        if by > 0 and not storm.is_open:
            storm = _opened_again(storm)
            self._tell(storm, Phase.REOPENED)
        self._put_storm(storm._replace(left=storm.left + by))

    def _open_again(self, notice: NoticeRecord) -> NoticeRecord:
        """A notice that was over and is not any more, as it is to be put on record."""
        again = _opened_again(notice)
        self._count(again, Result.OPENED)
        self._change_left(again, 1)
        self._tell(again, Phase.REOPENED)
        return again

    def _put_storm(self, storm: NoticeRecord) -> None:
        closes_at = None if storm.left else max(self._now, storm.opened + STORM_WINDOW_US)
        self._put(storm._replace(closes_at=closes_at))

    # Writing

    def _resolve(self, notice: NoticeRecord, reason: str) -> None:
        resolved = notice._replace(resolved=self._now, closes_at=None, remind_at=None, reason=reason)
        self._put(resolved)
        if notice.key in self._fresh:
            return
        self._count(notice, Result.RESOLVED)
        self._tell(resolved, Phase.RESOLVED)
        self._change_left(notice, -1)

    def _put(self, notice: NoticeRecord) -> None:
        self.changes.notices[notice.key] = notice
        if notice.is_storm:
            self._storms[notice.key] = notice

    def _count(self, notice: NoticeRecord, result: Result) -> None:
        self.changes.counts[NoticeCount(notice.kind, "", result.value)] += 1

    def _tell(self, notice: NoticeRecord, phase: Phase, number: int = 0, *, at: InstantUs | None = None) -> None:
        """A message to each receiver that hears of this kind; nothing about what is folded."""
        if notice.storm is not None:
            return
        for receiver in self._rules.receivers:
            is_heard = notice.kind == NoticeKind.TEST or notice.kind in receiver.kinds
            if is_heard and (phase in STANDING_PHASES or not receiver.hears_standing_only):
                self.changes.deliveries.append(self._delivery(notice, receiver.name, phase, number, at))

    def _delivery(
        self, notice: NoticeRecord, receiver: str, phase: Phase, number: int, at: InstantUs | None
    ) -> DeliveryRecord:
        return DeliveryRecord(
            notice.key,
            receiver,
            _phase_named(phase, number, notice.rounds),
            notice.rounds * _ROUND_PLACES + _PLACES.get(phase, 1) + number,
            notice.case_id,
            notice.kind,
            DeliveryState.WAITING.value,
            self._now,
            0,
            self._now if at is None else at,
            None,
            "",
        )


def _phase_named(phase: Phase, number: int, rounds: int) -> str:
    """Unique among the messages of a notice: reminders and warnings by their number, beginnings and ends by their round."""
    named = rounds if phase in {*_BEGINNINGS, Phase.RESOLVED} else number
    return f"{phase.value}-{named}" if named else phase.value


def _opened_again(notice: NoticeRecord) -> NoticeRecord:
    return notice._replace(resolved=None, reason="", rounds=notice.rounds + 1)


def _common(values: Iterable[str]) -> str:
    """The value that all have; empty where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else ""
