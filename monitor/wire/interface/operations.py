"""Everything Kept answers over HTTP: the table from which routes and the OpenAPI document are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from monitor.conventions.media_types import (
    CLOUDEVENT,
    CLOUDEVENTS_BATCH,
    CSV,
    HTML,
    JSON,
    JSON_LINES,
    OCTETS,
    PLAIN_TEXT,
    PROBLEM,
)
from monitor.service.doors.tokens import Scope
from monitor.wire.acts import requests as r
from monitor.wire.acts.breach_acts import DEEDS, ActAnswer, Deed
from monitor.wire.acts.risk_acts import ClearanceAnswer, RiskClearance
from monitor.wire.answers.attainability import AttainableAnswer
from monitor.wire.questions import QUESTIONS, Question
from monitor.wire.questions.fit_rows import FitAnswer, FitParameters
from monitor.wire.questions.parameters import (
    AsOf,
    AttainableParameters,
    DraftParameters,
    ExplanationParameters,
    NoParameters,
    Parameters,
)
from monitor.wire.questions.report_rows import ReportRow
from monitor.wire.questions.rows import DeadLetterRow
from monitor.wire.questions.values import LARGEST
from monitor.wire.report.body import ReportAnswer, ReportIssue

METRICS_PATH: Final = "/metrics"
"""The one address whose scope the operator may lift (`kept run --open-metrics`)."""

Content = Mapping[str, Any]
"""By media type: a model, a JSON Schema, or None for anything."""


class Operation(NamedTuple):
    """One method of one address. `needs` is the scope it takes, None where everybody may; `answers` are by status, each
    with what it says and what it holds."""

    name: str
    method: str
    path: str
    needs: Scope | None
    says: str
    answers: Mapping[int, tuple[str, Content]]
    parameters: type[Parameters] = NoParameters
    body: Content | None = None
    subject: Content | None = None
    """The schema of what the address names in braces."""
    question: Question | None = None


_PROBLEM: Final[Content] = {PROBLEM: r.ProblemAnswer}
_TEXT: Final = {"type": "string", "minLength": 1}
_NUMBER: Final = {"type": "integer", "minimum": 0, "maximum": LARGEST}

BAD_PARAMETERS: Final = {400: ("A parameter or body is not as expected", _PROBLEM)}
NOT_FOUND: Final = {404: ("There is no such thing", _PROBLEM)}
NOT_ACCEPTABLE: Final = {406: ("None of the forms asked for can be given", _PROBLEM)}
REFUSED: Final = {
    401: ("No valid token was shown", _PROBLEM),
    403: ("The token shown does not allow this", _PROBLEM),
}
NOT_NOW: Final = {503: ("Not now, or not within the time a question may take: `Retry-After` says when", _PROBLEM)}
NOT_HERE: Final = {501: ("Another process does this; the problem says where to send it", _PROBLEM)}
TAKEN: Final = {409: ("Nothing of the kind is owed, or it was done already", _PROBLEM)}
CONFLICT: Final = {409: ("It was ended already", _PROBLEM)}
BODY_REFUSED: Final = {
    408: ("The body did not come in time", _PROBLEM),
    413: ("Too long", _PROBLEM),
    415: ("Not a form that is read here", _PROBLEM),
}
FAULTS: Final = {422: ("The promise book has faults: `faults` lists all of them", _PROBLEM)}
UNREADABLE: Final = {422: ("The letter still can't be read", _PROBLEM)}


def _ok(says: str, model: type[BaseModel], **more: Any) -> dict[int, tuple[str, Content]]:
    return {200: (says, {JSON: model, **more})}


def _asking(question: Question) -> Operation:
    """The operation that a question is."""
    media: Content = {JSON: question, CSV: _TEXT, JSON_LINES[0]: {"type": "string"}}
    not_found = {} if question.subject is None else NOT_FOUND
    return Operation(
        question.name,
        "GET",
        question.path,
        Scope.READ,
        question.says,
        {200: (f"Rows, {question.order}", media)} | BAD_PARAMETERS | REFUSED | not_found | NOT_ACCEPTABLE | NOT_NOW,
        question.parameters,
        subject=None if question.subject is None else {question.subject: _TEXT},
        question=question,
    )


_READING: Final = BAD_PARAMETERS | REFUSED | NOT_NOW
_CHANGING: Final = BAD_PARAMETERS | REFUSED | BODY_REFUSED | NOT_NOW | NOT_HERE


def _acting(deed: Deed) -> Operation:
    """The operation that an act about a breach is. Its event is one like others, so it takes what sending events takes."""
    return Operation(
        f"breach_{deed.step}",
        "POST",
        f"/v1/breaches/{{obligation}}/{deed.step}",
        Scope.INGEST,
        deed.says,
        _ok("It is on record", ActAnswer) | _CHANGING | NOT_FOUND | TAKEN,
        body={JSON: deed.said},
        subject={"obligation": _TEXT},
    )


_FORMS: Final[Content] = {HTML: _TEXT, CSV: _TEXT, JSON_LINES[0]: {"type": "string"}}
"""The other forms of what is a page for people."""
_REPORT: Final = _ok("The report: a page, or what it says", ReportAnswer, **_FORMS)

_OTHERS: Final = (
    Operation(
        "board",
        "GET",
        "/",
        Scope.READ,
        "What is due next, what is late, and how each client is served, as a page that renews itself",
        {200: ("The page", {HTML: _TEXT})} | _READING | NOT_ACCEPTABLE,
    ),
    *map(_acting, DEEDS.values()),
    Operation(
        "clear_risk",
        "POST",
        "/v1/risk/{client}/clear",
        Scope.INGEST,
        "Decide that a client is not at risk any more, by whatever happened up to then",
        _ok("It is on record", ClearanceAnswer) | _CHANGING | TAKEN,
        body={JSON: RiskClearance},
        subject={"client": _TEXT},
    ),
    Operation(
        "case",
        "GET",
        "/v1/cases/{case}",
        Scope.READ,
        "One case as it stands, with its obligations",
        _ok("The case", r.CaseAnswer) | _READING | NOT_FOUND,
        subject={"case": _TEXT},
    ),
    Operation(
        "explanation",
        "GET",
        "/v1/explanations/{case}",
        Scope.READ,
        "One case from beginning to end: what happened, what was promised, and why each hour counted or did not",
        {200: ("The account", {JSON: r.ExplanationAnswer, PLAIN_TEXT: _TEXT})} | _READING | NOT_FOUND | NOT_ACCEPTABLE,
        ExplanationParameters,
        subject={"case": _TEXT},
    ),
    Operation(
        "attainable",
        "GET",
        "/v1/attainable",
        Scope.READ,
        "What the firm's own past says of a promise, before it is made",
        _ok("What it says", AttainableAnswer) | _READING | NOT_FOUND,
        AttainableParameters,
    ),
    Operation(
        "fit",
        "GET",
        "/v1/fit",
        Scope.READ,
        "Whether the firm and a client fit: what the client wants by when, against what the firm achieves, and at what cost",
        _ok("What is known", FitAnswer, **_FORMS) | _READING | NOT_FOUND | NOT_ACCEPTABLE,
        FitParameters,
    ),
    Operation(
        "draft_report",
        "GET",
        "/v1/reports/draft",
        Scope.READ,
        "A client's report on a period, as it would be issued now or would have been at an instant",
        _REPORT | _READING | NOT_FOUND | NOT_ACCEPTABLE,
        DraftParameters,
    ),
    Operation(
        "report",
        "GET",
        "/v1/reports/{report}",
        Scope.READ,
        "An issued report as it was, with what was restated since",
        _REPORT | _READING | NOT_FOUND | NOT_ACCEPTABLE,
        subject={"report": _NUMBER},
    ),
    Operation(
        "issue_report",
        "POST",
        "/v1/reports",
        Scope.ADMIN,
        "Issue a client's report on a period: it gets a number and is kept as it is",
        _ok("It is issued", ReportRow) | _CHANGING | NOT_FOUND,
        body={JSON: ReportIssue},
    ),
    Operation(
        "deadletter",
        "GET",
        "/v1/deadletters/{letter}",
        Scope.READ,
        "One dead letter with its bytes",
        {200: ("The letter; as octets: its bytes alone", {JSON: r.DeadLetterAnswer, OCTETS: None})}
        | _READING
        | NOT_FOUND
        | NOT_ACCEPTABLE,
        subject={"letter": _NUMBER},
    ),
    Operation(
        "retry_deadletter",
        "POST",
        "/v1/deadletters/{letter}/retry",
        Scope.ADMIN,
        "Send a dead letter's bytes on their way again",
        _ok("It was taken", DeadLetterRow) | _CHANGING | NOT_FOUND | CONFLICT | UNREADABLE,
        body={JSON: r.LetterRetry},
        subject={"letter": _NUMBER},
    ),
    Operation(
        "drop_deadletter",
        "POST",
        "/v1/deadletters/{letter}/drop",
        Scope.ADMIN,
        "Drop a dead letter; it is kept, with who dropped it and why",
        _ok("It was dropped", DeadLetterRow) | _CHANGING | NOT_FOUND | CONFLICT,
        body={JSON: r.LetterDrop},
        subject={"letter": _NUMBER},
    ),
    Operation(
        "book",
        "GET",
        "/v1/book",
        Scope.READ,
        "The promise book as it was applied last",
        _ok("The book", r.BookAnswer) | _READING | NOT_FOUND,
        AsOf,
    ),
    Operation(
        "apply_book",
        "POST",
        "/v1/book",
        Scope.ADMIN,
        "Apply a text of the promise book: it governs what opens from now on",
        _ok("It is the new edition", r.EditionAnswer) | _CHANGING | FAULTS,
        body={JSON: r.BookOffer},
    ),
    Operation(
        "preview_book",
        "POST",
        "/v1/book/preview",
        Scope.ADMIN,
        "What would be different if a text of the promise book governed also what is over",
        _ok("What would change", r.PreviewAnswer) | _CHANGING | FAULTS,
        body={JSON: r.PreviewRequest},
    ),
    Operation(
        "restate",
        "POST",
        "/v1/restatements",
        Scope.ADMIN,
        "Judge also what is over by a text of the promise book; the verdicts given before stay on record",
        _ok("The new edition; of a dry run: what would change", r.RestatementAnswer) | _CHANGING | FAULTS,
        body={JSON: r.RestatementRequest},
    ),
    Operation(
        "take_events",
        "POST",
        "/v1/events",
        Scope.INGEST,
        "Take events; the answer comes after they are committed, or acknowledged by the brokers of a Kept behind Kafka",
        _ok("All of it was taken, or was known", r.EventReceipt)
        | {207: ("Some of it can't be read; sending it again will not help", {JSON: r.EventReceipt})}
        | _CHANGING,
        r.EventParameters,
        body={CLOUDEVENT: {"type": "object"}, CLOUDEVENTS_BATCH: {"type": "array"}, JSON_LINES[0]: {"type": "string"}},
    ),
    Operation(
        "end_catching_up",
        "POST",
        "/v1/caught-up",
        Scope.INGEST,
        "Whoever sent events of the past has sent all of them: what time alone broke in it may be judged",
        {204: ("Noted", {})} | REFUSED | NOT_NOW | NOT_HERE,
    ),
    Operation(
        "openapi",
        "GET",
        "/v1/openapi.json",
        Scope.READ,
        "This document",
        {200: ("OpenAPI 3.1", {JSON: {"type": "object"}})} | REFUSED,
    ),
    Operation(
        "metrics",
        "GET",
        METRICS_PATH,
        Scope.READ,
        "The series, for Prometheus",
        {200: ("The text format, or OpenMetrics where it is asked for", {PLAIN_TEXT: _TEXT})} | REFUSED | NOT_NOW,
    ),
    Operation("health", "GET", "/healthz", None, "Whether the process answers", _ok("It does", r.HealthAnswer)),
    Operation(
        "readiness",
        "GET",
        "/readyz",
        None,
        "Whether all is well that this process needs",
        _ok("It is", r.ReadinessAnswer) | {503: ("It is not", {JSON: r.ReadinessAnswer})},
    ),
)

OPERATIONS: Final[tuple[Operation, ...]] = (*map(_asking, QUESTIONS), *_OTHERS)
