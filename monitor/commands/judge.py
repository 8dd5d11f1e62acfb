"""`kept judge`: every verdict on a set of events, with its reason, and the counts beside it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, TextIO

import orjson
import typer

from monitor.adapters.machine.clock import SystemClock
from monitor.commands.output import Format, FormatOption, chosen_format, print_table, write_rows
from monitor.commands.reading import EventReader, EventsArgument, RejectsOption
from monitor.commands.rejects import Rejects
from monitor.domain.hours.instant import SECOND_US, InstantUs
from monitor.domain.number import grouped, number_of
from monitor.domain.work.calls import CallTally
from monitor.errors import ConfigError, Fault
from monitor.service.judging.judgement import Judgement
from monitor.wire.answers.statements import ALL_CLIENTS, STATEMENT_COLUMNS, TALLY_COLUMNS, statement_row, tally_rows
from monitor.wire.book import load_book
from monitor.wire.questions.values import INSTANT_OR_DATE, read_instant

BookOption = Annotated[Path, typer.Option("--book", help="The promise book.")]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", help="The instant to judge at, ISO 8601 with an offset, or a date; default: now."),
]

CountsOption = Annotated[
    Path | None, typer.Option("--counts", help="Write the counts by client and kind here, as JSON Lines.")
]

_WITHIN_SECONDS: Final = (20, 60)
"""The waits that the facts of calls are told for."""


def judge(
    events: EventsArgument,
    book: BookOption,
    as_of: AsOfOption = None,
    output_format: FormatOption = None,
    rejects: RejectsOption = None,
    counts: CountsOption = None,
) -> None:
    """Judge events against a promise book: a row for each obligation, and counts by client and kind.

    In a table the counts stand below the rows; with jsonl and csv they go to standard error, or to --counts. A line that
    can't be used is reported, counted and kept, and stops nothing.
    """
    now = instant_option(as_of)
    _refuse_overwriting(events, {"--rejects": rejects, "--counts": counts})
    rows_format = chosen_format(output_format)
    judgement = read_judgement(events, book, now, rejects)
    write_rows(map(statement_row, judgement.statements()), STATEMENT_COLUMNS, rows_format)
    if counts is not None:
        _write_counts(judgement, counts)
    _print_counts(judgement, sys.stdout if rows_format is Format.TABLE else sys.stderr, in_file=counts is not None)


def read_judgement(events: list[Path], book: Path, now: InstantUs, rejects: Path | None) -> Judgement:
    """Reads the book and the events up to `now`; bad lines are reported and set aside."""
    # Nothing a batch makes is a cycle, and looking for some among a million events takes longer than judging them.
    gc.disable()
    promises = load_book(book)
    judgement = Judgement(promises, now)
    with Rejects("line", rejects) as rejected:
        reader = EventReader(events, rejected, promises, now=SystemClock().now(), until=now)
        judgement.gather(reader.events())
        reader.reject_unopened(judgement.gathering.together_with)
    return judgement


def _refuse_overwriting(events: list[Path], outputs: dict[str, Path | None]) -> None:
    """What is read is not written: a slip of the hand must not cost anybody their events."""
    read = {path.resolve() for path in events}
    faults = [
        Fault(str(path), 0, option, "a file of events that is read", "another file")
        for option, path in outputs.items()
        if path is not None and path.resolve() in read
    ]
    if faults:
        raise ConfigError(faults)


def instant_option(text: str | None) -> InstantUs:
    """The instant an option names, now where it is not given."""
    if text is None:
        return SystemClock().now()
    try:
        return read_instant(text)
    except ValueError:
        raise typer.BadParameter(f"found {text!r}, expected {INSTANT_OR_DATE}", param_hint="--as-of") from None


def _write_counts(judgement: Judgement, path: Path) -> None:
    lines = [orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in tally_rows(judgement.tally)]
    try:
        path.write_bytes(b"".join(lines))
    except OSError as error:
        raise ConfigError([Fault(str(path), 0, "--counts", str(error), "a file that can be written")]) from error


def _print_counts(judgement: Judgement, file: TextIO, *, in_file: bool) -> None:
    rows = [row for row in tally_rows(judgement.tally) if not in_file or row["client"] == ALL_CLIENTS]
    print_table(rows, TALLY_COLUMNS, file=file, title=f"\n{number_of(judgement.cases, 'case')}")
    for line in _call_lines(judgement.calls):
        print(line, file=file)


def _call_lines(calls: CallTally) -> Iterator[str]:
    """The facts of calls, where there were any."""
    if not calls.calls:
        return
    waits = calls.waits
    answered = calls.answered
    hung_up_waiting = sum(1 for call in calls.abandoned if call.queued_at is not None)
    yield (
        f"\n{number_of(len(calls.calls), 'call')}: {grouped(len(answered))} answered, {grouped(len(calls.abandoned))} hung up"
        f" ({grouped(hung_up_waiting)} while queueing), {grouped(len(calls.neither))} neither"
    )
    if calls.mean_wait is not None and calls.median_wait is not None:
        mean_wait, median_wait = calls.mean_wait / SECOND_US, calls.median_wait / SECOND_US
        longest = max(waits) / SECOND_US
        yield f"{grouped(len(waits))} queued: mean wait {mean_wait:.1f} s, median {median_wait:.1f} s, longest {longest:.0f} s"
    for limit in _WITHIN_SECONDS if answered else ():
        count = calls.answered_within(limit * SECOND_US)
        yield f"answered within {limit} s: {grouped(count)} of {grouped(len(answered))} ({count / len(answered):.1%})"
