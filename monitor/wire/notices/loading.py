"""The settings of notices from their file, checked as a whole, every fault at once with its line, like the book."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from monitor.errors import Fault
from monitor.wire.book.faults import shown
from monitor.wire.mapping.faults import model_faults
from monitor.wire.notices.model import LinksEntry, NoticesEntry, ReceiverEntry, RemindEntry
from monitor.wire.written.calendars import CalendarModel, HolidaysModel
from monitor.wire.written.web_addresses import origin_of
from monitor.wire.written.yaml_reader import read_text, read_yaml, refused
from monitor.wire.written.yaml_source import Place, Source


def load_notice_settings(path: Path) -> NoticesEntry:
    """The settings in a file; raises ConfigError with every fault found."""
    return read_notice_settings(read_text(path), str(path))


def read_notice_settings(text: str, file: str) -> NoticesEntry:
    """The settings in a text; `file` is the name that faults give. Raises ConfigError with every fault found."""
    source = read_yaml(text, file)
    root: Any = {} if source.root is None else source.root
    try:
        settings = NoticesEntry.model_validate(root)
    except ValidationError as error:
        raise refused([*source.faults, *model_faults(error, source, _model_at)]) from error
    faults = [*source.faults, *_faults(settings, source)]
    if faults:
        raise refused(faults)
    return settings


def _model_at(place: Place) -> type[BaseModel]:
    """The model of the group of keys at a place."""
    if place[:1] == ("receivers",):
        return ReceiverEntry
    fixed: dict[Place, type[BaseModel]] = {
        ("links",): LinksEntry,
        ("remind",): RemindEntry,
        ("remind", "hours"): CalendarModel,
        ("remind", "hours", "holidays"): HolidaysModel,
    }
    return fixed.get(place, NoticesEntry)


# What only makes sense together


def _faults(settings: NoticesEntry, source: Source) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, entry in enumerate(settings.receivers):
        place = ("receivers", number)
        if entry.name in seen:
            yield source.fault((*place, "name"), f"{shown(entry.name)} a second time", "a name of its own")
        seen.add(entry.name)
        yield from _receiver_faults(place, entry, source)
        yield from _address_faults(place, entry, settings, source)
    yield from _hours_faults(settings, source)


def _receiver_faults(place: Place, entry: ReceiverEntry, source: Source) -> Iterator[Fault]:
    if (entry.alertmanager is None) == (entry.webhook is None):
        found = "neither" if entry.webhook is None else "both"
        yield source.fault(place, f"{found} of `alertmanager` and `webhook`", "one of them")
    elif entry.webhook is not None and not entry.secret_files:
        yield source.fault(place, "a webhook without `secret_files`", "at least one file with a secret, `whsec_...`")
    if entry.webhook is None and entry.secret_files:
        yield source.fault((*place, "secret_files"), "secrets of a receiver that is no webhook", "none", at_key=True)
    if entry.alertmanager is None and entry.token_file is not None:
        yield source.fault((*place, "token_file"), "a token of a receiver that is no Alertmanager", "none", at_key=True)


def _address_faults(place: Place, entry: ReceiverEntry, settings: NoticesEntry, source: Source) -> Iterator[Fault]:
    for key, url in (("alertmanager", entry.alertmanager), ("webhook", entry.webhook)):
        if url is not None and origin_of(url) not in settings.origins:
            expected = f"one that `allow` names: {', '.join(sorted(map(str, settings.origins)))}"
            yield source.fault((*place, key), f"an address at {origin_of(url)}", expected)


def _hours_faults(settings: NoticesEntry, source: Source) -> Iterator[Fault]:
    if settings.remind is None or settings.remind.hours is None:
        return
    try:
        settings.remind.hours.compile()
    except ValueError as error:
        found, _, expected = str(error).partition(", expected ")
        place = ("remind", "hours")
        yield source.fault(place, found.removeprefix("found "), expected or "opening hours")
