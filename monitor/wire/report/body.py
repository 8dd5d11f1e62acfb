"""What a report says, described: the body of its JSON form, and what issuing one takes."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field, create_model

from monitor.domain.figures.satisfaction import LeftOut
from monitor.wire.acts.requests import Request, Words
from monitor.wire.questions.breach_rows import BREACH_ROW
from monitor.wire.questions.report_rows import NumberRow, ReportRow
from monitor.wire.questions.rows import DecisionRow, PeopleRow, Row, Seconds, ShareRow
from monitor.wire.questions.values import PeriodName, ShownInstant, Text

_LATE: Final[dict[str, Any]] = {
    "late_seconds": (
        Seconds | None,
        Field(description="Of what was done late: how late, in the time the promise counts."),
    )
}
BREACH_LINE: Final[type[Row]] = create_model(
    "ReportedBreach", __base__=BREACH_ROW, __doc__="A breach as a report tells it.", **_LATE
)


class SaidRow(Row):
    """Who promised it, where, when, in which words."""

    by: str | None = Field(description="Who.")
    on: str | None = Field(description="When.")
    where: str | None = Field(description="Where.")
    words: str | None = Field(description="In which words.")


class BreachList(Row):
    """The first breaches of a period."""

    total: int = Field(description="How many there are.")
    rows: list[BREACH_LINE] = Field(description="The first of them.")


class CreditRow(Row):
    """Credits in one currency."""

    currency: str = Field(description="The currency.")
    owed: str = Field(description="Owed by the book, to the cent.")
    given: str = Field(description="Given, to the cent.")


class SaidWordRow(Row):
    """One thing that the client said of how satisfied they are."""

    at: ShownInstant = Field(description="When.")
    case: str = Field(description="Of which case.")
    score: float | None = Field(description="The score as it was given; null: none was.")
    scale: str | None = Field(description="The scale it was given on.")
    place: float | None = Field(description="Where on that scale it stands: 0 is the worst, 1 the best.")
    left_out: LeftOut | None = Field(description="Why it is in no figure; null: it is.")
    words: str | None = Field(description="In which words.")


class ClientWord(Row):
    """What the client said in the period, beside what the record says of the same time."""

    scores: int = Field(description="How many scores there are.")
    score: float | None = Field(description="Their mean, each put on its own scale; null where there are none.")
    score_lower: float | None = Field(description="The lower end of its 95 % interval.")
    score_upper: float | None = Field(description="The upper end.")
    in_words: int = Field(description="How often something was said without a score.")
    left_out_before_contact: int = Field(description="Left out: given before the case had begun.")
    left_out_no_contact: int = Field(description="Left out: of a case that never began, as far as anybody told.")
    left_out_no_scale: int = Field(description="Left out: nobody can tell out of what the score is.")
    left_out_off_scale: int = Field(description="Left out: outside its own scale.")
    left_out_empty: int = Field(description="Left out: neither a score nor a word.")
    cases_rated: int = Field(description="Of how many cases anything was said.")
    kept: int = Field(description="What opened in the period and was kept.")
    broken: int = Field(description="What was broken.")
    share: float | None = Field(description="Kept among kept and broken; null where there are none.")
    share_lower: float | None = Field(description="The lower end of its 95 % interval.")
    share_upper: float | None = Field(description="The upper end.")
    total: int = Field(description="How often anything was said.")
    rows: list[SaidWordRow] = Field(description="The last of it, in order.")


class RestatedList(Row):
    """What came to be seen otherwise after a report was issued."""

    total: int = Field(description="How many decisions.")
    rows: list[DecisionRow] = Field(description="The first of them, each with the event behind it.")


class ReportAnswer(Row):
    """A client's report on a period."""

    client: str = Field(description="The client.")
    client_name: str = Field(description="The client's name.")
    firm: str = Field(description="The name of the promise book.")
    period: str = Field(description="The period.")
    starts: ShownInstant = Field(description="When it begins.")
    ends: ShownInstant = Field(description="When the next one begins.")
    zone: str = Field(description="The zone it is reckoned in.")
    as_of: ShownInstant = Field(description="The recorded instant this stands as of.")
    is_over: bool = Field(description="Whether the period was over then.")
    issued: ReportRow | None = Field(description="As what it was issued; null: a draft.")
    said: dict[str, SaidRow] = Field(description="Who promised what, by promise and version.")
    numbers: list[NumberRow] = Field(description="Four numbers of each promise.")
    breaches: BreachList = Field(description="What was broken or excused of what opened in the period.")
    credits: list[CreditRow] | None = Field(description="The credits for those; null where not all are listed.")
    shares: list[ShareRow] = Field(description="Shares over the periods in it.")
    people: list[PeopleRow] | None = Field(
        description="Who did the work; null where there is too much to tell it here."
    )
    word: ClientWord | None = Field(
        None, description="The client's word; null in a report from before it was told in them."
    )
    restated: RestatedList | None = Field(description="What was restated since it was issued; null for a draft.")


class ReportIssue(Request):
    """Which report shall be issued and kept."""

    client: Text = Field(description="To this client.")
    period: PeriodName = Field(description="On this period.")
    author: Words = Field(description="Who issues it.")
