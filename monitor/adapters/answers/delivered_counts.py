"""What was delivered of each promise to each client, counted by the database, in stretches of time.

One reading of the history serves all that is counted of a time: it is cut into stretches, and whoever wants the numbers of a
quarter and the shares of its months adds stretches up. What comes back is one number for each obligation, in which is written
how it is counted, or each such number once with how often it came. Lengths are rounded up, to the second up to an hour, to the
minute up to a hundred hours, to the hour above: a million obligations are some ten thousand numbers, and none is told to be
faster than it was.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, and_, case, func, literal, null, or_, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.stretches import stretch_of
from monitor.adapters.journal import tables as t
from monitor.domain.cases.obligation import Verdict
from monitor.domain.figures.four_numbers import LASTING_KINDS, Delivered
from monitor.domain.figures.shares import COUNTED_AS, Occasions
from monitor.domain.hours.instant import HOUR_US, MINUTE_US, SECOND_US, DurationUs, InstantUs
from monitor.domain.promises.promise import JUDGED_KINDS, Kind

_ROW: Final = t.DECISIONS.c
_COARSE_FROM_US: Final = 100 * HOUR_US
_VERDICTS: Final = tuple(COUNTED_AS)
_MOST_NUMBERED: Final = 24
"""Promises that are told apart by a number: each makes the question longer. Others are told apart by their names."""


class Bound(NamedTuple):
    """A version of a promise, as obligations name it."""

    promise: str
    version: int
    kind: Kind


class Binding(NamedTuple):
    """A version of a promise, as obligations to a client name it."""

    client: str
    promise: str
    version: int
    kind: Kind


Expectations = Mapping[tuple[str, int], DurationUs | None]
"""By promise and version: what the client expects, None where it can't be compared; what is not there is as promised."""
Stretches = dict[InstantUs, Delivered]
"""By the instants at which the stretches begin."""


class Openings(NamedTuple):
    """The chosen obligations that opened in a stretch from one cut to the next; `cuts` are at least two, in order.

    `client` is the only one they are of, None where they may be of several.
    """

    chosen: Sequence[ColumnElement[bool]]
    cuts: Sequence[InstantUs]
    client: str | None


