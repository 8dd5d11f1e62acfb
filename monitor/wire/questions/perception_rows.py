"""The rows of answers about perception: the client's word beside the record, and what goes with it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from monitor.domain.figures.disagreement import Disagreement
from monitor.domain.figures.rank_correlation import FEWEST, Relation
from monitor.wire.questions.rows import Row
from monitor.wire.questions.values import ShownInstant


class PerceptionRow(Row):
    """What a client said of how satisfied they are, of all its cases or of one, beside what the record says of the same time."""

    client: str = Field(description="The client; `unidentified` while nobody knows.")
    case: str | None = Field(description="The case; null where all of a client's are together.")
    disagreement: Disagreement | None = Field(
        description="record better: surely less satisfied than the others, and not surely served worse; word better: the other "
        "way round; null where there is nothing to compare."
    )
    gap: float | None = Field(
        description="How much more the mean score lies below that of the others than the share kept below theirs."
    )
    scores: int = Field(description="How many scores there are.")
    score: float | None = Field(
        description="Their mean, each put on its own scale: 0 is the worst, 1 the best. Null where there are none."
    )
    score_lower: float | None = Field(description="The lower end of its 95 % interval.")
    score_upper: float | None = Field(description="The upper end.")
    score_of_others: float | None = Field(description="The mean of all other rows' scores.")
    in_words: int = Field(description="How often the client said something without a score.")
    last_words: str | None = Field(description="The last words there are.")
    last_words_at: ShownInstant | None = Field(description="When they were said.")
    left_out_before_contact: int = Field(description="Responses left out: given before their case had begun.")
    left_out_no_contact: int = Field(description="Those about a case that never began, as far as anybody told.")
    left_out_no_scale: int = Field(description="Those of which nobody can tell out of what the score is.")
    left_out_off_scale: int = Field(description="Those outside their own scale.")
    left_out_empty: int = Field(description="Those with neither a score nor a word.")
    cases_rated: int = Field(description="Of how many cases anything was said.")
    kept: int = Field(description="Obligations kept, of those that opened in the period; of a case: of all of its own.")
    broken: int = Field(description="Those broken.")
    unknown: int = Field(description="Those of which nobody can tell.")
    excused: int = Field(description="Those broken, and the firm was excused.")
    share: float | None = Field(description="Kept among kept and broken; null where there are none.")
    share_lower: float | None = Field(description="The lower end of its 95 % interval.")
    share_upper: float | None = Field(description="The upper end.")
    share_of_others: float | None = Field(description="That of all other rows together.")
    handoffs: int = Field(description="How often work was handed on.")
    returns: int = Field(description="How often it came back to somebody who had had it.")
    hand_downs: int = Field(description="How often it went to somebody more junior.")
    touches: int = Field(description="How many touches there were.")
    grades: str | None = Field(description="How many of them by whom, by grade at the time, the highest first.")


class RelationRow(Row):
    """Whether something goes with what clients say, over cases that were scored. It says nothing of causes."""

    period: str | None = Field(
        description="The period of the scores in the book's zone; null: all of the time asked about."
    )
    factor: Literal["breaches", "handoffs", "grade", "tenure"] = Field(
        description="What may go with the score of a case, as of then: how many promises were broken in it, how often it was "
        "handed on, how high the grade was and how long the time with the firm, in the mean over its touches."
    )
    relation: Relation = Field(
        description=f"What may be said. Fewer than {FEWEST} cases are too little evidence; no relation is seen where "
        "the interval covers 0. Of twenty that are none, one will look like one."
    )
    spearman: float | None = Field(description="Spearman's rank correlation of the factor with the score, -1 to 1.")
    lower: float | None = Field(description="The lower end of its 95 % interval.")
    upper: float | None = Field(description="The upper end.")
    cases: int = Field(description="Over how many cases, each with the last score given of it.")
    left_out: int = Field(
        description="Scored cases without this factor: nobody whose grade or tenure is known touched them."
    )
