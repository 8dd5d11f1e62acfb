"""Decisions in, notices out: what opens, follows, is folded and is over. Instants are worked by hand from Monday at nine."""

from __future__ import annotations

from typing import Any, Final

import pytest

from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.domain.hours.working_hours import HoursSpec, WorkingHours
from monitor.service.notices.announcing import Known
from monitor.service.notices.notice import (
    BreachEnd,
    NoticeChanges,
    NoticeRecord,
    NoticeRules,
    Receiver,
    pause_before_try,
)
from monitor.service.notices.rules import NoticeStep
from monitor.service.ports.records import DecisionRecord
from monitor.testing import MONDAY

KINDS: Final = frozenset({"due_soon", "broken", "unknown"})
DESK: Final = Receiver("desk", KINDS, hears_standing_only=False)
ALERTS: Final = Receiver("alerts", KINDS, hears_standing_only=True)
RULES: Final = NoticeRules((DESK,), storm_above=2)
DUE: Final = MONDAY + HOUR_US


def decided(position: int, verdict: str, case: str = "A", **more: Any) -> DecisionRecord:
    """A decision about the first response of a case, due at ten."""
    record = DecisionRecord(
        position=position,
        id=f"d{position}",
        recorded=MONDAY + position,
        revision=position,
        replaces=None,
        type=verdict,
        obligation=f"{case}/first_response/x",
        case_id=case,
        client="acme",
        promise="first",
        version=1,
        kind="first_response",
        occasion=None,
        channel="email",
        tier="gold",
        holder=None,
        grade=None,
        opened=MONDAY,
        at=MONDAY + HOUR_US // 2,
        verdict=verdict,
        previous=None,
        restated=False,
        due=DUE,
        ended=None,
        is_open=True,
        warnings=0,
        elapsed=None,
        margin=None,
        ratio=None,
        cause_source=None,
        cause_id=None,
        reason="",
    )
    return record._replace(**more)


class Register:
    """What is on record, as a database would have it between two steps."""

    def __init__(self, rules: NoticeRules = RULES) -> None:
        self.rules = rules
        self.notices: dict[str, NoticeRecord] = {}
        self.messages: list[str] = []
        self.now = DUE

    def take(self, *decisions: DecisionRecord) -> NoticeChanges:
        obligations = {decision.obligation for decision in decisions}
        concerned = [notice for notice in self.notices.values() if notice.obligation in obligations]
        recent: dict[tuple[str, str], int] = {}
        for notice in self.notices.values():
            if notice.obligation is not None and (notice.cause or notice.opened > self.now - MINUTE_US):
                recent[notice.kind, notice.cause] = recent.get((notice.kind, notice.cause), 0) + 1
        known = Known(concerned, self.storms, recent)
        return self._write(NoticeStep(known, self.rules, self.now).follow(decisions))

    def close(self) -> NoticeChanges:
        due = [each for each in self.notices.values() if each.closes_at is not None and each.closes_at <= self.now]
        return self._write(NoticeStep(Known((), self.storms), self.rules, self.now).close(due))

    def remind(self) -> NoticeChanges:
        due = [each for each in self.notices.values() if each.remind_at is not None and each.remind_at <= self.now]
        return self._write(NoticeStep(Known(), self.rules, self.now).remind(due))

    @property
    def storms(self) -> dict[str, NoticeRecord]:
        return {key: notice for key, notice in self.notices.items() if notice.is_storm}

    def standing(self) -> list[str]:
        return [each.kind for each in self.notices.values() if each.is_open and each.storm is None]

    def _write(self, changes: NoticeChanges) -> NoticeChanges:
        self.notices |= changes.notices
        self.messages += [delivery.phase for delivery in changes.deliveries]
        return changes


