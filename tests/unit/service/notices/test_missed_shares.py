"""How shares stand in, notices out: what opens, follows, is taken back and stands again. 38 of 41 are 92.68 %, short of 95 %:
two of 41 may be broken; of 40 two may be, too, and 38 of 40 are 95 %."""

from __future__ import annotations

from typing import Any, Final

from monitor.domain.figures.shares import ShareState
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, parse_instant
from monitor.service.notices.announcing import Known
from monitor.service.notices.content import Links, content_of
from monitor.service.notices.missed_shares import EndedShare, SharesLook, ShareStep
from monitor.service.notices.notice import NoticeRecord, NoticeRules, Receiver, ShareMark, read_mark
from monitor.service.notices.rules import NoticeStep

DECEMBER: Final = parse_instant("2026-12-01T05:00:00Z")
"""When November ends in New York."""
DESK: Final = Receiver("desk", frozenset({"missed"}), hears_standing_only=False)
RULES: Final = NoticeRules((DESK,), storm_above=2)
MISSED: Final = EndedShare(
    "acme",
    "gold",
    "gold-first",
    1,
    "first_response",
    "2026-11",
    DECEMBER,
    ShareState.MISSED,
    "cases",
    950_000,
    38,
    41,
    0,
)
KEPT: Final = MISSED._replace(state=ShareState.KEPT, counted=40)


class Register:
    """What is on record, as a database would have it between two looks."""

    def __init__(self) -> None:
        self.notices: dict[str, NoticeRecord] = {}
        self.messages: list[tuple[str, str]] = []
        self.now = DECEMBER + 5 * MINUTE_US

    def look(self, *shares: EndedShare) -> None:
        known = [self.notices[share.key] for share in shares if share.key in self.notices]
        look = SharesLook(list(shares), ShareMark(7, self.now, 1))
        self._write(ShareStep(Known(known, self.storms), RULES, self.now).judge(look))

    def close(self) -> None:
        due = [each for each in self.notices.values() if each.closes_at is not None and each.closes_at <= self.now]
        self._write(NoticeStep(Known((), self.storms), RULES, self.now).close(due))

    @property
    def storms(self) -> dict[str, NoticeRecord]:
        return {key: notice for key, notice in self.notices.items() if notice.is_storm}

    def words(self, key: str = MISSED.key) -> dict[str, str]:
        links = Links("https://kept.example", "https://wiki.example/runbook.md")
        return dict(content_of(self.notices[key], links, self.now).annotations)

    def _write(self, changes: Any) -> None:
        self.notices |= changes.notices
        self.messages += [(each.notice, each.phase) for each in changes.deliveries]

    @property
    def phases(self) -> list[str]:
        assert {key for key, _ in self.messages} <= {MISSED.key}
        return [phase for _, phase in self.messages]


def test_a_missed_share_is_told_once_however_often_it_is_looked_at() -> None:
    register = Register()
    for _ in range(3):
        register.look(MISSED)
    assert register.phases == ["opened"]
    [notice] = register.notices.values()
    assert (notice.key, notice.starts_at, notice.is_open) == (MISSED.key, DECEMBER, True)


def test_what_was_kept_is_no_news() -> None:
    register = Register()
    register.look(KEPT, MISSED._replace(state=ShareState.UNKNOWN), MISSED._replace(state=ShareState.AT_RISK))
    assert register.notices == {}


def test_it_is_taken_back_when_the_share_is_not_missed_any_more_and_told_again_under_one_key_when_it_is() -> None:
    register = Register()
    for share in (MISSED, KEPT, KEPT, MISSED, KEPT):
        register.look(share)
    assert register.phases == ["opened", "resolved", "reopened-1", "resolved-1"]
    [notice] = register.notices.values()
    assert notice.reason == "kept: 95 % of the cases of 2026-11 kept, 95 % promised"


def test_the_figures_follow_without_another_message() -> None:
    register = Register()
    register.look(MISSED)
    register.look(MISSED._replace(counted=42))
    assert register.phases == ["opened"]
    # 38 / 42 = 0.904761...
    assert register.words()["delivered"] == "0.904761"


