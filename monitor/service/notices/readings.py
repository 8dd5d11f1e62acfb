"""What decisions say to those who make notices of them."""

from __future__ import annotations

from typing import Final

from monitor.domain.cases.obligation import Verdict
from monitor.domain.facts.events import CANARY
from monitor.domain.promises.promised_amends import STEPS
from monitor.service.notices.notice import NoticeKind
from monitor.service.ports.records import DecisionRecord


def standing_of(decision: DecisionRecord) -> NoticeKind | None:
    """What stands of an obligation after a decision about it; of the canary's, only that it is broken and open."""
    if decision.client == CANARY:
        return NoticeKind.CANARY if decision.verdict == Verdict.BROKEN and not is_over(decision) else None
    if decision.verdict == Verdict.BROKEN:
        return NoticeKind.BROKEN
    if decision.verdict == Verdict.UNKNOWN:
        return NoticeKind.UNKNOWN
    is_warned = decision.verdict == Verdict.RUNNING and decision.warnings and decision.is_open
    return NoticeKind.DUE_SOON if is_warned else None


def is_over(decision: DecisionRecord) -> bool:
    """Whether nothing more is expected of an obligation: it was done late, or it is broken for good."""
    return decision.ended is not None or not decision.is_open


def broken_by_name(decision: DecisionRecord) -> str | None:
    """The obligation whose breach a decision about a step is about; None where it is about no step."""
    return f"{decision.case_id}/{decision.occasion}" if decision.kind in STEPS else None


OWNED: Final = "owned"
"""Why a notice is resolved of a breach that somebody owned: what is still decided of it opens it no more."""


def cause_of(decision: DecisionRecord) -> str:
    """The edition of the book behind a decision; empty for everything else."""
    cause = decision.cause_id or ""
    return cause if cause.startswith("edition/") else ""