TABLE: Final[list[tuple[str, list[dict[str, Any]], list[str], list[str]]]] = [
    # what happens; verdicts one after the other, each looked at by itself; kinds that stand in the end; messages
    ("nothing", [{"verdict": "running"}], [], []),
    ("a warning", [{"verdict": "running", "warnings": 1}], ["due_soon"], ["opened"]),
    (
        "two warnings",
        [{"verdict": "running", "warnings": 1}, {"verdict": "running", "warnings": 2}],
        ["due_soon"],
        ["opened", "warned-2"],
    ),
    ("kept after a warning", [{"verdict": "running", "warnings": 1}, {"verdict": "kept"}], [], ["opened", "resolved"]),
    (
        "paused after a warning",
        [{"verdict": "running", "warnings": 1}, {"verdict": "paused"}],
        [],
        ["opened", "resolved"],
    ),
    (
        "broken after a warning",
        [{"verdict": "running", "warnings": 1}, {"verdict": "broken", "warnings": 1}],
        ["broken"],
        ["opened", "resolved", "opened"],
    ),
    (
        "due later after a warning",
        [{"verdict": "running", "warnings": 1}, {"verdict": "running", "due": DUE + HOUR_US}],
        [],
        ["opened", "resolved"],
    ),
    (
        "due later after a warning, and warned again",
        [
            {"verdict": "running", "warnings": 1},
            {"verdict": "running", "due": DUE + HOUR_US},
            {"verdict": "running", "due": DUE + HOUR_US, "warnings": 1},
        ],
        ["due_soon"],
        ["opened", "resolved", "opened"],
    ),
    (
        "due later after two warnings, of which one stands and the other is given again",
        [
            {"verdict": "running", "warnings": 2},
            {"verdict": "running", "due": DUE + HOUR_US, "warnings": 1},
            {"verdict": "running", "due": DUE + HOUR_US, "warnings": 2},
        ],
        ["due_soon"],
        ["opened", "resolved", "opened", "warned-2"],
    ),
    ("broken", [{"verdict": "broken"}], ["broken"], ["opened"]),
    ("broken, said twice", [{"verdict": "broken"}, {"verdict": "broken"}], ["broken"], ["opened"]),
    ("broken, done late", [{"verdict": "broken"}, {"verdict": "broken", "ended": DUE + 5}], ["broken"], ["opened"]),
    ("taken back", [{"verdict": "broken"}, {"verdict": "kept"}], [], ["opened", "resolved"]),
    ("excused", [{"verdict": "broken"}, {"verdict": "excused"}], [], ["opened", "resolved"]),
    ("void", [{"verdict": "broken"}, {"verdict": "void"}], [], ["opened", "resolved"]),
    (
        "doubtful, then broken",
        [{"verdict": "unknown"}, {"verdict": "broken"}],
        ["broken"],
        ["opened", "resolved", "opened"],
    ),
]


@pytest.mark.parametrize(("what", "said", "standing", "messages"), TABLE, ids=[row[0] for row in TABLE])
def test_what_becomes_of_verdicts_one_after_the_other(
    what: str, said: list[dict[str, Any]], standing: list[str], messages: list[str]
) -> None:
    register = Register()
    for number, values in enumerate(said, 1):
        register.take(decided(number, **values))
    assert (register.standing(), register.messages) == (standing, messages)


def test_a_breach_has_one_key_however_decisions_are_portioned() -> None:
    said = [
        decided(1, "broken"),
        decided(2, "broken", ended=DUE + 5),
        decided(3, "broken", ended=DUE + 5, holder="Ann"),
    ]
    together, singly = Register(), Register()
    together.take(*said)
    for decision in said:
        singly.take(decision)
    assert list(together.notices) == list(singly.notices)
    assert len(together.notices) == 1


