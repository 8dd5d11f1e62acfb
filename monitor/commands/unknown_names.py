"""Names in a question of which nobody has heard: an empty answer without a word would look like good news."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from monitor.commands.places import Place
from monitor.commands.said_options import option_fault
from monitor.domain.cases.callback_watch import CALLBACK_GIVEN
from monitor.domain.facts.events import CANARY, UNIDENTIFIED
from monitor.domain.promises.given_dates import GIVEN_DATE
from monitor.domain.promises.promise import Book
from monitor.errors import Fault
from monitor.wire.book import read_book
from monitor.wire.questions import table

_OWN_PROMISES: Final = frozenset({GIVEN_DATE.id, CALLBACK_GIVEN.id, CANARY})
"""Those that stand for a promise where the book has none."""


def unknown_names(place: Place, said: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with each name that neither the book in force nor the journal knows, with the nearest one that is known."""
    text = place.book_text() if _NAMED & said.keys() else None
    if text is None:
        return
    book = read_book(text, "the book in force")
    if "client" in said:
        yield from _client(place, book, said["client"])
    if "promise" in said:
        yield from _promise(place, book, said["promise"])
    if "tier" in said:
        yield from _tier(book, said["tier"])
    if "case" in said and place.explanation(said["case"], None) is None:
        yield option_fault(f"no case {said['case']!r}", "one that `kept cases` lists", "case")


_NAMED: Final = frozenset({"client", "promise", "tier", "case"})


def _client(place: Place, book: Book, name: str) -> Iterator[Fault]:
    recorded = [row["client"] for row in place.rows(table.CLIENTS, {})]
    known = {client: client for client in (*book.clients, *recorded, UNIDENTIFIED)}
    if name not in {*known, CANARY}:
        known |= {client.name: name for name, client in book.clients.items()}
        yield _fault("client", name, known, "one of the book, or that `kept clients` lists")


def _promise(place: Place, book: Book, name: str) -> Iterator[Fault]:
    known = {promise.id: promise.id for promise in book.promises}
    if name not in {*known, *_OWN_PROMISES} and not any(place.rows(table.REGISTER, {"promise": name, "limit": 1})):
        yield _fault("promise", name, known, "one that `kept register` lists")


def _tier(book: Book, name: str) -> Iterator[Fault]:
    if name.casefold() not in book.tier_names:
        yield _fault("tier", name, book.tier_names, "one of the book")


def _fault(key: str, name: str, known: Mapping[str, str], expected: str) -> Fault:
    """`known` has what each may be called, and its name."""
    called = {each.casefold(): known[each] for each in sorted(known)}
    for nearest in get_close_matches(name.casefold(), called, n=1):
        expected += f"; the nearest is {called[nearest]!r}"
    return option_fault(f"no {key} {name!r}", expected, key)
