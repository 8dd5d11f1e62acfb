"""Numbers for the rows of a commit that was judged before it was its turn.

Until then rows are numbered -1, -2, ... in their order: no number that is given can be taken for one of those.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from monitor.domain.hours.instant import InstantUs
from monitor.service.matters.at_hand import Held
from monitor.service.ports.changes import Changes
from monitor.service.ports.records import DecisionRecord, EventRecord, ObligationRecord

_RECORDED: Final = EventRecord._fields.index("recorded")
_new_tuple = tuple.__new__


def place(changes: Changes, helds: Iterable[Held], last: int, recorded: InstantUs) -> None:
    """Numbers all rows, behind the position `last`, as recorded at this instant; also those remembered of the matters."""
    changes.recorded = recorded
    # Rows are cut and put together by their fields' places: by name each would take a microsecond.
    changes.events = [
        _new_tuple(EventRecord, (last - row[0], *row[1:_RECORDED], recorded, *row[_RECORDED + 1 :]))
        for row in changes.events
    ]
    changes.decisions = [
        _new_tuple(
            DecisionRecord, (last - row[0], row.id, recorded, row.revision, _placed(row.replaces, last), *row[5:])
        )
        for row in changes.decisions
    ]
    changes.dead_letters = [
        row._replace(position=last - row.position, recorded=recorded) for row in changes.dead_letters
    ]
    changes.obligations = []
    for held in helds:
        for name, row in held.obligations.items():
            if row.decision < 0:
                held.obligations[name] = placed = _new_tuple(ObligationRecord, (*row[:-1], last - row.decision))
                changes.obligations.append(placed)


def _placed(position: int | None, last: int) -> int | None:
    return last - position if position is not None and position < 0 else position
