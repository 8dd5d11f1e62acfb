"""The demonstration firm: its book, its clients with their people, and who is given their work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random  # noqa: TID251  the simulator throws dice
from typing import Final

from monitor.demo.roster import OFFICE_OF_ZONE, Colleague, Roster
from monitor.demo.season import Seasons
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.hours.instant import InstantUs
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.promise import Book
from monitor.wire.book import load_book
from monitor.wire.book.model import ALWAYS

BOOK_PATH: Final = Path(__file__).with_name("book.yaml")
"""The demonstration's promise book, part of the package."""

SOLD_ON_PARTNERS: Final = "brightwater"
"""The client that was promised the partners and gets the trainees."""

UNHAPPY: Final = "hoshizora"
"""The client that is served as well as others and says that it is not."""

CLIMBER: Final = "fenwick-pottery"
CLIMBS_TO: Final = "silver"
CLIMBS_IN: Final = 2
"""The client that moves to another tier, and the season from which it has it."""

_GRADES: Final[Mapping[str, Mapping[str, float]]] = {
    "gold": {"trainee": 1, "associate": 3, "senior": 6, "manager": 3, "partner": 1},
    "silver": {"trainee": 2, "associate": 5, "senior": 4, "manager": 1, "partner": 0.2},
    "bronze": {"trainee": 5, "associate": 4, "senior": 1, "manager": 0.2, "partner": 0.1},
    SOLD_ON_PARTNERS: {"trainee": 12, "associate": 3, "senior": 0.5, "manager": 0.2, "partner": 0.2},
}
"""How likely somebody of a grade gets the work of a tier, or of one client."""

_NAMES: Final = (
    *("j.hale", "m.osei", "r.castellan", "t.birch", "a.novak", "s.whitlock"),
    *("k.lindqvist", "d.farrow", "l.tanaka", "p.moreau", "n.adler", "c.vance"),
)
"""People at the clients; each client has three of them."""


@dataclass(frozen=True, slots=True)
class ClientDesk:
    """A client as the firm meets it. `hours` are those of the client's own people."""

    id: str
    tier: str
    office: str
    hours: WorkingHours
    addresses: tuple[str, ...]
    numbers: tuple[str, ...]


_STRANGERS: Final = ("enquiries@elsewhere.example", "r.quill@nowhere.example", "sales@somewhere.example")
_STRANGE_NUMBER: Final = "+441632960999"


@cache
def demonstration_book() -> Book:
    """The promise book of the demonstration firm."""
    return load_book(BOOK_PATH)


class Firm:
    """The firm over the seasons."""

    def __init__(self, book: Book, seasons: Seasons, seed: int) -> None:
        self.book = book
        self.seasons = seasons
        self.roster = Roster(book, seasons, seed)
        self.clients = _desks(book)
        self.stranger = _stranger(book)

    def desk(self, client: str) -> ClientDesk:
        """How the firm meets a client; a stranger is met by London."""
        return self.stranger if client == UNIDENTIFIED else self.clients[client]

    def tier_of(self, client: str, at: InstantUs) -> str:
        """A client's tier at an instant: one of them climbs."""
        climbed = client == CLIMBER and self.seasons.number(at) >= CLIMBS_IN
        return CLIMBS_TO if climbed else self.desk(client).tier

    def somebody(self, client: str, at: InstantUs, dice: Random) -> Colleague:
        """Who takes a client's work at an instant."""
        people = self.roster.on_duty(self.desk(client).office, at)
        weights = _GRADES.get(client) or _GRADES[self.tier_of(client, at)]
        return dice.choices(people, [weights[person.grade] for person in people])[0]


def _desks(book: Book) -> dict[str, ClientDesk]:
    return {name: _desk(book, name, position) for position, name in enumerate(book.clients)}


def _desk(book: Book, name: str, position: int) -> ClientDesk:
    client = book.clients[name]
    office = OFFICE_OF_ZONE[client.zone or book.zone]
    own_hours = (hours for key, hours in book.calendars.items() if hours.zone == client.zone and key != ALWAYS)
    contacts = [contact for contact, owner in book.contacts.items() if owner == name]
    mail = [contact for contact in contacts if "@" in contact]
    return ClientDesk(
        id=name,
        tier=client.tier or "bronze",
        office=office,
        hours=next(own_hours, book.calendars[office]),
        addresses=tuple(address for contact in mail for address in _addresses(contact, position)),
        numbers=tuple(contact for contact in contacts if "@" not in contact),
    )


def _addresses(contact: str, position: int) -> list[str]:
    """The contact itself, or three people of a mail domain."""
    if not contact.startswith("@"):
        return [contact]
    return [_NAMES[(position + step) % len(_NAMES)] + contact for step in (0, 4, 8)]


def _stranger(book: Book) -> ClientDesk:
    london = book.calendars["london"]
    return ClientDesk(UNIDENTIFIED, "bronze", "london", london, _STRANGERS, (_STRANGE_NUMBER,))
