"""Numbers for the rows of a commit that was judged before it was its turn.

Until then rows are numbered -1, -2, ... in their order: no number that is given can be taken for one of those.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from monitor.domain.hours.instant import InstantUs
from monitor.service.matters.at_hand import Held
from monitor.service.ports.changes import Changes
from monitor.service.ports.records import DecisionRecord, EventRecord

_RECORDED: Final = EventRecord._fields.index("recorded")


def place(changes: Changes, helds: Iterable[Held], last: int, recorded: InstantUs) -> None:
    """Numbers all rows, behind the position `last`, as recorded at this instant; also those remembered of the matters."""
    changes.recorded = recorded
    # Rows are cut and put together by their fields' places: by name each would take a microsecond.
    changes.events = [
        EventRecord._make((last - row[0], *row[1:_RECORDED], recorded, *row[_RECORDED + 1 :])) for row in changes.events
    ]
    changes.decisions = [
        DecisionRecord._make((last - position, name, recorded, revision, _placed(replaces, last), *others))
        for position, name, _, revision, replaces, *others in changes.decisions
    ]
    changes.dead_letters = [
        row._replace(position=last - row.position, recorded=recorded) for row in changes.dead_letters
    ]
    changes.obligations = []
    for held in helds:
        for name, row in held.obligations.items():
            if row.decision < 0:
                held.obligations[name] = placed = row._replace(decision=last - row.decision)
                changes.obligations.append(placed)


def _placed(position: int | None, last: int) -> int | None:
    return last - position if position is not None and position < 0 else position
