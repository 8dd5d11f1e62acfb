"""The rows of answers about the register: every promise the firm made, and what gives cause for doubt about it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from monitor.domain.cases.obligation import Verdict
from monitor.domain.figures.register import RegisterState
from monitor.wire.questions.rows import Row
from monitor.wire.questions.values import ShownInstant


class RegisterRow(Row):
    """A promise of the book as some of its editions say it, or one that was said in a case."""

    promise: str = Field(
        description="The promise's identifier, or that of the book's entry about breaches of which it is a step; of one said in a "
        "case the name it has there, of a callback what tells it from others of the case."
    )
    version: int | None = Field(description="Its version; null: said in a case.")
    made_in: Literal["book", "case"] = Field(description="Where it was made.")
    case: str | None = Field(description="The case it was said in.")
    kind: str | None = Field(description="What sort of thing; null where nothing that was said in the case tells.")
    client: str | None = Field(description="The client it was made to; null: a tier, or everybody.")
    tier: str | None = Field(description="The tier it was made to.")
    conditions: str | None = Field(
        description="For which cases, in words, and for breaches of which kinds what is owed for those; null: for all."
    )
    target: str | None = Field(description="What was promised, in words; of a remedy the credit, too.")
    share: float | None = Field(description="In how many cases over periods, where not in each one.")
    hours: str | None = Field(description="In which calendar.")
    expected: str | None = Field(description="What the client believes they were promised, where it differs.")
    since: ShownInstant | None = Field(description="From when on it governs what opens, or when it was said.")
    until: ShownInstant | None = Field(description="When it ceases to, or was withdrawn or declined; null: it goes on.")
    due: ShownInstant | None = Field(description="The date that stands, of one that is a date or a callback.")
    state: RegisterState = Field(
        description="Of the book: planned, in_force, ended, or replaced (a restatement took its place from the beginning); "
        "of what was said in a case: proposed, declined, made, amended (the client agreed to another date), withdrawn."
    )
    said_by: str | None = Field(description="Who said it.")
    said_on: str | None = Field(description="On which day, as the book has it, or when.")
    said_where: str | None = Field(description="Where, as the book has it.")
    said_words: str | None = Field(description="In which words.")
    first_edition: int | None = Field(description="The first edition of the book that says it like this.")
    last_edition: int | None = Field(description="The last one.")
    obligations: int = Field(description="How many obligations the journal has by it; with a client, to that client.")
    verdict: Verdict | None = Field(description="What is held true of the date; null: of the book, or nothing is.")
    findings: str = Field(
        description="What gives cause for doubt, by names with a comma between them; empty where nothing does."
    )
    rests_on: str = Field(description="What each finding rests on.")
