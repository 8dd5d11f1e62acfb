"""The question of breaches: what is broken as of an instant, with the steps that were owed and taken for each.

A breach and its steps are rows of the history like any others; what was said at a step is read from the event behind its end.
So an answer as of an instant never changes. Credits follow from the book's editions of then and from the order of breaches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.known_clients import ClientPeriod
from monitor.adapters.answers.pages import Plan, Row, Stage
from monitor.adapters.answers.plans import Scene
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.recorded import BROKEN_AT, held_before
from monitor.domain.cases.obligation import Verdict
from monitor.domain.facts.events import ClientTold, Event, Excused, StepTaken
from monitor.domain.hours.instant import InstantUs, format_instant, seconds
from monitor.domain.promises.promise import Book, Kind
from monitor.domain.promises.promised_amends import LACKING, STEPS, BreachRule, CreditRule, rule_named, state_of_breach
from monitor.service.ports.portions import portions
from monitor.service.ports.records import Identity
from monitor.wire.events.cloud_events import recall_event
from monitor.wire.questions.parameters import BreachParameters
from monitor.wire.shown.optional import instant_or_none

_D: Final = t.DECISIONS.c
_STEP_KINDS: Final = tuple(step.value for step in STEPS)
_IS_BREACH: Final = t.IS_BREACH & _D.kind.not_in(_STEP_KINDS)
_REST: Final = func.substr(_D.obligation, func.length(_D.case_id) + 2)
"""The name of an obligation without its case: the occasion of the steps owed for it."""
_AT_ONCE: Final = 300
"""Names in one statement."""


def breaches(asked: BreachParameters, scene: Scene) -> Plan:
    """What is broken or excused, of what was recorded by then."""
    wanted: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (_D.client, asked.client),
            (_D.kind, asked.kind),
            (_D.promise, asked.promise),
            (_D.case_id, asked.case),
            (_D.holder, asked.holder),
            (_D.tier, asked.tier),
            (_D.channel, asked.channel),
            (_D.obligation, asked.obligation),
        )
        if value is not None
    ]
    wanted += [] if asked.since is None else [asked.since <= BROKEN_AT]
    wanted += [] if asked.until is None else [asked.until > BROKEN_AT]
    known = scene.known
    wanted += _in_state(asked.state, known.end)
    statement = select(t.DECISIONS).where(*known.held(asked.client), _IS_BREACH, *wanted)
    return Plan(statement, [Stage((BROKEN_AT, _D.position))], lambda rows: _shown(known, rows))


def opened_in(known: Known, about: ClientPeriod, *, most: int) -> list[Row]:
    """The first `most` of what is broken or excused of the obligations to a client that opened in a period.

    Each row also has `late_seconds`: of what was done late, how late, in the time the promise counts.
    """
    client, period = about
    bounds = (_D.client == client, _D.opened >= period.starts_at, _D.opened < period.ends_at)
    found = select(t.DECISIONS).where(*known.held(), _IS_BREACH, *bounds)
    rows = known.connection.execute(found.order_by(BROKEN_AT, _D.position).limit(most)).all()
    late = [None if row.ended is None or not (row.margin or 0) < 0 else seconds(-row.margin) for row in rows]
    return [{**shown, "late_seconds": each} for shown, each in zip(_shown(known, rows), late, strict=True)]


def _in_state(state: str, end: int) -> list[ColumnElement[bool]]:
    """The conditions of a state, `open` or `all`; as `state_of_breach` has them."""
    open_steps = [_has_step(end, [step], is_open=True) for step in STEPS]
    if state == "all":
        return []
    if state == "open":
        return [or_(*open_steps)]
    lacking = list(LACKING.values())
    if state in lacking:
        number = lacking.index(state)  # type: ignore[arg-type]  # a state is a text
        return [open_steps[number], *(~earlier for earlier in open_steps[:number])]
    nothing_open = [~step for step in open_steps]
    if state == "excused":
        return [_D.verdict == Verdict.EXCUSED.value, *nothing_open]
    has_steps = _has_step(end, STEPS)
    return [_D.verdict == Verdict.BROKEN.value, *nothing_open, has_steps if state == "closed" else ~has_steps]


def _has_step(end: int, kinds: Sequence[Kind], *, is_open: bool | None = None) -> ColumnElement[bool]:
    step = t.DECISIONS.alias()
    conditions = [
        step.c.case_id == _D.case_id,
        step.c.kind.in_([kind.value for kind in kinds]),
        step.c.occasion == _REST,
        step.c.type != "withdrawn",
        *held_before(end, step),
    ]
    return exists().where(*conditions, *([] if is_open is None else [step.c.is_open == is_open]))


# One page


class _Step(NamedTuple):
    """A step as it stood, and the event that took it, if one did."""

    row: Any
    event: Event | None

    @property
    def fact(self) -> StepTaken | ClientTold | None:
        fact = None if self.event is None else self.event.fact
        return fact if isinstance(fact, StepTaken | ClientTold) else None


def _shown(known: Known, rows: Sequence[Any]) -> list[Row]:
    found = _steps_in(known, {row.case_id for row in rows})
    of_rows = [found.get((row.case_id, row.obligation[len(row.case_id) + 1 :]), {}) for row in rows]
    causes = {identity for row in rows if (identity := _excuse_behind(row)) is not None}
    causes |= {identity for steps in of_rows for row in steps.values() if (identity := _taking_behind(row)) is not None}
    events = _events(known.connection, causes)
    credits_owed = _Credits(known)
    return [
        _row(
            row,
            {kind: _Step(step, events.get(_taking_behind(step))) for kind, step in steps.items()},
            excuse=events.get(_excuse_behind(row)),
            credits_owed=credits_owed,
        )
        for row, steps in zip(rows, of_rows, strict=True)
    ]


def _steps_in(known: Known, cases: Iterable[str]) -> dict[tuple[str, str], dict[Kind, Any]]:
    """The steps owed in these cases, by case and by the rest of the name of what was broken."""
    steps: dict[tuple[str, str], dict[Kind, Any]] = defaultdict(dict)
    held = known.held()
    for portion in portions(sorted(cases), _AT_ONCE):
        owed = select(t.DECISIONS).where(
            *held, _D.case_id.in_(portion), _D.kind.in_(_STEP_KINDS), _D.type != "withdrawn"
        )
        for row in known.connection.execute(owed):
            steps[row.case_id, row.occasion][Kind(row.kind)] = row
    return steps


def _taking_behind(row: Any) -> Identity | None:
    return (row.cause_source, row.cause_id) if row.ended is not None and row.cause_id is not None else None


def _excuse_behind(row: Any) -> Identity | None:
    is_excused = row.verdict == Verdict.EXCUSED and row.cause_id is not None
    return (row.cause_source, row.cause_id) if is_excused else None


def _events(connection: Connection, identities: Iterable[Identity]) -> dict[Identity | None, Event]:
    """The events of these identities that the journal still has."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for source, name in identities:
        by_source[source].append(name)
    column = t.EVENTS.c
    found: dict[Identity | None, Event] = {}
    for source, names in by_source.items():
        for portion in portions(names, _AT_ONCE):
            told = select(column.id, column.content).where(column.source == source, column.id.in_(portion))
            found |= {(source, name): recall_event(bytes(content)) for name, content in connection.execute(told)}
    return found


