"""Kept over HTTP, put together: what answers each operation, and how what went otherwise is told."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.applications import Starlette

from monitor.adapters.answers.reader import Reader
from monitor.adapters.metrics.exposition import Exposition
from monitor.adapters.web.admin import Book, Hands, Letters
from monitor.adapters.web.attainable import Promising
from monitor.adapters.web.breaches import Breaches
from monitor.adapters.web.cases import Cases
from monitor.adapters.web.gate import Gate, Way
from monitor.adapters.web.health import Checks, Health
from monitor.adapters.web.intake import Intake
from monitor.adapters.web.problems import HANDLERS
from monitor.adapters.web.questions import Questions
from monitor.adapters.web.reports import Reports
from monitor.adapters.web.risk import Risk
from monitor.adapters.web.ways import routes, ways
from monitor.service.doors.desk import CatchesUp
from monitor.wire.interface.operations import METRICS_PATH


@dataclass(frozen=True, slots=True)
class Doors:
    """What requests are handed on to."""

    hands: Hands
    agenda: CatchesUp
    exposition: Exposition
    reader: Reader
    checks: Checks
    gate: Gate
    has_open_metrics: bool = False


class Application:
    """The requests Kept answers."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def starlette(self) -> Starlette:
        """The ASGI application."""
        application = Starlette(routes=list(routes(self.ways(), self._doors.gate)), exception_handlers=HANDLERS)
        application.router.redirect_slashes = False  # an address is right or it is not
        return application

    def ways(self) -> list[Way]:
        """Every row of the table of routes."""
        doors, hands = self._doors, self._doors.hands
        rooms = (
            Intake(hands.pipeline, doors.agenda, hands.clock, hands.budget),
            Questions(doors.reader, hands.clock),
            Cases(doors.reader, hands.clock),
            Promising(doors.reader, hands.clock),
            Book(hands, doors.reader),
            Letters(hands, doors.reader),
            Health(doors.exposition, doors.checks),
            Breaches(hands, doors.reader),
            Reports(hands, doors.reader),
            Risk(hands, doors.reader),
        )
        table = ways({name: answer for room in rooms for name, answer in room.answers().items()})
        return [way._replace(needs=None) if self._is_open(way) else way for way in table]

    def _is_open(self, way: Way) -> bool:
        return self._doors.has_open_metrics and way.path == METRICS_PATH
