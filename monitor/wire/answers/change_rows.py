"""What another book would change, as rows."""

from __future__ import annotations

from typing import Any

from monitor.service.commits.book_changes import ChangeList
from monitor.service.commits.preview import Change
from monitor.wire.shown.optional import instant_or_none


def preview_body(found: ChangeList) -> dict[str, Any]:
    """All of it."""
    return {
        "changed": found.changed,
        "counts": count_rows(found),
        "changes": [change_row(change) for change in found.listed],
        "left_out": found.left_out,
    }


def count_rows(found: ChangeList) -> list[dict[str, Any]]:
    """The counts by kind and by outcome before and after, in the order of their names."""
    return [{**key._asdict(), "obligations": count} for key, count in sorted(found.counts.items())]


def change_row(change: Change) -> dict[str, Any]:
    """One obligation."""
    before, after = change.before, change.after
    outcome_before, outcome_after = change.outcomes
    return {
        "client": after.client,
        "case": after.case_id,
        "kind": after.kind,
        "obligation": after.id,
        "outcome_before": outcome_before,
        "outcome_after": outcome_after,
        "due_before": None if before is None else instant_or_none(before.due),
        "due_after": instant_or_none(after.due),
        "promise_before": None if before is None else f"{before.promise} version {before.version}",
        "promise_after": f"{after.promise} version {after.version}",
        "reason": after.reason,
    }
