"""`kept retention`: takes out of a database what is over and lies back longer than it has to be kept."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import typer

from monitor.adapters.journal.database_lock import lock_of
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.store import SqlStore
from monitor.adapters.machine.clock import SystemClock
from monitor.bootstrap.opening import opened_for_reading, opened_journal
from monitor.commands.database_option import database_option
from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.domain.number import number_of
from monitor.service.commits.retention import Policy, first_progress, preview, read_policy
from monitor.service.ports.records import RetirementRecord

KeepOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--keep", help="How long what is over stays on record, e.g. 7y; looked at daily. Else for ever."),
]

COUNTED: Final = ("matter", "case", "event", "obligation", "decision")


def retention(
    database: Annotated[Location, database_option("The database of a Kept that does not run.")],
    keep: Annotated[str, typer.Option("--keep", help="How long after its last event a matter is kept, e.g. 7y, 400d.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how much would go; also while a Kept runs.")
    ] = False,
) -> None:
    """Remove matters whose cases are all closed and whose last event lies further back. Totals and counters stay.

    A Kept that runs does this itself: `kept run --keep 7y`, or `kept worker --keep 7y`.
    """
    policy, now = policy_option(keep), SystemClock().now()
    record = _look(database, policy, now) if dry_run else _remove(database, policy, now)
    counted = ", ".join(number_of(getattr(record, f"{name}s"), name) for name in COUNTED)
    verb = "would go" if dry_run else "gone"
    typer.echo(f"{verb}: {counted}; what was over before {format_instant(record.before)} (--keep {policy.text})")


def policy_option(text: str) -> Policy:
    """The policy that an option says."""
    try:
        return read_policy(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--keep") from error


def _look(database: Location, policy: Policy, now: InstantUs) -> RetirementRecord:
    with opened_for_reading(database) as engine, SqlStore(engine, lock_of(database, engine)).reading() as transaction:
        return preview(transaction, policy, now)


def _remove(database: Location, policy: Policy, now: InstantUs) -> RetirementRecord:
    with opened_for_reading(database):
        pass  # a database that is not there is not made
    with opened_journal(database, None) as journal:
        progress = first_progress(policy, now)
        while (step := journal.commit_point.retire(progress, now)) is not None:
            progress = step
    return progress.record