def test_after_three_days_it_is_over_and_when_it_is_taken_back_later_that_is_told() -> None:
    register = Register()
    register.look(MISSED)
    register.now += 3 * DAY_US - 1
    register.close()
    assert register.phases == ["opened"]
    register.now += 1
    register.close()
    assert register.phases == ["opened", "resolved"]
    assert register.words()["why"] == "it was told for three days"
    register.look(MISSED._replace(counted=42))
    assert register.phases == ["opened", "resolved"]
    register.look(KEPT)
    register.look(KEPT)
    assert register.phases == ["opened", "resolved", "resolved-1"]
    register.look(MISSED)
    assert register.phases[-1] == "reopened-2"
    assert register.notices[MISSED.key].closes_at == register.now + 3 * DAY_US


def test_more_than_so_many_at_once_are_one_notice_that_ends_with_the_last_of_them() -> None:
    register = Register()
    shares = [MISSED._replace(client=f"client-{number}") for number in range(3)]
    register.look(*shares)
    [storm] = register.storms.values()
    assert register.messages == [(storm.key, "opened"), (storm.key, "counted")]
    assert (storm.folded, storm.left, storm.period, storm.client) == (3, 3, "2026-11", "")
    words = register.words(storm.key)
    assert words["summary"] == "3 promised shares missed, told within 1 min, 3 of them still so"
    # From the period on that contains the last second of November in New York.
    assert words["shares_url"] == "https://kept.example/v1/shares?state=missed&since=2026-12-01T04%3A59%3A59Z"
    for share in shares:
        register.look(share._replace(state=ShareState.KEPT, counted=40))
    register.now += HOUR_US
    register.close()
    assert register.messages[2:] == [(storm.key, "resolved")]


def test_it_says_what_was_promised_and_delivered_and_how_to_look_it_up() -> None:
    register = Register()
    register.look(MISSED._replace(client="A & B's", unknown=9))
    [key] = register.notices
    assert register.words(key) == {
        "summary": "gold-first was not kept for A & B's: 92.6 % of the cases of 2026-11 kept, 95 % promised, 18 % unknown",
        "action": "Tell the client, with the figure, and say what will be done about it.",
        "period": "2026-11",
        "version": "1",
        "promised": "0.95",
        "delivered": "0.926829",
        "kept": "38",
        "counted": "41",
        "measure": "cases",
        "look_up": """kept shares '--client=A & B'"'"'s' --promise=gold-first --since=2026-12-01T04:59:59Z --until=2026-12-01T05:00:00Z""",
        "runbook_url": "https://wiki.example/runbook.md#sharemissed",
        "shares_url": "https://kept.example/v1/shares?client=A%20%26%20B%27s&promise=gold-first"
        "&since=2026-12-01T04%3A59%3A59Z&until=2026-12-01T05%3A00%3A00Z",
    }
    labels = content_of(register.notices[key], Links(), register.now).labels
    assert labels == {
        "alertname": "ShareMissed",
        "severity": "warning",
        "team": "client-service",
        "kind": "first_response",
        "tier": "gold",
        "client": "A & B's",
        "promise": "gold-first",
        "case": "none",
        "notice": key,
    }


def test_minutes_are_told_as_minutes() -> None:
    register = Register()
    register.look(MISSED._replace(measure="minutes", kept=90 * MINUTE_US, counted=150 * MINUTE_US))
    words = register.words()
    assert (words["kept"], words["counted"], words["delivered"]) == ("90", "150", "0.6")
    assert words["summary"].endswith("60 % of the minutes of 2026-11 as promised, 95 % promised")


def test_a_share_of_which_nothing_is_left_is_taken_back_without_a_figure() -> None:
    register = Register()
    register.look(MISSED)
    register.look(MISSED._replace(state=ShareState.NO_VALUE, kept=0, counted=0))
    words = register.words()
    assert (words["why"], "delivered" in words) == ("no_value: nothing counts in 2026-11", False)


def test_a_mark_is_read_as_it_was_written() -> None:
    mark = ShareMark(12, DECEMBER, 3)
    assert read_mark(mark.written) == mark
