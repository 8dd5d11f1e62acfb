"""What clients say beside what the record says, and whether the two have to do with each other in this firm's own data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from monitor.adapters.answers.client_reading import (
    CaseRead,
    Verdicts,
    broken_in,
    cases_read,
    verdicts_by_case,
    verdicts_by_client,
)
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.pages import Row, Told
from monitor.adapters.answers.retelling import Retelling, Scope
from monitor.domain.figures.disagreement import Disagreement, Sum, disagreement, gap
from monitor.domain.figures.proportion import Estimate, estimate
from monitor.domain.figures.rank_correlation import correlation
from monitor.domain.figures.satisfaction import LeftOut, Word
from monitor.domain.hours.instant import DAY_US, InstantUs
from monitor.domain.hours.period import period_of
from monitor.domain.work.directory import Directory
from monitor.wire.questions import parameters as p
from monitor.wire.shown.estimates import estimated, rounded_off
from monitor.wire.shown.optional import instant_or_none


@dataclass(slots=True)
class _Line:
    """What one row is about: a client, or one of its cases."""

    client: str
    case: str | None
    word: Word = field(default_factory=Word)
    cases: int = 0
    handoffs: int = 0
    returns: int = 0
    hand_downs: int = 0
    grades: Counter[str] = field(default_factory=Counter)

    def add(self, read: CaseRead, asked: p.InPeriod) -> None:
        """Adds what happened in a case in the period asked about."""
        said = [each for each in read.said if asked.has(each.at)]
        self.cases += bool(said)
        for each in said:
            self.word.add(each.rated, each.at, each.place)
        moves = [move for move in read.moves if asked.has(move.at)]
        self.handoffs += len(moves)
        self.returns += sum(move.is_return for move in moves)
        self.hand_downs += sum(asked.has(at) for at in read.hand_downs)
        self.grades.update(done.grade for done in read.touches if asked.has(done.touch.at))


def perception(known: Known, asked: p.PerceptionParameters) -> Told:
    """Each client's, or each case's, word beside its record; those that disagree most come first."""
    retelling = Retelling(known)
    is_by_case = asked.by == "case"
    lines: dict[str, _Line] = {}
    for read in cases_read(retelling, Scope(since=asked.since, until=asked.until, of_words=is_by_case)):
        if is_by_case and not any(asked.has(said.at) for said in read.said):
            continue
        name = read.case if is_by_case else read.client
        line = lines.setdefault(name, _Line(read.client, read.case if is_by_case else None))
        line.add(read, asked)
    if is_by_case:
        verdicts = verdicts_by_case(known, sorted(lines))
    else:
        verdicts = verdicts_by_client(known, asked)
        for client in verdicts:
            lines.setdefault(client, _Line(client, None))
    grades = () if retelling.book is None else retelling.book.grades
    return Told(_rows(lines, verdicts, asked.client, grades=grades))


def _rows(
    lines: dict[str, _Line], verdicts: dict[str, Verdicts], client: str | None, *, grades: Sequence[str]
) -> list[Row]:
    """Everybody is held against all others, whichever rows are shown."""
    none = Verdicts()
    found = {name: _Beside(line, verdicts.get(name, none)) for name, line in lines.items()}
    of_all = tuple(_sum(beside.sums[side] for beside in found.values()) for side in (0, 1))
    for beside in found.values():
        record, word = ((whole - own).mean for whole, own in zip(of_all, beside.sums, strict=True))
        beside.others = (record, word)
    chosen = [name for name, line in lines.items() if client in (None, line.client) and _says(line, verdicts, name)]
    chosen.sort(key=lambda name: (*found[name].place, lines[name].client, name))
    return [_row(found[name], grades) for name in chosen]


def _sum(each: Iterable[Sum]) -> Sum:
    totals = list(each)
    return Sum(sum(one.total for one in totals), sum(one.number for one in totals))


@dataclass(slots=True)
class _Beside:
    """A row's word beside its record, and beside those of all others."""

    line: _Line
    verdicts: Verdicts
    others: tuple[float | None, float | None] = (None, None)

    @property
    def sums(self) -> tuple[Sum, Sum]:
        """What was kept of what counts, and the scores."""
        return Sum(self.verdicts.kept, self.verdicts.counted), Sum(self.line.word.total, self.line.word.scores)

    @property
    def share(self) -> Estimate:
        return estimate(self.verdicts.kept, self.verdicts.counted)

    @property
    def gap(self) -> float | None:
        return gap(self.share, self.line.word.mean, self.others)

    @property
    def disagreement(self) -> Disagreement | None:
        return disagreement(self.share, self.line.word.mean, self.others)

    @property
    def place(self) -> tuple[bool, float]:
        """Those that disagree come first, the furthest apart before the others."""
        return self.disagreement in (None, Disagreement.NONE), -abs(self.gap or 0.0)


def _says(line: _Line, verdicts: dict[str, Verdicts], name: str) -> bool:
    """Whether there is anything to say: a word, a verdict or a touch."""
    word = line.word
    return bool(word.scores or word.in_words or word.left_out or line.grades or line.handoffs or name in verdicts)


