"""One case as the journal knows it: what was recorded of it by an instant, judged by the editions recorded by then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import Event, Heard
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.service.judging.judgement import Judgement
from monitor.service.ports.readers import Decoder


class Testimony(NamedTuple):
    """What was recorded that concerns a case: its events and those of the cases it makes one matter with, the changes of
    clients and staff, and when each source was heard, as (source, time, sequence)."""

    events: Sequence[bytes]
    changes: Sequence[bytes]
    heard: Sequence[tuple[str, InstantUs, int]]


class CaseAccount(NamedTuple):
    """A case's matter, and the judgement it is part of."""

    matter: Matter
    judgement: Judgement


def account_of(
    case: str, book: Book, now: InstantUs, testimony: Callable[[Sequence[str]], Testimony], decode: Decoder
) -> CaseAccount | None:
    """Judges a case as of `now`; None where nothing recorded names it. `testimony` is asked with the sources that the book
    expects to hear from."""
    told = testimony(list(book.sources))
    judgement = Judgement(book, now)
    for source, time, sequence in told.heard:
        judgement.gathering.ears.hear(Event(time, source, sequence, "", "", None, None, None, Heard()))
    judgement.gather(map(decode, [*told.events, *told.changes]))
    matter = judgement.matter_of(case)
    return None if matter is None else CaseAccount(matter, judgement)
