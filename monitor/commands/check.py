"""`kept check`: reads a promise book as the service would, and says everything that is wrong with it."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from monitor.domain.number import number_of
from monitor.domain.promises.promise import Book
from monitor.errors import ConfigError, Fault
from monitor.wire.book import load_book
from monitor.wire.book.model import ALWAYS


class Format(StrEnum):
    """How the outcome is printed."""

    TEXT = "text"
    """A line for people; faults go to standard error."""
    JSONL = "jsonl"
    """JSON objects for programs, one a line, on standard output."""


def check(
    book: Annotated[Path, typer.Argument(help="The promise book, a YAML file.")],
    output: Annotated[
        Format, typer.Option("--format", help="text for people, jsonl for programs: one object a fault.")
    ] = Format.TEXT,
) -> None:
    """Check a promise book: every fault at once, with file, line and key. Exits with 1 if there are any."""
    try:
        known = load_book(book)
    except ConfigError as error:
        for fault in error.faults:
            _print_fault(fault, output)
        raise typer.Exit(1) from None
    _print_summary(known, output)


def _print_fault(fault: Fault, output: Format) -> None:
    if output is Format.JSONL:
        typer.echo(json.dumps(asdict(fault), ensure_ascii=False))
    else:
        typer.echo(str(fault), err=True)


def _print_summary(book: Book, output: Format) -> None:
    counts = {
        "promise": len(book.promises),
        "client": len(book.clients),
        "calendar": len(book.calendars.keys() - {ALWAYS}),
    }
    if output is Format.JSONL:
        typer.echo(
            json.dumps({"book": book.name} | {f"{noun}s": count for noun, count in counts.items()}, ensure_ascii=False)
        )
    else:
        typer.echo(f"{book.name}: " + ", ".join(number_of(count, noun) for noun, count in counts.items()))
