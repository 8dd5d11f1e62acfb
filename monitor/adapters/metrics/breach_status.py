"""How far breaches are owned that are not owned yet, read beside whatever is written there."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, Subquery, case, func, select

from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.journal.tables import OBLIGATIONS, OPEN_STEP
from monitor.domain.cases.obligation import Verdict
from monitor.domain.promises.promised_amends import LACKING, STEPS

_STEP: Final = OBLIGATIONS.c
_BROKEN: Final = OBLIGATIONS.alias("broken")
STATES: Final = list(LACKING.values())
"""How far a breach is owned, by the first step still to be taken."""
_PLACE: Final = case({step.value: place for place, step in enumerate(STEPS)}, value=_STEP.kind)


class Unowned(NamedTuple):
    """Breaches alike: of promises of a kind, to clients of a tier, for which the same step is the first still owed."""

    kind: str
    tier: str
    state: str
    is_excused: bool


def lacking_steps() -> Subquery:
    """The breaches for which a step is still to be taken: client, case_id, occasion, since when, and the `place` in `STATES`
    of the first step that is. From an index that has the steps still to be taken, and nothing else."""
    breach = (_STEP.client, _STEP.case_id, _STEP.occasion)
    found = select(*breach, func.min(_STEP.opened).label("since"), func.min(_PLACE).label("place"))
    return found.where(OPEN_STEP).group_by(*breach).subquery()


def unowned_breaches(engine: Engine) -> dict[Unowned, int]:
    """How many breaches there are for which something is still owed. Raises TransientError."""
    lacking = lacking_steps()
    of = _BROKEN.c.id == lacking.c.case_id + "/" + lacking.c.occasion
    grouped: Any = (_BROKEN.c.kind, func.coalesce(_BROKEN.c.tier, ""), lacking.c.place, _BROKEN.c.verdict)
    asked = select(*grouped, func.count()).select_from(lacking.join(_BROKEN, of)).group_by(*grouped)
    with translated(), engine.connect() as connection:
        rows: Any = connection.execute(asked).all()
    return {
        Unowned(kind, tier, STATES[place].value, verdict == Verdict.EXCUSED): count
        for kind, tier, place, verdict, count in rows
    }
