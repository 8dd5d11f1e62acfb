"""What decisions make of notices: pure, from what is known and what was decided to what is written.

Theory of operation. What stands of an obligation is read off its latest decision: a breach while its verdict is broken, due
soon while it runs and was warned about, unknown while nobody can tell. A notice opens when something stands of which none
does yet, follows it, and is resolved when something else stands. A breach that was done late stays for a while, so that
somebody hears of it, and is resolved by the clock.

    before                     a decision says            and then
    -------------------------  -------------------------  ------------------------------------------------
    nothing                    it stands                  opened, or folded into a storm
    open                       it stands                  followed; another warning is a message of its own
    open                       with fewer warnings        due later now: resolved, settled, and a new one opened
    open                       something else             resolved, settled
    resolved by the clock      it stands, not ended       opened again, the same key
    resolved by the clock      it stands, ended           followed
    settled                    it stands                  a new notice with a key of its own
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Kind
from monitor.service.notices.announcing import Announcing, Known
from monitor.service.notices.notice import (
    BreachEnd,
    NoticeChanges,
    NoticeKind,
    NoticeRecord,
    NoticeRules,
    Phase,
    notice_key,
)
from monitor.service.notices.readings import OWNED, broken_by_name, cause_of, is_over, standing_of
from monitor.service.ports.records import DecisionRecord

_STANDINGS: Final = (NoticeKind.DUE_SOON, NoticeKind.BROKEN, NoticeKind.UNKNOWN, NoticeKind.CANARY)


_ALL_OVER: Final = "all of them are over"
_ENDS: Final[dict[str, str]] = {NoticeKind.MISSED: "it was told for three days"}
"""Why the clock ends a notice, where nothing was done late."""


class NoticeStep(Announcing):
    """One step: decisions, or instants that have come."""

    def __init__(self, known: Known, rules: NoticeRules, now: InstantUs) -> None:
        super().__init__(known, rules, now)
        self._owed = known.owed
        self._latest: dict[tuple[str, str], NoticeRecord] = {}
        for notice in sorted(known.notices, key=lambda each: each.position):
            self._latest[notice.obligation or "", notice.kind] = notice

    # What was decided

    def follow(self, decisions: Iterable[DecisionRecord]) -> NoticeChanges:
        """Takes decisions in the order of their positions."""
        for decision in decisions:
            self._take(decision)
            self.changes.position = decision.position
        self._announce()
        return self.changes

    def _take(self, decision: DecisionRecord) -> None:
        self._own(decision)
        standing = standing_of(decision)
        for kind in _STANDINGS:
            notice = self._latest.get((decision.obligation, kind.value))
            if notice is not None and kind is not standing and not notice.is_settled:
                self._settle(notice, decision)
        if standing is None:
            return
        known = self._latest.get((decision.obligation, standing.value))
        if known is None or known.is_settled:
            self._open(standing, decision)
        elif standing is NoticeKind.DUE_SOON and decision.warnings < known.warnings:
            self._settle(known, decision)
            self._open(standing, decision)
        else:
            self._keep_up(known, decision)

    def _open(self, kind: NoticeKind, decision: DecisionRecord) -> None:
        notice = NoticeRecord(
            notice_key(kind, decision.id),
            decision.position,
            kind.value,
            decision.obligation,
            decision.case_id,
            decision.client,
            decision.promise,
            decision.kind,
            decision.tier or "",
            decision.holder or "",
            decision.grade or "",
            decision.reason,
            cause_of(decision),
            _since(kind, decision),
            decision.due,
            decision.ended,
            self._now,
            self._closing(decision),
            None,
            is_settled=False,
            reason="",
            warnings=decision.warnings,
            storm=None,
            folded=0,
            left=0,
            remind_at=self._rules.next_reminder(kind, self._now),
            reminders=0,
            rounds=0,
        )
        self._fresh[notice.key] = notice
        self._put(notice)

    def _keep_up(self, notice: NoticeRecord, decision: DecisionRecord) -> None:
        ended = is_over(decision)
        is_closing = notice.closes_at is not None and ended
        closes_at = notice.closes_at if is_closing else self._closing(decision)
        kind, is_fresh = NoticeKind(notice.kind), notice.key in self._fresh
        followed = notice._replace(
            # Of what comes at once the first decision says that it began, a later one since when it stands.
            starts_at=_since(kind, decision) if is_fresh else notice.starts_at,
            due=decision.due,
            ended=decision.ended,
            holder=decision.holder or "",
            grade=decision.grade or "",
            says=decision.reason,
            warnings=decision.warnings,
            closes_at=closes_at,
        )
        if not notice.is_open and ended:
            followed = followed._replace(closes_at=None)
        elif not notice.is_open and notice.reason != OWNED:
            followed = self._open_again(followed)
        elif decision.warnings > notice.warnings and not is_fresh:
            self._tell(followed, Phase.WARNED, decision.warnings)
        if followed != notice:
            self._put(followed)

    def _settle(self, notice: NoticeRecord, decision: DecisionRecord) -> None:
        settled = notice._replace(is_settled=True, due=decision.due, ended=decision.ended)
        reason = decision.verdict if not decision.reason else f"{decision.verdict}: {decision.reason}"
        if notice.key in self._fresh and notice.kind != NoticeKind.BROKEN:
            self._forget(notice)
        elif notice.is_open:
            self._resolve(settled, reason)
        else:
            self._put(settled)

    def _own(self, decision: DecisionRecord) -> None:
        """A step that was taken, or is not owed any more, may end the notice of the breach it is about."""
        broken = broken_by_name(decision)
        notice = None if broken is None else self._latest.get((broken, NoticeKind.BROKEN.value))
        if notice is None or not notice.is_open or notice.is_settled or decision.is_open:
            return
        rule, is_taken = self._rules.breach_ends, decision.ended is not None
        is_acknowledged = rule is BreachEnd.ACKNOWLEDGED and decision.kind == Kind.ACKNOWLEDGE and is_taken
        if is_acknowledged or (rule is BreachEnd.OWNED and broken not in self._owed):
            self._resolve(notice, OWNED)

    def _forget(self, notice: NoticeRecord) -> None:
        """It was over before anybody was told: no news. A breach is news all the same."""
        del self._fresh[notice.key], self.changes.notices[notice.key]
        del self._latest[notice.obligation or "", notice.kind]

    def _closing(self, decision: DecisionRecord) -> InstantUs | None:
        is_owed = self._rules.breach_ends is BreachEnd.OWNED and decision.obligation in self._owed
        return self._now + self._rules.stays if is_over(decision) and not is_owed else None

    # What the clock says

    def close(self, notices: Iterable[NoticeRecord]) -> NoticeChanges:
        """Resolves what is to be resolved by now."""
        for notice in notices:
            self._resolve(notice, _ALL_OVER if notice.is_storm else _ENDS.get(notice.kind, "done late"))
        return self.changes

    def remind(self, notices: Iterable[NoticeRecord]) -> NoticeChanges:
        """Reminds of what still stands."""
        for notice in notices:
            number = notice.reminders + 1
            self._put(notice._replace(reminders=number, remind_at=self._rules.next_reminder(notice.kind, self._now)))
            self._tell(notice, Phase.REMINDER, number)
        return self.changes

    def _put(self, notice: NoticeRecord) -> None:
        super()._put(notice)
        if notice.obligation is not None:
            self._latest[notice.obligation, notice.kind] = notice


def _since(kind: NoticeKind, decision: DecisionRecord) -> InstantUs:
    """Since when it stands: the warning; else the due instant, or, where nothing was due, the deed or the end."""
    if kind is NoticeKind.DUE_SOON:
        return decision.at
    ended = decision.at if decision.ended is None else decision.ended
    return ended if decision.due is None else decision.due