@pytest.mark.parametrize(
    ("verdict", "more", "since"),
    [
        pytest.param("broken", {"due": None, "ended": MONDAY + 40 * MINUTE_US}, MONDAY + 40 * MINUTE_US, id="a deed"),
        pytest.param("broken", {}, DUE, id="a breach by time"),
        pytest.param("broken", {"ended": DUE + 5}, DUE, id="done late"),
        pytest.param("unknown", {"due": None, "ended": MONDAY + 40 * MINUTE_US}, MONDAY + 40 * MINUTE_US, id="doubt"),
        pytest.param("running", {"warnings": 1}, MONDAY + 50 * MINUTE_US, id="a warning"),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_a_notice_stands_since_what_it_tells_of_also_where_the_opening_comes_with_it(
    verdict: str, more: dict[str, Any], since: int, together: bool
) -> None:
    # Opened at nine, by a row that has the verdict already; the row that says so is of ten to ten.
    second = decided(2, verdict, at=MONDAY + 50 * MINUTE_US, **more)
    said = [decided(1, verdict, at=MONDAY, **more), second] if together else [second]
    register = Register()
    register.take(*said)
    (notice,) = register.notices.values()
    assert notice.starts_at == since


def test_a_breach_that_is_taken_back_and_stands_again_is_another_notice() -> None:
    register = Register()
    for number, verdict in enumerate(["broken", "kept", "broken"], 1):
        register.take(decided(number, verdict))
    assert len(register.notices) == 2
    assert register.messages == ["opened", "resolved", "opened"]


def test_a_breach_taken_back_before_anybody_was_told_is_told_all_the_same() -> None:
    register = Register()
    register.take(decided(1, "broken"), decided(2, "kept"))
    assert register.messages == ["opened", "resolved"]


def test_a_warning_that_is_over_before_anybody_was_told_is_no_news() -> None:
    register = Register()
    register.take(decided(1, "running", warnings=1), decided(2, "kept"))
    assert (register.notices, register.messages) == ({}, [])


def test_a_breach_done_late_stays_a_quarter_of_an_hour() -> None:
    register = Register()
    register.take(decided(1, "broken", ended=DUE))
    register.now += 15 * MINUTE_US - 1
    register.close()
    assert register.standing() == ["broken"]
    register.now += 1
    register.close()
    assert register.standing() == []
    assert register.messages == ["opened", "resolved"]


def test_a_breach_that_was_done_late_and_goes_on_has_the_same_key() -> None:
    register = Register()
    register.take(decided(1, "broken", ended=DUE))
    register.now += 15 * MINUTE_US
    register.close()
    register.take(decided(2, "broken"))
    assert len(register.notices) == 1
    assert register.standing() == ["broken"]
    assert register.messages == ["opened", "resolved", "reopened-1"]


def test_a_correction_after_a_breach_is_over_opens_nothing() -> None:
    register = Register()
    register.take(decided(1, "broken", ended=DUE))
    register.now += 15 * MINUTE_US
    register.close()
    register.take(decided(2, "broken", ended=DUE, client="umbra"))
    assert register.standing() == []
    assert register.messages == ["opened", "resolved"]


def test_labels_stay_as_they_were_when_the_case_changes() -> None:
    register = Register()
    register.take(decided(1, "broken"))
    register.take(decided(2, "broken", client="umbra", tier="silver", holder="Ann", due=DUE - 5))
    (notice,) = register.notices.values()
    assert (notice.client, notice.tier, notice.starts_at) == ("acme", "gold", DUE)
    assert (notice.holder, notice.due) == ("Ann", DUE - 5)


def test_up_to_the_limit_each_is_told_by_itself() -> None:
    register = Register()
    register.take(*(decided(number, "broken", f"C{number}") for number in (1, 2)))
    assert register.messages == ["opened", "opened"]


def test_more_than_the_limit_are_one_notice_and_none_is_lost() -> None:
    register = Register()
    register.take(*(decided(number, "broken", f"C{number}") for number in (1, 2, 3)))
    (storm,) = register.storms.values()
    assert (storm.folded, storm.left) == (3, 3)
    assert sorted(each.case_id or "" for each in register.notices.values() if each.storm == storm.key) == [
        "C1",
        "C2",
        "C3",
    ]
    assert register.messages == ["opened", "counted"]


def test_what_follows_within_a_minute_joins_the_storm() -> None:
    register = Register()
    register.take(*(decided(number, "broken", f"C{number}") for number in (1, 2, 3)))
    register.now += MINUTE_US - 1
    register.take(decided(4, "broken", "C4"))
    assert [storm.folded for storm in register.storms.values()] == [4]


def test_what_comes_after_a_minute_is_told_by_itself() -> None:
    register = Register()
    register.take(*(decided(number, "broken", f"C{number}") for number in (1, 2, 3)))
    register.now += MINUTE_US
    register.take(decided(4, "broken", "C4"))
    assert [storm.folded for storm in register.storms.values()] == [3]
    assert register.messages == ["opened", "counted", "opened"]


def test_what_an_edition_breaks_is_one_storm_however_long_judging_takes() -> None:
    register = Register()
    for number in range(1, 7):
        register.take(decided(number, "broken", f"C{number}", cause_id="edition/2"))
        register.now += HOUR_US
    # Two singly, up to the limit; the third is one too many, and the rest joins it.
    assert [(storm.cause, storm.folded) for storm in register.storms.values()] == [("edition/2", 4)]
    assert register.messages == ["opened", "opened", "opened", "counted"]


def test_a_storm_is_over_when_all_of_it_is_and_its_minute_has_passed() -> None:
    register = Register()
    register.take(*(decided(number, "broken", f"C{number}") for number in (1, 2, 3)))
    register.take(*(decided(3 + number, "kept", f"C{number}") for number in (1, 2, 3)))
    register.close()
    assert register.standing() == ["broken"]
    register.now += MINUTE_US
    register.close()
    assert register.standing() == []
    assert register.messages == ["opened", "counted", "resolved"]


def test_nobody_is_told_twice_of_what_is_folded() -> None:
    register = Register()
    register.take(*(decided(number, "broken", f"C{number}") for number in (1, 2, 3)))
    register.take(decided(4, "kept", "C1"))
    assert register.messages == ["opened", "counted"]
    assert [storm.left for storm in register.storms.values()] == [2]


def test_reminders_come_in_the_stated_hours_only() -> None:
    # Monday to Friday, nine to five, UTC. Due at 10:00: four hours later is 14:00, then 18:00, which is Tuesday at nine.
    office = WorkingHours(HoursSpec(zone="UTC", weekly=(((9 * HOUR_US, 17 * HOUR_US),),) * 5 + ((),) * 2))
    register = Register(NoticeRules((DESK,), remind_every=4 * HOUR_US, remind_hours=office))
    register.take(decided(1, "broken"))
    (notice,) = register.notices.values()
    assert notice.remind_at == MONDAY + 5 * HOUR_US
    register.now = MONDAY + 5 * HOUR_US
    register.remind()
    (notice,) = register.notices.values()
    assert notice.remind_at == MONDAY + 24 * HOUR_US
    assert register.messages == ["opened", "reminder-1"]


def test_whoever_is_told_a_state_gets_neither_reminders_nor_counts() -> None:
    register = Register(NoticeRules((ALERTS,), storm_above=1, remind_every=HOUR_US))
    register.take(decided(1, "running", warnings=1))
    register.take(decided(2, "running", warnings=2))
    register.take(*(decided(2 + number, "broken", f"C{number}") for number in (1, 2)))
    register.now += HOUR_US
    register.remind()
    assert register.messages == ["opened", "opened"]


def test_a_receiver_hears_of_its_kinds_only() -> None:
    register = Register(NoticeRules((Receiver("boss", frozenset({"broken"}), hears_standing_only=False),)))
    register.take(decided(1, "unknown"))
    register.take(decided(2, "broken", "B"))
    assert register.messages == ["opened"]


@pytest.mark.parametrize(("tries", "longest_seconds"), [(1, 1), (2, 2), (5, 16), (10, 512), (11, 600), (100, 600)])
def test_a_pause_doubles_up_to_ten_minutes_and_is_at_least_half_of_that(tries: int, longest_seconds: int) -> None:
    pauses = {pause_before_try(f"message {number}", tries) for number in range(50)}
    assert longest_seconds * 500_000 <= min(pauses) <= max(pauses) <= longest_seconds * 1_000_000
    assert len(pauses) > 40


# Owning a breach

BROKEN: Final = "A/first_response/x"


def step(position: int, kind: str, verdict: str, **more: Any) -> DecisionRecord:
    """A decision about a step owed for the breach of A's first response."""
    named = {"obligation": f"A/{kind}/first_response/x", "kind": kind, "occasion": "first_response/x"}
    ended = {"ended": DUE + 5 * MINUTE_US, "is_open": False} if verdict == "kept" else {}
    return decided(position, verdict, **(named | {"due": DUE + HOUR_US} | ended | more))


def _ends(rule: str) -> NoticeRules:
    return NoticeRules((DESK,), breach_ends=BreachEnd(rule))


def _follow(register: Register, *decisions: DecisionRecord, owed: frozenset[str] = frozenset()) -> list[str]:
    """The messages that decisions bring about, where something is still owed for these breaches."""
    known = Known(list(register.notices.values()), owed=owed)
    changes = NoticeStep(known, register.rules, register.now).follow(decisions)
    register.notices.update(changes.notices)
    return [f"{each.kind} {each.phase}" for each in changes.deliveries]


@pytest.mark.parametrize(("rule", "ends"), [("done", False), ("acknowledged", True), ("owned", False)])
def test_an_acknowledgement_ends_a_breach_where_the_settings_say_so(rule: str, ends: bool) -> None:
    register = Register(_ends(rule))
    owed = frozenset({BROKEN})
    assert _follow(register, decided(1, "broken"), step(2, "acknowledge", "running"), owed=owed) == ["broken opened"]
    said = _follow(register, step(3, "acknowledge", "kept"), owed=owed)
    assert said == (["broken resolved"] if ends else [])


def test_a_breach_that_must_be_owned_stays_when_it_was_done_late_and_ends_with_its_last_step() -> None:
    register = Register(_ends("owned"))
    owed = frozenset({BROKEN})
    _follow(register, decided(1, "broken"), step(2, "tell", "running"), owed=owed)
    assert _follow(register, decided(3, "broken", ended=DUE + MINUTE_US, is_open=False), owed=owed) == []
    (notice,) = register.notices.values()
    assert notice.closes_at is None
    assert _follow(register, step(4, "tell", "kept")) == ["broken resolved"]


def test_what_is_still_decided_of_an_owned_breach_opens_it_no_more() -> None:
    register = Register(_ends("acknowledged"))
    _follow(register, decided(1, "broken"), step(2, "acknowledge", "kept"), owed=frozenset({BROKEN}))
    assert _follow(register, decided(3, "broken", type="corrected", holder="Ann")) == []
    assert _follow(register, decided(4, "broken", ended=DUE + MINUTE_US, is_open=False)) == []


def test_a_breach_for_which_nothing_is_owed_ends_as_it_would_by_default() -> None:
    register = Register(_ends("owned"))
    _follow(register, decided(1, "broken", ended=DUE + MINUTE_US, is_open=False))
    (notice,) = register.notices.values()
    assert notice.closes_at == register.now + register.rules.stays


def test_a_step_that_is_overdue_is_told_as_what_it_is() -> None:
    register = Register(RULES)
    said = _follow(register, step(1, "acknowledge", "broken"))
    (notice,) = register.notices.values()
    assert (said, notice.promise_kind) == (["broken opened"], "acknowledge")


def test_the_canary_is_told_as_itself_while_it_is_broken_and_open_and_never_as_a_storm() -> None:
    canary = {"client": "kept-canary", "kind": "by", "promise": "canary"}
    heard = Receiver("alerts", frozenset({"canary"}), hears_standing_only=True)
    register = Register(NoticeRules((heard,), storm_above=1))
    for number in range(3):
        register.take(decided(number, "broken", f"kept-canary/{number}", **canary))
    assert register.standing() == ["canary"] * 3
    register.take(decided(9, "broken", "kept-canary/1", **canary, ended=DUE + 1, is_open=False))
    assert register.standing() == ["canary"] * 2
    assert register.messages == ["opened", "opened", "opened", "resolved"]
    # One that was over before anybody looked is no news.
    register.take(decided(10, "broken", "kept-canary/9", **canary, ended=DUE + 1, is_open=False))
    assert len(register.messages) == 4
