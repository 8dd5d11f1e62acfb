"""Rows of the journal as rows of answers. Written out column by column: an answer may have very many rows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from monitor.domain.hours.instant import InstantUs, format_instant, seconds
from monitor.domain.promises.editions import FROM_THE_BEGINNING
from monitor.domain.promises.promised_people import MILLION
from monitor.wire.shown.optional import instant_or_none, seconds_or_none

_written: Final = lru_cache(maxsize=4_096)(format_instant)
"""Rows that stand together have instants in common: what one commit recorded, when one obligation opened and was true."""


def decision_row(row: Any) -> dict[str, Any]:
    """A row of `decisions`."""
    (position, decision_id, recorded, revision, replaces, type_, obligation, case, client, promise, version, kind) = (
        row[:12]
    )
    (occasion, channel, tier, holder, grade, opened, at, verdict, previous, restated, due, ended) = row[12:24]
    (is_open, warnings, elapsed, margin, ratio, cause_source, cause_id, reason) = row[24:32]
    return {
        "client": client,
        "case": case,
        "kind": kind,
        "promise": promise,
        "version": version,
        "verdict": verdict,
        "opened": _written(opened),
        "due": None if due is None else _written(due),
        "ended": None if ended is None else _written(ended),
        "elapsed_seconds": seconds_or_none(elapsed),
        "margin_seconds": seconds_or_none(margin),
        "ratio": None if ratio is None else ratio / MILLION,
        "holder": holder,
        "grade": grade,
        "channel": channel,
        "tier": tier,
        "is_open": is_open,
        "warnings": warnings,
        "reason": reason,
        "type": type_,
        "at": _written(at),
        "recorded": _written(recorded),
        "previous": previous,
        "restated": restated,
        "cause_source": cause_source,
        "cause_id": cause_id,
        "obligation": obligation,
        "occasion": occasion,
        "revision": revision,
        "position": position,
        "replaces": replaces,
        "id": decision_id,
    }


def obligation_row(row: Any, now: InstantUs) -> dict[str, Any]:
    """A row of `obligations`, with who has the case now behind it."""
    due = row.due
    return {
        "due": instant_or_none(due),
        "left_seconds": seconds(due - now) if due is not None and row.is_open else None,
        "verdict": row.verdict,
        "client": row.client,
        "case": row.case_id,
        "kind": row.kind,
        "promise": row.promise,
        "version": row.version,
        "opened": format_instant(row.opened),
        "ended": instant_or_none(row.ended),
        "is_open": row.is_open,
        "warnings": row.warnings,
        "holder": row.case_holder,
        "channel": row.channel,
        "tier": row.tier,
        "reason": row.reason,
        "obligation": row.id,
        "revision": row.revision,
        "decision": row.decision,
    }


def case_row(row: Any) -> dict[str, Any]:
    """A row of `cases`."""
    return {
        "case": row.id,
        "client": row.client,
        "phase": row.phase,
        "holder": row.holder,
        "team": row.team,
        "channel": row.channel,
        "priority": row.priority,
        "tier": row.tier,
        "opened": instant_or_none(row.opened_at),
        "matter": row.matter,
    }


def letter_row(row: Any) -> dict[str, Any]:
    """A dead letter with what became of it, as `plans.LETTERS` reads it."""
    return {
        "letter": row.position,
        "recorded": format_instant(row.recorded),
        "origin": row.origin,
        "found": row.found,
        "expected": row.expected,
        "key": row.key,
        "bytes": row.bytes,
        "state": row.state or "open",
        "ended": instant_or_none(row.ended),
        "author": row.author,
        "reason": row.reason,
        "digest": row.digest,
    }


def edition_row(row: Any) -> dict[str, Any]:
    """A row of `editions`, with or without its text."""
    return {
        "edition": row.number,
        "recorded": format_instant(row.recorded),
        "since": None if row.since == FROM_THE_BEGINNING else format_instant(row.since),
        "restates": row.restates,
        "author": row.author,
        "reason": row.reason,
        "digest": row.digest,
    }
