"""What one client said in a period of how satisfied they are: in figures and word by word, beside the record of the same time.

Only the matters are read again of which something was said, so it costs as much as there is to tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from monitor.adapters.answers.client_reading import Said, Verdicts, cases_read
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.known_clients import ClientPeriod
from monitor.adapters.answers.pages import Row
from monitor.adapters.answers.retelling import Retelling, Scope
from monitor.domain.figures.proportion import estimate
from monitor.domain.figures.satisfaction import LeftOut, Word
from monitor.domain.hours.instant import format_instant
from monitor.wire.questions.parameters import InPeriod
from monitor.wire.shown.estimates import estimated

MOST_WORDS: Final = 100
"""What was said word by word: a report is read by people."""


def words_of(known: Known, about: ClientPeriod, record: Verdicts) -> Row:
    """The client's word in a period; `record` counts what opened in it."""
    said = sorted(_said(known, about), key=lambda each: (each[1].at, each[0]))
    word = Word()
    for _, each in said:
        word.add(each.rated, each.at, each.place)
    return {
        "scores": word.scores,
        **estimated("score", word.mean),
        "in_words": word.in_words,
        **{f"left_out_{reason.value}": word.left_out[reason] for reason in LeftOut},
        "cases_rated": len({case for case, _ in said}),
        "kept": record.kept,
        "broken": record.broken,
        **estimated("share", estimate(record.kept, record.counted)),
        "total": len(said),
        "rows": [_row(case, each) for case, each in said[-MOST_WORDS:]],
    }


def _said(known: Known, about: ClientPeriod) -> Iterable[tuple[str, Said]]:
    client, period = about
    asked = InPeriod.model_construct(since=period.starts_at, until=period.ends_at)
    scope = Scope(client=client, since=asked.since, until=asked.until, of_words=True)
    for read in cases_read(Retelling(known), scope):
        if read.client == client:
            yield from ((read.case, said) for said in read.said if asked.has(said.at))


def _row(case: str, said: Said) -> Row:
    return {
        "at": format_instant(said.at),
        "case": case,
        "score": said.rated.score,
        "scale": said.rated.scale,
        "place": round(said.place, 6) if isinstance(said.place, float) else None,
        "left_out": said.place.value if isinstance(said.place, LeftOut) else None,
        "words": said.rated.words,
    }