def _row(beside: _Beside, grades: Sequence[str]) -> Row:
    line, verdicts, disagrees = beside.line, beside.verdicts, beside.disagreement
    word = line.word
    return {
        "client": line.client,
        "case": line.case,
        "disagreement": None if disagrees is None else disagrees.value,
        "gap": rounded_off(beside.gap),
        "scores": word.scores,
        **estimated("score", word.mean),
        "score_of_others": rounded_off(beside.others[1]),
        "in_words": word.in_words,
        "last_words": word.last_words,
        "last_words_at": instant_or_none(word.last_at),
        **{f"left_out_{reason.value}": word.left_out[reason] for reason in LeftOut},
        "cases_rated": line.cases,
        "kept": verdicts.kept,
        "broken": verdicts.broken,
        "unknown": verdicts.unknown,
        "excused": verdicts.excused,
        **estimated("share", beside.share),
        "share_of_others": rounded_off(beside.others[0]),
        "handoffs": line.handoffs,
        "returns": line.returns,
        "hand_downs": line.hand_downs,
        "touches": line.grades.total(),
        "grades": _by_grade(line.grades, grades),
    }


def _by_grade(counts: Counter[str], grades: Sequence[str]) -> str | None:
    """`senior 3, trainee 2`: the highest grade first; what is not on the scale comes last."""
    places = {grade: len(grades) - place for place, grade in enumerate(grades)}
    order = sorted(counts, key=lambda grade: (places.get(grade, len(grades) + 1), grade))
    return ", ".join(f"{grade} {counts[grade]}" for grade in order) or None


# What goes with what


class _Rated(NamedTuple):
    """A case with what its client said of it last, and what had happened in it by then."""

    period: str | None
    score: float
    by_factor: dict[str, float | None]


_Factor: TypeAlias = Callable[[CaseRead, InstantUs, Sequence[InstantUs]], float | None]


def _lateness(_: CaseRead, at: InstantUs, broken: Sequence[InstantUs]) -> float:
    return sum(each <= at for each in broken)


def _handoffs(read: CaseRead, at: InstantUs, _: Sequence[InstantUs]) -> float:
    return sum(move.at <= at for move in read.moves)


def _grade(read: CaseRead, at: InstantUs, _: Sequence[InstantUs]) -> float | None:
    people = ((done.touch.person, done.touch.at) for done in read.touches if done.touch.at <= at)
    return _mean(read.directory.rank_of(person, then) for person, then in people)


def _tenure(read: CaseRead, at: InstantUs, _: Sequence[InstantUs]) -> float | None:
    people = ((done.touch.person, done.touch.at) for done in read.touches if done.touch.at <= at)
    return _mean(_days(read.directory, person, then) for person, then in people)


def _days(directory: Directory, person: str, at: InstantUs) -> float | None:
    tenure = directory.tenure_of(person, at)
    return None if tenure is None else tenure / DAY_US


def _mean(values: Iterable[float | None]) -> float | None:
    """The mean of what is known; what is not is left out."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


_FACTORS: Final[dict[str, _Factor]] = {
    "breaches": _lateness,
    "handoffs": _handoffs,
    "grade": _grade,
    "tenure": _tenure,
}


def relations(known: Known, asked: p.RelationParameters) -> Told:
    """Whether breaches, hand-offs, grade and tenure go with what clients say, over all the time asked about or each period."""
    retelling = Retelling(known)
    book = retelling.book
    if book is None:
        return Told([])
    scope = Scope(client=asked.client, since=asked.since, until=asked.until, of_words=True)
    reads = [
        read
        for read in cases_read(retelling, scope)
        if asked.client in (None, read.client) and any(isinstance(said.place, float) for said in read.said)
    ]
    broken = broken_in(known, [read.case for read in reads])
    rated = [
        found
        for read in reads
        if (found := _rated(read, asked, broken=broken.get(read.case, ()), zone=book.zone)) is not None
    ]
    periods = sorted({each.period for each in rated}, key=lambda period: period or "") if asked.each else [None]
    return Told([_relation(period, factor, rated) for period in periods for factor in _FACTORS])


def _rated(read: CaseRead, asked: p.RelationParameters, *, broken: Sequence[InstantUs], zone: str) -> _Rated | None:
    """A case by the last score given of it in the period; one case counts once, however often it was asked about."""
    scores = [(said.at, said.place) for said in read.said if isinstance(said.place, float) and asked.has(said.at)]
    if not scores:
        return None
    at, score = scores[-1]
    period = None if asked.each is None else period_of(asked.each, at, zone).name
    return _Rated(period, score, {name: factor(read, at, broken) for name, factor in _FACTORS.items()})


def _relation(period: str | None, factor: str, rated: Sequence[_Rated]) -> Row:
    of_period = [each for each in rated if each.period == period]
    pairs = [(value, each.score) for each in of_period if (value := each.by_factor[factor]) is not None]
    found = correlation(pairs)
    return {
        "period": period,
        "factor": factor,
        "relation": found.relation.value,
        "spearman": rounded_off(found.value),
        "lower": rounded_off(found.lower),
        "upper": rounded_off(found.upper),
        "cases": found.number,
        "left_out": len(of_period) - found.number,
    }