def delivered(
    known: Known, openings: Openings, expectations: Expectations, *, usual: Iterable[Bound]
) -> dict[Binding, Stretches]:
    """What became of obligations, as it was known, by the stretch they opened in.

    `usual` are promises that most of the obligations are by: counting those is faster.
    """
    chosen, cuts, only = openings
    whose = _ROW.client if only is None else null()
    numbered = list(dict.fromkeys(usual))[:_MOST_NUMBERED]
    coded = _Coded(cuts, numbered, expectations)
    held = [
        *known.held(only),
        *chosen,
        _ROW.opened >= cuts[0],
        _ROW.opened < cuts[-1],
    ]
    tallies: dict[tuple[Binding, int], _Tally] = defaultdict(_Tally)
    are_others = False
    for (client, number), count in _counted(known.connection, select(whose, coded.column).where(*held)):
        what, place = divmod(number, len(numbered) + 1)
        if place == len(numbered):
            are_others = True
        else:
            stretch, read = coded.read(what)
            tallies[Binding(only or client, *numbered[place]), stretch].add(read, numbered[place].kind, count)
    if are_others:
        by_name = select(whose, _ROW.promise, _ROW.version, _ROW.kind, coded.column)
        is_judged = _ROW.kind.in_([kind.value for kind in JUDGED_KINDS])
        asked = by_name.where(*held, is_judged, *([~or_(*map(_is_by, numbered))] if numbered else []))
        for (client, promise, version, kind, number), count in _counted(known.connection, asked):
            stretch, read = coded.read(number // (len(numbered) + 1))
            tallies[Binding(only or client, promise, version, Kind(kind)), stretch].add(read, Kind(kind), count)
    found: dict[Binding, Stretches] = defaultdict(dict)
    for (binding, stretch), tally in tallies.items():
        found[binding][cuts[stretch]] = tally.delivered(binding, expectations)
    return found


def _counted(connection: Connection, asked: Select[Any]) -> Iterable[tuple[tuple[Any, ...], int]]:
    """Each different row with how often it came.

    SQLite would sort the rows to find equal ones, which takes longer than all the rest; a server has a table of them, and to
    send every row would take longer.
    """
    if connection.dialect.name == "sqlite":
        with connection.execute(asked) as result:
            rows: Any = result.cursor  # the driver's own, without something around each
            return Counter(rows).items()
    columns = tuple(asked.subquery("held").c)
    grouped = select(*columns, func.count()).group_by(*columns)
    return [((*row[:-1],), row[-1]) for row in connection.execute(grouped)]


def _is_by(bound: Bound) -> ColumnElement[bool]:
    return and_(_ROW.promise == bound.promise, _ROW.version == bound.version, _ROW.kind == bound.kind.value)


class _Read(NamedTuple):
    """What is on record of obligations; `is_short`: elapsed is at most what is expected, where that is not what was promised."""

    verdict: str
    is_open: bool
    is_short: bool
    elapsed: DurationUs | None


class _Coded:
    """All there is to say of an obligation in one number, digits of mixed radix: length, flags, verdict, stretch, promise."""

    def __init__(self, cuts: Sequence[InstantUs], numbered: Sequence[Bound], expectations: Expectations) -> None:
        self._stretches = len(cuts) - 1
        place = case(*((_is_by(bound), number) for number, bound in enumerate(numbered)), else_=len(numbered))
        verdict = case(*((_ROW.verdict == name, number) for number, name in enumerate(_VERDICTS)))
        column: ColumnElement[Any] = func.coalesce(_rounded(_ROW.elapsed), literal(-1, BigInteger))
        digits: list[tuple[int, ColumnElement[Any] | int]] = [
            (4, case((_ROW.is_open, 2), else_=0) + _is_short(expectations)),
            (len(_VERDICTS), verdict),
            (self._stretches, stretch_of(_ROW.opened, cuts)),
            (len(numbered) + 1, place if numbered else 0),
        ]
        for radix, digit in digits:
            column = column * literal(radix, BigInteger) + digit
        self.column = column.label("code")

    def read(self, number: int) -> tuple[int, _Read]:
        """The number of the stretch, and the rest."""
        rest, stretch = divmod(number, self._stretches)
        rest, verdict = divmod(rest, len(_VERDICTS))
        elapsed, flags = divmod(rest, 4)
        is_open, is_short = divmod(flags, 2)
        taken = None if elapsed < 0 else elapsed * SECOND_US
        return stretch, _Read(_VERDICTS[verdict], bool(is_open), bool(is_short), taken)


def _rounded(length: ColumnElement[Any]) -> ColumnElement[Any]:
    """In seconds; null where there is none."""

    def up_to(unit: DurationUs) -> ColumnElement[int]:
        return (length + (unit - 1)) // literal(unit, BigInteger) * (unit // SECOND_US)

    return case(
        (length <= HOUR_US, up_to(SECOND_US)), (length <= _COARSE_FROM_US, up_to(MINUTE_US)), else_=up_to(HOUR_US)
    )


def _is_short(expectations: Expectations) -> ColumnElement[int]:
    told = [
        (and_(_ROW.promise == promise, _ROW.version == version, _ROW.elapsed <= length), 1)
        for (promise, version), length in expectations.items()
        if length is not None
    ]
    return case(*told, else_=0) if told else literal(0, BigInteger)


class _Tally:
    """What is counted of one promise to one client in one stretch."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = defaultdict(int)
        self._lengths: dict[DurationUs, int] = defaultdict(int)
        self._open_late = self._expected = 0

    def add(self, read: _Read, kind: Kind, count: int) -> None:
        """So many more of these."""
        is_broken = read.verdict == Verdict.BROKEN
        self._counts[COUNTED_AS[read.verdict]] += count
        if (is_broken or read.verdict == Verdict.KEPT) and read.elapsed is not None and kind in LASTING_KINDS:
            self._lengths[read.elapsed] += count
        elif is_broken and read.is_open:
            self._open_late += count
        # A caller who hung up was not answered, however soon that was.
        if read.is_short and (read.verdict == Verdict.KEPT or (is_broken and kind is not Kind.ANSWER_CALL)):
            self._expected += count

    def delivered(self, binding: Binding, expectations: Expectations) -> Delivered:
        """What was counted, and what of it was what the client expected."""
        occasions, version = Occasions(**self._counts), (binding.promise, binding.version)
        is_unknown = version in expectations and expectations[version] is None
        within = self._expected if version in expectations else occasions.kept
        return Delivered(occasions, self._open_late, self._lengths, None if is_unknown else within)
