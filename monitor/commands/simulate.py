"""`kept simulate`: the demonstration firm's events, to a file, to standard output, to a running daemon or to Kafka."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import orjson
import typer

from monitor.adapters.machine.clock import SystemClock
from monitor.commands.credentials import TokenFile, read_token
from monitor.commands.kafka_options import AuthorityOption, PasswordOption, TlsOption, UserOption, access_of
from monitor.conventions.topics import EVENTS_TOPIC
from monitor.demo.disorder import disturbed
from monitor.demo.firm import BOOK_PATH
from monitor.demo.load import load_events
from monitor.demo.sender import Destination, Sender, send_all, send_in_time
from monitor.demo.simulate import events, live_events
from monitor.domain.hours.instant import DAY_US, InstantUs, parse_instant
from monitor.errors import ConfigError

if TYPE_CHECKING:  # its driver takes long to import
    from monitor.adapters.kafka.access import KafkaAccess

DEFAULT_START: Final = "2026-03-02T08:00:00Z"
"""A Monday morning in London; fixed, so that the same seed gives the same events on any day."""
DEFAULT_DAYS: Final = 7.0

STANDARD_OUTPUT: Final = "-"
_TYPE: Final = b'"type":"'


def simulate(
    *,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same events.")] = 1,
    cases: Annotated[int | None, typer.Option("--cases", min=1, help="How many cases, told to their end.")] = None,
    days: Annotated[float | None, typer.Option("--days", min=0.01, help="How many days; 7 if not said.")] = None,
    most: Annotated[int | None, typer.Option("--events", min=1, help="How many events at most.")] = None,
    load: Annotated[bool, typer.Option("--load", help="Plain events, fast, for benchmarks; needs --events.")] = False,
    start: Annotated[str | None, typer.Option("--start", help=f"When it begins: {DEFAULT_START} if not said.")] = None,
    output: Annotated[str, typer.Option("--output", "-o", help="The file to write; - is standard output.")] = "-",
    url: Annotated[str | None, typer.Option("--url", help="A running daemon to send to, see above.")] = None,
    token_file: TokenFile = None,
    kafka: Annotated[
        str | None, typer.Option("--kafka", metavar="HOST:PORT", help="A Kafka broker to send to.")
    ] = None,
    topic: Annotated[str, typer.Option("--topic", help="With --kafka: the topic.")] = EVENTS_TOPIC,
    kafka_user: UserOption = None,
    kafka_password_file: PasswordOption = None,
    kafka_tls: TlsOption = False,
    kafka_ca: AuthorityOption = None,
    speed: Annotated[float, typer.Option("--speed", min=0.01, help="How many times as fast as real time.")] = 1.0,
    disorder: Annotated[float, typer.Option("--disorder", min=0, max=1, help="Share of events that come late.")] = 0.0,
    duplicates: Annotated[float, typer.Option("--duplicates", min=0, max=1, help="Share that come twice.")] = 0.0,
    book: Annotated[
        Path | None, typer.Option("--book", help="Only write the firm's promise book to this file.")
    ] = None,
) -> None:
    """Make up what happens at a firm of thirty people with a dozen clients: one CloudEvent a line.

    With --url the events go to a daemon, with --kafka to a topic, keyed by client: in real time and without end, or as
    fast as they are taken where --cases, --days or --load say how many.
    """
    if book is not None:
        _copy_book(book)
        return
    if url is not None and kafka is not None:
        raise typer.BadParameter("found --url and --kafka, expected one of them")
    is_bounded = cases is not None or days is not None
    is_live = (url is not None or kafka is not None) and not is_bounded and not load
    if load:
        _refuse_for_load(most, others=is_bounded or start is not None)
    elif is_live and start is not None:
        raise typer.BadParameter("found --start in real time, which begins now, expected --cases or --days too")
    elif not is_bounded and most is None:
        days = DEFAULT_DAYS
    access = (
        None
        if kafka is None
        else partial(
            access_of, kafka, user=kafka_user, password_file=kafka_password_file, tls=kafka_tls, authority=kafka_ca
        )
    )
    tally = Tally()
    try:
        if is_live:
            live = islice(_live(seed, speed), most)
            stream = tally.watch(disturbed(live, seed, disorder=disorder, duplicates=duplicates))
            with closing(_destination(url, token_file, access, topic)) as sender:
                send_in_time(sender, stream, now=SystemClock().now)
        else:
            history = load_events(seed, most or 0) if load else _history(seed, _instant(start), cases, days)
            lines = disturbed(islice(history, most), seed, disorder=disorder, duplicates=duplicates)
            counted = (line for _, line in tally.watch((0, line) for line in lines))
            if url is None and kafka is None:
                _write_to(output, counted)
            else:
                with closing(_destination(url, token_file, access, topic)) as sender:
                    send_all(sender, counted)
    except KeyboardInterrupt:
        pass  # the way to end a demonstration
    tally.show()


class Tally:
    """How many events of each type went out."""

    def __init__(self) -> None:
        self._types: Counter[bytes] = Counter()

    def watch(self, stream: Iterable[tuple[InstantUs, bytes]]) -> Iterator[tuple[InstantUs, bytes]]:
        """The stream itself, counted as it passes."""
        types = self._types
        for at, line in stream:
            begin = line.index(_TYPE) + len(_TYPE)
            types[line[begin : line.index(b'"', begin)]] += 1
            yield at, line

    def show(self) -> None:
        """Tells the counts on standard error."""
        for name, count in sorted(self._types.items(), key=lambda item: (-item[1], item[0])):
            typer.echo(f"{count:>9}  {name.decode()}", err=True)
        typer.echo(f"{self._types.total():>9}  events", err=True)


def _refuse_for_load(most: int | None, *, others: bool) -> None:
    if most is None:
        raise typer.BadParameter("found --load without --events, expected both: how many events are wanted")
    if others:
        raise typer.BadParameter("found --load with --cases, --days or --start, expected only --events")


def _live(seed: int, speed: float) -> Iterator[tuple[InstantUs, bytes]]:
    for at, event in live_events(seed, SystemClock().now(), speed):
        yield at, orjson.dumps(event)


def _destination(
    url: str | None, token_file: Path | None, kafka: Callable[[], KafkaAccess] | None, topic: str
) -> Destination:
    if kafka is None:
        return Sender(url or "", token=read_token(token_file))
    from monitor.demo.kafka_sender import KafkaSender  # noqa: PLC0415  who sends to no broker need not load its driver

    return KafkaSender(kafka().parameters(), topic)


def _history(seed: int, start: InstantUs, cases: int | None, days: float | None) -> Iterator[bytes]:
    until = None if days is None else start + int(days * DAY_US)
    return map(orjson.dumps, events(seed, start, cases=cases, until=until))


def _instant(text: str | None) -> InstantUs:
    try:
        return parse_instant(text or DEFAULT_START)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--start") from error


def _write_to(output: str, lines: Iterator[bytes]) -> None:
    if output == STANDARD_OUTPUT:
        _write(lines, sys.stdout.buffer)
        return
    try:
        with Path(output).open("wb") as file:
            _write(lines, file)
    except OSError as error:
        raise _unwritable(output, error) from error


def _write(lines: Iterator[bytes], file: BinaryIO) -> None:
    file.writelines(line + b"\n" for line in lines)
    file.flush()


def _copy_book(target: Path) -> None:
    """Writes the book to a file that is not there yet: somebody may have worked on one that is."""
    try:
        with target.open("xb") as file:
            file.write(BOOK_PATH.read_bytes())
    except FileExistsError as error:
        raise ConfigError.of(target, "a file that exists", "a new one for the book") from error
    except OSError as error:
        raise _unwritable(str(target), error) from error


def _unwritable(path: str, error: OSError) -> ConfigError:
    return ConfigError.of(path, error.strerror or str(error), "a file that can be written")
