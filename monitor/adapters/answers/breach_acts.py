"""An act about a breach, held against the journal before it becomes an event: what would count for nothing is refused."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from monitor.adapters.answers.answering import Asked, ask
from monitor.adapters.answers.breaches import rule_behind
from monitor.adapters.journal import tables as t
from monitor.domain.facts.events import CLOSE, OWN_SOURCE
from monitor.domain.hours.instant import InstantUs, format_instant, parse_instant
from monitor.domain.promises.promise import Kind
from monitor.domain.promises.promised_amends import LACKING, STEPS, BreachState
from monitor.errors import KeptError
from monitor.wire.acts.breach_acts import EXCUSE, Deed, Remedy, event_of
from monitor.wire.acts.requests import Request
from monitor.wire.events.own_events import written
from monitor.wire.questions import table
from monitor.wire.questions.parameters import BreachParameters


class RefusedAct(KeptError):
    """An act that would count for nothing; `status` is how HTTP says so."""

    def __init__(self, status: int, found: str, expected: str) -> None:
        super().__init__(f"found {found}, expected {expected}")
        self.status = status
        self.found = found
        self.expected = expected


class Prepared(NamedTuple):
    """An act as an event: `is_known` says that the journal has it already."""

    event: str
    content: bytes
    is_known: bool


def breach_named(connection: Connection, obligation: str, now: InstantUs) -> dict[str, Any] | None:
    """The breach of an obligation as it stands, a row of the question of breaches; None where it is not broken."""
    asked = Asked(table.BREACHES, BreachParameters(obligation=obligation), now)
    return next(iter(ask(connection, asked).rows), None)


def prepared(
    connection: Connection, deed: Deed, said: Request, *, obligation: str, now: InstantUs, told_by: str | None
) -> Prepared:
    """The event of an act; raises RefusedAct where the journal has nothing it could be about."""
    breach = breach_named(connection, obligation, now)
    if breach is None:
        raise RefusedAct(404, f"no broken obligation {obligation!r}", "one that `kept breach list` shows")
    values: dict[str, Any] = {name: getattr(said, name) for name in type(said).model_fields}
    values["by"] = values["by"] or told_by
    if not values["by"]:
        raise RefusedAct(400, "nobody who did it", "`by`, a person's name")
    if isinstance(said, Remedy):
        values = _as_remedy(connection, breach, values)
    if deed.step == Kind.EXPLAIN:
        _check_cause(connection, breach, str(values["cause"]))
    name, event = event_of(deed, obligation, values, told_by)
    at = now if values["at"] is None else values["at"]
    if not parse_instant(breach["since"]) <= at <= now:
        expected = f"an instant from the breach, {breach['since']}, up to now, {format_instant(now)}"
        raise RefusedAct(400, f"at {format_instant(at)}", expected)
    known = select(t.EVENTS.c.position).where(t.EVENTS.c.source == OWN_SOURCE, t.EVENTS.c.id == name)
    is_known = connection.execute(known).first() is not None
    if not is_known:
        _check_owed(deed, breach)
    return Prepared(name, written(event, at, subject=breach["case"]), is_known)


def _check_owed(deed: Deed, breach: dict[str, Any]) -> None:
    state = BreachState(breach["state"])
    if deed.step == EXCUSE:
        if breach["verdict"] == "excused":
            raise RefusedAct(409, f"a breach that {breach['excused_by']} excused", "one that is not excused")
    elif deed.step == CLOSE:
        if state not in LACKING.values():
            raise RefusedAct(409, f"a breach that is {state}", "one for which something is still owed")
    elif breach[deed.step] is None:
        owed = ", ".join(step for step in STEPS if breach[step] is not None) or "nothing"
        raise RefusedAct(409, f"the step {deed.step}, which is not owed", f"a step that is: {owed}")
    elif breach[f"{deed.step}_at"] is not None or breach[deed.step] == "void":
        by = breach[f"{deed.step}_by"]
        found = f"the step {deed.step} taken already{f' by {by}' if by else ''}"
        raise RefusedAct(409, found, "one that is still to be taken")


def _check_cause(connection: Connection, breach: dict[str, Any], cause: str) -> None:
    rule = rule_behind(connection, breach)
    if rule is not None and rule.causes and cause.casefold() not in rule.causes:
        raise RefusedAct(400, f"the cause {cause!r}", f"one of the book's: {', '.join(sorted(rule.causes))}")


def _as_remedy(connection: Connection, breach: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    if values["amount"] is None:
        if not values["reason"]:
            raise RefusedAct(400, "neither a sum nor a reason", "`amount`, or a `reason` why there is no credit")
        return values
    rule = rule_behind(connection, breach)
    of_book = None if rule is None or rule.credit is None else rule.credit.currency
    currency = values["currency"] or of_book
    if currency is None or not values["approved_by"]:
        raise RefusedAct(400, f"a credit of {values['amount']}", "its `currency`, and who `approved_by` it")
    return values | {"currency": currency}
