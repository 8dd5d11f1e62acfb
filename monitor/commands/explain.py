"""`kept explain`: the timeline of one case, so that a client's lawyer could follow it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from monitor.commands.judge import AsOfOption, BookOption, EventsArgument, RejectsOption, instant_option, read_judgement
from monitor.commands.output import printable
from monitor.domain.case import Case
from monitor.domain.events import Event
from monitor.domain.explanation import Account, Interval
from monitor.domain.explanation import explain as accounts_of
from monitor.domain.instant import SECOND_US, DurationUs, InstantUs, format_instant
from monitor.domain.ledger import ledger
from monitor.domain.matter import Matter
from monitor.domain.promise import Promise
from monitor.domain.statement import Statement
from monitor.domain.working_hours import WorkingHours
from monitor.errors import ConfigError, Fault
from monitor.service.judging import Judgement


def explain(
    events: EventsArgument,
    book: BookOption,
    case: Annotated[str, typer.Option("--case", help="The case to explain.")],
    as_of: AsOfOption = None,
    rejects: RejectsOption = None,
) -> None:
    """Tell one case from beginning to end: what happened, what was promised, and why each hour counted or did not."""
    now = instant_option(as_of)
    judgement = read_judgement(events, book, now, rejects)
    matter = judgement.matter_of(case)
    if matter is None:
        raise ConfigError([Fault(", ".join(map(str, events)), 0, "--case", repr(case), "a case that an event names")])
    for line in explain_matter(matter, judgement):
        typer.echo(printable(line))


