"""What was delivered of each promise to each client in a period, counted by the database.

What comes back is a row for each length that occurs. Lengths are rounded up, to the second up to an hour, to the minute up to
a hundred hours, to the hour above: a million obligations are some ten thousand rows, and none is told to be faster than it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, func, literal, select

from monitor.adapters import tables as t
from monitor.adapters.recorded import held_as_of
from monitor.domain.four_numbers import LASTING_KINDS, Delivered
from monitor.domain.instant import HOUR_US, MINUTE_US, SECOND_US, DurationUs, InstantUs
from monitor.domain.obligation import Verdict
from monitor.domain.period import Period
from monitor.domain.promise import JUDGED_KINDS, Kind
from monitor.domain.shares import COUNTED_AS, Occasions

_ROW: Final = t.DECISIONS.c
_COARSE_FROM_US: Final = 100 * HOUR_US


class Binding(NamedTuple):
    """A version of a promise, as obligations to a client name it."""

    client: str
    promise: str
    version: int
    kind: Kind


Expectations = Mapping[tuple[str, int], DurationUs | None]
"""By promise and version: what the client expects, None where it can't be compared; what is not there is as promised."""


def delivered(
    connection: Connection,
    chosen: Sequence[ColumnElement[bool]],
    period: Period,
    expectations: Expectations,
    as_of: InstantUs,
) -> dict[Binding, Delivered]:
    """What became of the chosen obligations that opened in a period, as held true as of a recorded instant."""
    counts: dict[Binding, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    lengths: dict[Binding, dict[DurationUs, int]] = defaultdict(lambda: defaultdict(int))
    open_late: dict[Binding, int] = defaultdict(int)
    within: dict[Binding, int] = defaultdict(int)
    for client, promise, version, kind, verdict, code, count in connection.execute(
        _statement(chosen, period, expectations, as_of)
    ):
        length, (is_ended, is_within) = code // 4, divmod(code % 4, 2)
        binding = Binding(client, promise, version, Kind(kind))
        counts[binding][COUNTED_AS[verdict]] += count
        within[binding] += count if is_within else 0
        if length >= 0:
            lengths[binding][length] += count
        elif verdict == Verdict.BROKEN and not is_ended:
            open_late[binding] += count
    return {
        binding: Delivered(
            Occasions(**found),
            open_late[binding],
            lengths[binding],
            None if expectations.get((binding.promise, binding.version), 0) is None else within[binding],
        )
        for binding, found in counts.items()
    }


def _statement(
    chosen: Sequence[ColumnElement[bool]], period: Period, expectations: Expectations, as_of: InstantUs
) -> Any:
    # One number for the length, whether it ended and was as expected: of what is grouped, less is sorted much faster.
    counted = _ROW.verdict.in_([Verdict.KEPT.value, Verdict.BROKEN.value])
    has_length = and_(counted, _ROW.elapsed.is_not(None), _ROW.kind.in_(sorted(LASTING_KINDS)))
    found = select(
        _ROW.client,
        _ROW.promise,
        _ROW.version,
        _ROW.kind,
        _ROW.verdict,
        (
            case((has_length, _rounded(_ROW.elapsed)), else_=literal(-1, BigInteger)) * 4
            + case((_ROW.ended.is_not(None), 2), else_=0)
            + _is_within(expectations)
        ).label("code"),
    ).where(
        *held_as_of(as_of),
        *chosen,
        _ROW.kind.in_([kind.value for kind in JUDGED_KINDS]),
        _ROW.opened >= period.starts_at,
        _ROW.opened < period.ends_at,
    )
    columns = tuple(found.subquery("held").c)
    return select(*columns, func.count()).group_by(*columns)


def _rounded(length: ColumnElement[Any]) -> ColumnElement[int]:
    def up_to(unit: DurationUs) -> ColumnElement[int]:
        return (length + (unit - 1)) // literal(unit, BigInteger) * unit

    return case(
        (length <= HOUR_US, up_to(SECOND_US)), (length <= _COARSE_FROM_US, up_to(MINUTE_US)), else_=up_to(HOUR_US)
    )


def _is_within(expectations: Expectations) -> ColumnElement[Any]:
    """Whether it was what the client expected. A caller who hung up was not answered, however soon that was."""
    was_done = (_ROW.verdict == Verdict.KEPT.value) | (
        (_ROW.verdict == Verdict.BROKEN.value) & (_ROW.kind != Kind.ANSWER_CALL.value)
    )
    told = [
        (
            and_(_ROW.promise == promise, _ROW.version == version),
            case((was_done & (_ROW.elapsed <= length), 1), else_=0),
        )
        for (promise, version), length in expectations.items()
        if length is not None
    ]
    return case(*told, (_ROW.verdict == Verdict.KEPT.value, 1), else_=0)
