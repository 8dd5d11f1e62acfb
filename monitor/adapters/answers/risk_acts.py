"""Clearing a client of what put them at risk, held against the journal before it becomes an event."""

from __future__ import annotations

from sqlalchemy import Connection, select

from monitor.adapters.answers.breach_acts import Prepared, RefusedAct
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.risk import risk
from monitor.adapters.journal import tables as t
from monitor.domain.facts.events import OWN_SOURCE
from monitor.domain.figures.risk import is_persons
from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.wire.acts.risk_acts import RISK_CLEARED, RiskClearance
from monitor.wire.events.own_events import own_event, written
from monitor.wire.questions.parameters import RiskParameters


def facts_about(connection: Connection, client: str, state: str = "standing") -> list[dict[str, object]]:
    """The facts by which a client is at risk now, rows of the question of risk."""
    asked = RiskParameters.model_validate({"client": client, "state": state})
    return list(risk(Known.by(connection), asked).rows)


def prepared_clearance(
    connection: Connection, client: str, said: RiskClearance, *, now: InstantUs, told_by: str | None
) -> Prepared:
    """The event of a clearing; raises RefusedAct where it would clear nothing."""
    by = said.by or told_by
    if not by:
        raise RefusedAct(400, "nobody who decides so", "`by`, a person's name")
    book = Known.by(connection).book
    if book is not None and not is_persons(by, said.reason, book):
        raise RefusedAct(
            400, f"{by!r} with the reason {said.reason!r}", "a person, no robot of the book, and a reason in words"
        )
    at = now if said.at is None else said.at
    if at > now:
        raise RefusedAct(400, f"at {format_instant(at)}", f"an instant up to now, {format_instant(now)}")
    data = {"by": by, "reason": said.reason}
    # One that names no instant is another one each time: a client may be at risk again.
    name, event = own_event(RISK_CLEARED, {"client": client, **data}, at, told_by)
    known = select(t.EVENTS.c.position).where(t.EVENTS.c.source == OWN_SOURCE, t.EVENTS.c.id == name)
    is_known = connection.execute(known).first() is not None
    if not is_known and not any(str(row["at"]) <= format_instant(at) for row in facts_about(connection, client)):
        raise RefusedAct(409, f"no fact by then that puts {client!r} at risk", "a client that `kept risk list` shows")
    return Prepared(name, written(event, at, client=client), is_known)


def outcome_of(connection: Connection, client: str, act: Prepared, *, at: InstantUs) -> dict[str, object]:
    """What is answered once it is committed."""
    rows = facts_about(connection, client, "all")
    standing_now = sum(row["cleared"] is None for row in rows)
    cleared = sum(row["cleared"] == format_instant(at) for row in rows)
    return {"event": act.event, "repeated": act.is_known, "cleared": cleared, "standing": standing_now}