def _row(row: Any, steps: dict[Kind, _Step], *, excuse: Event | None, credits_owed: _Credits) -> Row:
    since: InstantUs = row.ended if row.due is None else row.due
    is_excused = row.verdict == Verdict.EXCUSED
    state = state_of_breach({kind: bool(step.row.is_open) for kind, step in steps.items()}, is_excused=is_excused)
    any_step = next(iter(steps.values()), None)
    return {
        "since": format_instant(since),
        "state": state.value,
        "verdict": row.verdict,
        "client": row.client,
        "case": row.case_id,
        "kind": row.kind,
        "promise": row.promise,
        "version": row.version,
        "holder": row.holder,
        "grade": row.grade,
        "channel": row.channel,
        "tier": row.tier,
        "reason": row.reason,
        "owed_by": None if any_step is None else any_step.row.promise,
        **{name: value for kind in STEPS for name, value in _of_step(kind, steps.get(kind))},
        **_of_owning(steps),
        **credits_owed.of(row, steps.get(Kind.REMEDY)),
        **_of_end(since, steps, excuse, is_over=state not in LACKING.values()),
        "obligation": row.obligation,
    }


def _of_step(kind: Kind, step: _Step | None) -> Iterator[tuple[str, Any]]:
    row, fact = (None, None) if step is None else (step.row, step.fact)
    yield kind.value, None if row is None else row.verdict
    yield f"{kind}_due", None if row is None or row.due is None else format_instant(row.due)
    yield f"{kind}_at", None if row is None or row.ended is None or fact is None else format_instant(row.ended)
    yield f"{kind}_by", None if fact is None else fact.by
    yield f"{kind}_words", None if fact is None else fact.words or getattr(fact, "reason", None)


