"""Matters that are not at hand, made again from the journal as they were when they were last written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import Event
from monitor.service.matters.at_hand import Held, Rows, restored
from monitor.service.matters.figures import read_figures
from monitor.service.ports.journal import Transaction
from monitor.service.ports.readers import Decoder
from monitor.service.ports.records import Identity


class Restorer:
    """Makes matters again within one transaction.

    `empty` makes a matter without events, `changes_of` says what changed about the clients of some events, and `untold`
    the events that a matter of this name has yet to be told of. `counts_people` says whether anything may have been counted of people.
    """

    def __init__(
        self,
        transaction: Transaction,
        decode: Decoder,
        empty: Callable[[], Matter],
        changes_of: Callable[[Iterable[Event]], list[Event]],
        untold: Callable[[str], Collection[Identity]],
        *,
        counts_people: bool,
    ) -> None:
        self._transaction = transaction
        self._decode = decode
        self._empty = empty
        self._changes_of = changes_of
        self._untold = untold
        self._counts_people = counts_people

    def restore(self, names: Collection[str]) -> Iterator[Held]:
        """Each of these matters, from its events and its rows."""
        rows = {name: Rows([], []) for name in names}
        matter_of = {}
        for case in self._transaction.cases_in(names):
            rows[case.matter].cases.append(case)
            matter_of[case.id] = case.matter
        events: dict[str, list[Event]] = {name: [] for name in names}
        for case_id, content in self._transaction.events_of(matter_of):
            events[matter_of[case_id]].append(self._decode(content))
        for row in self._transaction.obligations_of(matter_of):
            rows[matter_of[row.case_id]].obligations.append(row)
        figures = self._transaction.figures_of(names) if self._counts_people else {}
        for name in names:
            changes = self._changes_of(events[name])
            untold = self._untold(name)
            known = [*(event for event in changes if event.identity not in untold), *events[name]]
            held = restored(name, self._empty(), known, rows[name])
            held.figures = read_figures(figures[name]) if name in figures else {}
            yield held
