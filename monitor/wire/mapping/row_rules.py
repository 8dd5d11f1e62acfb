"""The rules of one mapping, ready to make events of rows: what a whole export and a single record have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_origin

from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.wire.events.cloud_events import EVENT_TYPES, TYPES_WITHOUT_CASE
from monitor.wire.mapping.conditions import CellsOfRow, Check, checks_of
from monitor.wire.mapping.model import ExportMapping, Rule
from monitor.wire.mapping.values import RowReader


class ReadyRule(NamedTuple):
    """A rule with what is worked out once."""

    rule: Rule
    checks: tuple[Check, ...]
    id_suffix: str
    lists: frozenset[str]
    """The fields of its events that take several values."""


class RowRules:
    """The rules of a mapping, and how its rows are read."""

    def __init__(self, mapping: ExportMapping) -> None:
        self.mapping = mapping
        self.reader = RowReader(mapping)
        self.columns = tuple(dict.fromkeys(column for _, column in mapping.named_columns()))
        suffixes = _id_suffixes(mapping)
        self._rules = [
            ReadyRule(rule, checks_of(rule.when), next(suffixes), _lists_of(rule)) for rule in mapping.events
        ]

    def __len__(self) -> int:
        return len(self._rules)

    def events(
        self, cells: CellsOfRow, before: CellsOfRow | None, *, stem: str, first_sequence: int
    ) -> list[dict[str, Any]]:
        """The events of a row that comes after `before` in its case; raises UnreadableEvent.

        An event's id is `stem` and what tells its rule from the others, its sequence `first_sequence` plus the rule's number.
        """
        case = self.case_of(cells)
        row_time = self.reader.moment(self.mapping.time, cells)
        return [
            self._event(ready, cells, (f"{stem}/{ready.id_suffix}", sequence), case=case, row_time=row_time)
            for sequence, ready in enumerate(self._rules, first_sequence)
            if all(check(cells, before) for check in ready.checks)
        ]

    def case_of(self, cells: CellsOfRow) -> str:
        """The case a row belongs to; raises UnreadableEvent where it names none."""
        return self.reader.required(self.mapping.case, cells)

    def own_id(self, cells: CellsOfRow) -> str | None:
        """What the row's system calls it, where the mapping says which column that is."""
        return None if self.mapping.id is None else self.reader.text(self.mapping.id, cells)

    def _event(
        self, ready: ReadyRule, cells: CellsOfRow, identity: tuple[str, int], *, case: str, row_time: InstantUs
    ) -> dict[str, Any]:
        """The event a rule makes of a row."""
        rule, reader = ready.rule, self.reader
        time = row_time if rule.time is None else reader.moment(rule.time, cells)
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": identity[0],
            "source": self.mapping.source,
            "type": rule.type,
            "time": format_instant(time),
            "sequence": identity[1],
        }
        if rule.type not in TYPES_WITHOUT_CASE:
            event["subject"] = case
        client = self.mapping.client and reader.text(self.mapping.client, cells)
        if client is not None:
            event["client"] = client
        said = {
            name: reader.field(value, cells, takes_several=name in ready.lists) for name, value in rule.data.items()
        }
        event["data"] = {name: value for name, value in said.items() if value is not None}
        return event


def _lists_of(rule: Rule) -> frozenset[str]:
    fields = EVENT_TYPES[rule.type].model_fields
    return frozenset(name for name in rule.data.keys() & fields if _takes_several(fields[name].annotation))


def _takes_several(annotation: Any) -> bool:
    return any(get_origin(kind) in {list, tuple} for kind in (annotation, *get_args(annotation)))


def _id_suffixes(mapping: ExportMapping) -> Iterator[str]:
    """What tells the rules apart in ids: the type, numbered from its second rule on."""
    seen: Counter[str] = Counter()
    for rule in mapping.events:
        seen[rule.type] += 1
        yield rule.type if seen[rule.type] == 1 else f"{rule.type}.{seen[rule.type]}"
