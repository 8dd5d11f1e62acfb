"""The table of questions: each with its address, what it may be asked with, and the rows it is answered in."""

from __future__ import annotations

from typing import Final, NamedTuple

from monitor.wire.questions import parameters as p
from monitor.wire.questions import rows as r
from monitor.wire.questions.breach_rows import BREACH_ROW
from monitor.wire.questions.notice_rows import NoticeRow
from monitor.wire.questions.perception_rows import PerceptionRow, RelationRow
from monitor.wire.questions.register_rows import RegisterRow
from monitor.wire.questions.report_rows import NumberRow, ReportRow
from monitor.wire.questions.risk_rows import RiskRow


class Question(NamedTuple):
    """One thing that can be asked. `rows` is what its list is called in an answer, `subject` what its address names."""

    name: str
    path: str
    rows: str
    parameters: type[p.Paged]
    row: type[r.Row]
    says: str
    order: str
    subject: str | None = None
    portion: int = p.MOST_ROWS
    """Rows read at once at most where nobody says how many: fewer where each takes its time."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(self.row.model_fields)


CLIENTS: Final = Question(
    "clients",
    "/v1/clients",
    "clients",
    p.ClientParameters,
    r.ClientRow,
    "The clients, with how many of the obligations to them have which outcome",
    "by client",
)
CASES: Final = Question(
    "cases", "/v1/cases", "cases", p.CaseParameters, r.CaseRow, "The cases as they stand", "by case"
)
OBLIGATIONS: Final = Question(
    "obligations",
    "/v1/obligations",
    "obligations",
    p.ObligationParameters,
    r.ObligationRow,
    "What is owed: open obligations as they stand, or all",
    "soonest due first, those already late before them; paused ones, which are not due, come last",
)
VERDICTS: Final = Question(
    "verdicts",
    "/v1/verdicts",
    "verdicts",
    p.VerdictParameters,
    r.DecisionRow,
    "What is held true of every obligation, or was as of an instant: its latest decision then",
    "by the instant that `by` names, then by position",
)
SHARES: Final = Question(
    "shares",
    "/v1/shares",
    "shares",
    p.ShareParameters,
    r.ShareRow,
    "The shares that were promised over periods: how much of each was kept, and what its error budget still allows",
    "by client, promise and version, then by period",
)
NUMBERS: Final = Question(
    "numbers",
    "/v1/numbers",
    "numbers",
    p.NumberParameters,
    NumberRow,
    "Four numbers of each promise in a period: promised, expected, attainable and delivered",
    "by client, promise and version",
)
REPORTS: Final = Question(
    "reports",
    "/v1/reports",
    "reports",
    p.ReportParameters,
    ReportRow,
    "The reports that were issued",
    "by number",
)
DECISIONS: Final = Question(
    "decisions",
    "/v1/decisions",
    "decisions",
    p.DecisionParameters,
    r.DecisionRow,
    "Every decision in the order in which they came true: a feed that can be followed",
    "by position",
)
BREACHES: Final = Question(
    "breaches",
    "/v1/breaches",
    "breaches",
    p.BreachParameters,
    BREACH_ROW,
    "Broken promises and how far each is owned: who acknowledged, explained, told, apologised and made good",
    "by the instant of the breach",
)
HISTORY: Final = Question(
    "history",
    "/v1/history/{obligation}",
    "decisions",
    p.HistoryParameters,
    r.DecisionRow,
    "Every decision about one obligation",
    "by position",
    "obligation",
)
PEOPLE: Final = Question(
    "people",
    "/v1/people",
    "people",
    p.PeopleParameters,
    r.PeopleRow,
    "Who does the work: touches and time by grade and time with the firm, beside what was promised of it",
    "by client and promise, from the lowest grade and the shortest time with the firm up",
)
TOUCHES: Final = Question(
    "touches",
    "/v1/touches",
    "touches",
    p.TouchParameters,
    r.TouchRow,
    "Everything that somebody did for a client, and whether they are who was promised",
    "by instant, then by case",
)
LEDGER: Final = Question(
    "ledger",
    "/v1/ledger",
    "ledger",
    p.LedgerParameters,
    r.LedgerRow,
    "Whose time it was: every second of a case on exactly one account",
    "by client and case, the firm's own accounts first",
)
CALLS: Final = Question(
    "calls",
    "/v1/calls",
    "calls",
    p.CallParameters,
    r.CallRow,
    "How calls were served: counts, waits and the share in time by each of five formulas",
    "by client, interval and queue",
)
PERCEPTION: Final = Question(
    "perception",
    "/v1/perception",
    "perception",
    p.PerceptionParameters,
    PerceptionRow,
    "How satisfied clients say they are, beside what the record says of the same time",
    "those that disagree most first, then by client and case",
)
RELATIONS: Final = Question(
    "relations",
    "/v1/perception/relations",
    "relations",
    p.RelationParameters,
    RelationRow,
    "Whether breaches, hand-offs, grade and time with the firm go with what clients say, in your own data",
    "by period and factor",
)
RISK: Final = Question(
    "risk",
    "/v1/risk",
    "risk",
    p.RiskParameters,
    RiskRow,
    "Which clients are at risk, by the facts that the book names, each with its instant and its case",
    "by client and instant",
)
DEAD_LETTERS: Final = Question(
    "deadletters",
    "/v1/deadletters",
    "dead_letters",
    p.DeadLetterParameters,
    r.DeadLetterRow,
    "What arrived and was no event Kept understands",
    "by number",
)
NOTICES: Final = Question(
    "notices",
    "/v1/notices",
    "notices",
    p.NoticeParameters,
    NoticeRow,
    "What somebody outside is told of, who has heard of it, and what did not arrive",
    "newest first",
)
EDITIONS: Final = Question(
    "editions",
    "/v1/book/editions",
    "editions",
    p.EditionParameters,
    r.EditionRow,
    "The editions of the promise book, without their texts",
    "by number",
)

PROPOSALS: Final = Question(
    "proposals",
    "/v1/proposals",
    "proposals",
    p.ProposalParameters,
    r.ProposalRow,
    "Promises that somebody proposed, each with what the record said of it at that time",
    "by position",
    portion=100,
)
REGISTER: Final = Question(
    "register",
    "/v1/register",
    "promises",
    p.RegisterParameters,
    RegisterRow,
    "Every promise the firm made, in the book or in a case: who said it to whom, and what gives cause for doubt about it",
    "those of the book first, by promise, version and edition; then those of cases, by case and promise",
)

QUESTIONS: Final = (
    CLIENTS,
    CASES,
    OBLIGATIONS,
    VERDICTS,
    SHARES,
    NUMBERS,
    REPORTS,
    DECISIONS,
    BREACHES,
    HISTORY,
    PEOPLE,
    TOUCHES,
    LEDGER,
    CALLS,
    PERCEPTION,
    RELATIONS,
    RISK,
    DEAD_LETTERS,
    NOTICES,
    EDITIONS,
    PROPOSALS,
    REGISTER,
)