def _of_owning(steps: dict[Kind, _Step]) -> Row:
    explained, remedied = (_taken(steps, kind) for kind in (Kind.EXPLAIN, Kind.REMEDY))
    amount = None if remedied is None else remedied.amount
    return {
        "cause": None if explained is None else explained.cause,
        "credit_given": None if amount is None else f"{amount:.2f}",
        "credit_given_currency": None if amount is None or remedied is None else remedied.currency,
        "approved_by": None if remedied is None else remedied.approved_by,
    }


def _taken(steps: dict[Kind, _Step], kind: Kind) -> StepTaken | None:
    fact = steps[kind].fact if kind in steps else None
    return fact if isinstance(fact, StepTaken) and fact.step == kind else None


def _of_end(since: InstantUs, steps: dict[Kind, _Step], excuse: Event | None, *, is_over: bool) -> Row:
    fact = None if excuse is None else excuse.fact
    ends = [step.row.at if step.row.ended is None else step.row.ended for step in steps.values()]
    if excuse is not None:
        ends.append(max(excuse.time, since))
    owned = max(ends) if is_over and ends else None
    return {
        "owned": instant_or_none(owned),
        "own_seconds": None if owned is None else seconds(owned - since),
        "excused_by": fact.approved_by if isinstance(fact, Excused) else None,
        "excuse": fact.reason if isinstance(fact, Excused) else None,
    }


# Credits


class _Credits:
    """What is owed in money as of an instant; each client's breaches of a period are counted once."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._held = known.held()
        self._order: dict[tuple[str, str, int, InstantUs], list[str]] = {}

    def of(self, row: Any, remedy: _Step | None) -> Row:
        """The columns of a breach."""
        rule = None if remedy is None or row.verdict != Verdict.BROKEN else self._rule(remedy.row)
        if rule is None or remedy is None:
            return {"credit_owed": None, "credit_owed_currency": None}
        number = self._breaches(row.client, remedy.row, rule).index(row.obligation) + 1
        return {"credit_owed": f"{rule.owed_for(number):.2f}", "credit_owed_currency": rule.currency}

    def _rule(self, remedy: Any) -> CreditRule | None:
        rule = rule_named(_rules_of(self._known.book), remedy.promise, remedy.version, remedy.opened)
        return None if rule is None else rule.credit

    def _breaches(self, client: str, remedy: Any, rule: CreditRule) -> list[str]:
        """A client's breaches under a rule in the period of this one, in the order in which they are credited."""
        start = rule.period_start(remedy.opened)
        key = (client, remedy.promise, remedy.version, start)
        if key not in self._order:
            owed = select(t.DECISIONS).where(
                *self._held,
                _D.client == client,
                _D.kind == Kind.REMEDY.value,
                _D.promise == remedy.promise,
                _D.version == remedy.version,
                _D.opened >= start,
                _D.type != "withdrawn",
            )
            found = [
                (row.opened, f"{row.case_id}/{row.occasion}")
                for row in self._known.connection.execute(owed)
                if rule.period_start(row.opened) == start
            ]
            broken = self._still_broken([name for _, name in found])
            self._order[key] = [name for _, name in sorted(found) if name in broken]
        return self._order[key]

    def _still_broken(self, names: Sequence[str]) -> set[str]:
        broken: set[str] = set()
        for portion in portions(names, _AT_ONCE):
            cases = select(t.OBLIGATIONS.c.case_id).where(t.OBLIGATIONS.c.id.in_(portion))
            standing = select(t.DECISIONS).where(*self._held, _D.case_id.in_(cases), _D.obligation.in_(portion))
            broken |= {
                row.obligation for row in self._known.connection.execute(standing) if row.verdict == Verdict.BROKEN
            }
        return broken


def rule_behind(connection: Connection, breach: Row) -> BreachRule | None:
    """The entry of the book by which something is owed for a breach, a row of this question's answer as things stand."""
    if breach["owed_by"] is None:
        return None
    known = Known.by(connection)
    rest = breach["obligation"][len(breach["case"]) + 1 :]
    step = next(iter(_steps_in(known, [breach["case"]])[breach["case"], rest].values()))
    return rule_named(_rules_of(known.book), step.promise, step.version, step.opened)


def _rules_of(book: Book | None) -> tuple[BreachRule, ...]:
    """What the book owes for breaches."""
    return () if book is None else book.breach_rules
