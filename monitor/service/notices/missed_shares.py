"""What ended periods make of notices: pure, from how each share stands to what is written.

Theory of operation. A share is reckoned and never stored, so nothing tells that a period was missed but a look at the shares
of periods that are over. Each look says how some of them stand: those whose period has ended since the last one, and those
that something recorded since then counts for otherwise. What is missed and was not told is told, what was told and is not
missed any more is taken back. To look at a share twice therefore changes nothing, and a look that is lost is made up for by
the next one. The key of a notice is derived from client, promise, version and period.

    before                    the share is      and then
    ------------------------  ----------------  -----------------------------------------------------------
    nothing                   missed            opened, or folded into a storm
    open                      missed            followed: how many of how many
    resolved by the clock     missed            followed
    open                      not missed        resolved, settled
    resolved by the clock     not missed        settled, and told: whoever wrote the miss down has to know
    settled                   missed            opened again, the same key
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from monitor.domain.figures.shares import ShareState
from monitor.domain.hours.instant import DAY_US, DurationUs, InstantUs
from monitor.domain.promises.promised_people import MILLION, percent
from monitor.service.notices.announcing import Announcing, Known
from monitor.service.notices.notice import (
    NoticeChanges,
    NoticeKind,
    NoticeRecord,
    NoticeRules,
    Phase,
    ShareMark,
    notice_key,
    notice_of_no_case,
)

STANDS_US: Final[DurationUs] = 3 * DAY_US
"""How long a missed share is shown: long enough for whoever was away over a weekend."""

OF_CASES: Final = "cases"
"""The measure of a share of cases."""


class EndedShare(NamedTuple):
    """How the share of a period that is over stands.

    `promised` is in millionths; `kept`, `counted` and `unknown` are of the `measure`: cases, touches, or microseconds of minutes.
    """

    client: str
    tier: str
    promise: str
    version: int
    promise_kind: str
    period: str
    ends_at: InstantUs
    state: ShareState
    measure: str
    promised: int
    kept: int
    counted: int
    unknown: int

    @property
    def key(self) -> str:
        """The name of the notice about it."""
        return notice_key(NoticeKind.MISSED, f"{self.client}\x1f{self.promise}\x1f{self.version}\x1f{self.period}")

    @property
    def is_missed(self) -> bool:
        """Whether the period ended short of its share, whatever becomes of what is open or unknown."""
        return self.state is ShareState.MISSED

    @property
    def words(self) -> str:
        """How much of it was kept, for people."""
        if not self.counted:
            return f"nothing counts in {self.period}"
        kept, promised = percent(self.kept, self.counted), percent(self.promised, MILLION)
        how = "kept" if self.measure == OF_CASES else "as promised"
        said = f"{kept} of the {self.measure} of {self.period} {how}, {promised} promised"
        return f"{said}, {percent(self.unknown, self.counted + self.unknown)} unknown" if self.unknown else said


class SharesLook(NamedTuple):
    """How the shares stand that are to be looked at, and up to where they were looked at then."""

    shares: list[EndedShare]
    mark: ShareMark


class ShareStep(Announcing):
    """One look; `known` has the notices that its shares already have."""

    def __init__(self, known: Known, rules: NoticeRules, now: InstantUs) -> None:
        super().__init__(known, rules, now)
        self._known = {notice.key: notice for notice in known.notices}

    def judge(self, look: SharesLook) -> NoticeChanges:
        """Takes each share as it stands."""
        for share in look.shares:
            notice = self._known.get(share.key)
            if notice is None:
                if share.is_missed:
                    self._open(share, look.mark.position)
            elif share.is_missed:
                self._keep_up(notice, share)
            elif not notice.is_settled:
                self._take_back(notice, share)
        self._announce()
        return self.changes

    def _open(self, share: EndedShare, position: int) -> None:
        notice = notice_of_no_case(share.key, NoticeKind.MISSED, self._now)._replace(
            position=position,
            client=share.client,
            promise=share.promise,
            promise_kind=share.promise_kind,
            tier=share.tier,
            starts_at=share.ends_at,
            due=share.ends_at,
            closes_at=self._now + STANDS_US,
            version=share.version,
            period=share.period,
            measure=share.measure,
            **_figures(share),
        )
        self._fresh[notice.key] = notice
        self._put(notice)

    def _keep_up(self, notice: NoticeRecord, share: EndedShare) -> None:
        followed = notice._replace(**_figures(share))
        if notice.is_settled:
            followed = self._open_again(followed._replace(is_settled=False, closes_at=self._now + STANDS_US))
        if followed != notice:
            self._put(followed)

    def _take_back(self, notice: NoticeRecord, share: EndedShare) -> None:
        settled = notice._replace(is_settled=True, **_figures(share))
        reason = f"{share.state.value}: {share.words}"
        if notice.is_open:
            self._resolve(settled, reason)
            return
        # A message of a round of its own: that it is over was told before, for another reason.
        settled = settled._replace(resolved=self._now, reason=reason, rounds=notice.rounds + 1)
        self._put(settled)
        self._tell(settled, Phase.RESOLVED)


def _figures(share: EndedShare) -> dict[str, Any]:
    return {"says": share.words, "promised": share.promised, "kept": share.kept, "counted": share.counted}
