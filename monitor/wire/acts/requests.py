"""What is sent to Kept to change something, and what it answers beside the rows of questions."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from monitor.wire.questions.parameters import MOST_ROWS, Parameters
from monitor.wire.questions.rows import (
    CaseRow,
    ChangeCountRow,
    ChangeRow,
    DeadLetterRow,
    EditionRow,
    ObligationRow,
    Row,
)
from monitor.wire.questions.values import Instant, ShownInstant

LONGEST_BOOK: Final = 4_194_304
"""Characters of a promise book."""

Words = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00]+$")]
"""Who, or why, in somebody's own words."""
BookText = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_BOOK, pattern=r"^[^\x00]+$")]


class Request(BaseModel):
    """Any body; whatever a model does not name is refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BookOffer(Request):
    """A text that shall be the new edition of the promise book."""

    text: BookText = Field(description="The book, in YAML.")
    author: Words = Field(description="Who applies it.")
    reason: Words = Field(description="Why.")


class PreviewRequest(Request):
    """A text of which one wants to know what it would change."""

    text: BookText = Field(description="The book, in YAML.")
    since: Instant | None = Field(
        None, description="As if it governed what opened from here on; default: all there is."
    )
    limit: int = Field(1_000, ge=0, le=MOST_ROWS, description="How many changes to list; all of them are counted.")


class RestatementRequest(PreviewRequest):
    """A text by which also what is over shall be judged."""

    author: Words = Field(description="Who asks for it.")
    reason: Words = Field(description="Why.")
    dry_run: bool = Field(False, description="Only list what would change.")


class LetterRetry(Request):
    """Who has a dead letter tried again."""

    author: Words = Field(description="Who.")
    reason: Words = Field("tried again", description="Why.")


class LetterDrop(Request):
    """Who drops a dead letter, and why. It is kept, and not shown among those that wait any more."""

    author: Words = Field(description="Who.")
    reason: Words = Field(description="Why.")


class EventParameters(Parameters):
    """How events are sent."""

    catching_up: bool = Field(
        False, description="More of the past is on its way: time alone breaks nothing until it is here."
    )


# Answers


class RejectionRow(Row):
    """An event that can't be read."""

    index: int = Field(description="Which of those that were sent, from 0 on.")
    key: str = Field(description="Where in the event.")
    found: str = Field(description="What was found.")
    expected: str = Field(description="What was expected.")


class EventReceipt(Row):
    """What became of events, after the commit."""

    accepted: int = Field(description="Taken.")
    duplicates: int = Field(description="Known already.")
    rejected: list[RejectionRow] = Field(description="Not readable: kept among the dead letters.")


class CaseAnswer(Row):
    """A case as it stands, with its obligations."""

    as_of: ShownInstant | None = Field(description="The recorded instant this stands as of.")
    case: CaseRow
    obligations: list[ObligationRow]


class ExplanationAnswer(Row):
    """A case from beginning to end, in words."""

    as_of: ShownInstant = Field(description="The instant it is told as of.")
    case: str = Field(description="The case that was asked for.")
    cases: list[str] = Field(description="The cases that are judged together with it.")
    lines: list[str] = Field(description="The account, line by line.")


class DeadLetterAnswer(Row):
    """A dead letter with its bytes."""

    letter: DeadLetterRow
    content: str | None = Field(description="Its bytes as UTF-8 text; null where they are none.")
    content_base64: str = Field(description="Its bytes in base64.")


class BookAnswer(Row):
    """The newest edition of the promise book."""

    edition: EditionRow
    text: str = Field(description="The book, in YAML.")


class PreviewAnswer(Row):
    """What another book would change."""

    changed: int = Field(description="How many obligations would be different.")
    counts: list[ChangeCountRow] = Field(description="How many, by kind and by outcome before and after.")
    changes: list[ChangeRow] = Field(description="The obligations, case by case.")
    left_out: int = Field(description="How many are counted and not listed.")


class EditionAnswer(Row):
    """The edition that was applied. What it concerns is judged again from now on, portion by portion."""

    edition: EditionRow


class RestatementAnswer(Row):
    """What a restatement did, or would do: a dry run makes no edition, and what was done is not listed again."""

    edition: EditionRow | None
    preview: PreviewAnswer | None


class HealthAnswer(Row):
    """That the process answers."""

    status: Literal["alive"]


class ReadinessAnswer(BaseModel):
    """Whether all is well, and what of it: with `kept run` the store and the agenda."""

    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, bool] = Field(init=False)

    ready: bool


class FaultRow(Row):
    """One thing wrong in a book."""

    file: str = Field(description="Which text.")
    line: int = Field(description="In which line, from 1 on; 0: the whole.")
    key: str = Field(description="At which entry, e.g. `promises[2].within`.")
    found: str
    expected: str


class ProblemAnswer(BaseModel):
    """What went otherwise than hoped for (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str = Field(description="What was found, and what was expected.")
    faults: list[FaultRow] = Field([], description="Of a promise book that can't be used: all of them.")
