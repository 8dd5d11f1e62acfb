"""The tables of the journal, by subject. Their columns are the fields of `monitor.service.ports.records` and
`monitor.service.ports.origin_records`, in the same order.

The schema in a database is made by the migrations; a test holds these tables and that schema equal.
"""

from monitor.adapters.journal.tables.beside_cases import CLIENTS, EDITIONS, NOTES, REPORTS, SOURCES, TOKENS
from monitor.adapters.journal.tables.columns import METADATA, TEXT
from monitor.adapters.journal.tables.counts import (
    DECISION_COUNTS,
    FIGURE_COUNTS,
    INTAKE_COUNTS,
    MATTER_FIGURES,
    NONE_RUN,
    OBLIGATION_COUNTS,
    OWNING_COUNTS,
    RATIO_COUNTS,
    RUNNING_COUNTS,
)
from monitor.adapters.journal.tables.decisions import DECISIONS, IS_BREACH
from monitor.adapters.journal.tables.events import (
    DEAD_LETTERS,
    EVENTS,
    FOR_ALL,
    IN_ORDER,
    LETTER_ENDINGS,
    OF_CLIENTS,
    OF_PROMISES,
    OF_STAFF,
    OF_WORDS,
    PROPOSED,
    STILL_THERE,
)
from monitor.adapters.journal.tables.matters import CASES, LATE, MATTERS, OBLIGATIONS, OPEN, OPEN_STEP, RUNNING
from monitor.adapters.journal.tables.notices import (
    DELIVERIES,
    GIVEN_UP,
    NOTICE_COUNTS,
    NOTICES,
    STANDING,
    UNDELIVERED,
    WAITING,
)
from monitor.adapters.journal.tables.origins import LOST_ORIGINS, ORIGIN_BLOCKS, ORIGINS
from monitor.adapters.journal.tables.partitions import PARTITIONS, VISITS
from monitor.adapters.journal.tables.retirements import (
    RETIRED_CASES,
    RETIRED_DECISION_COUNTS,
    RETIRED_FIGURE_COUNTS,
    RETIRED_OBLIGATION_COUNTS,
    RETIRED_OWNING_COUNTS,
    RETIRED_RATIO_COUNTS,
    RETIREMENTS,
)

__all__ = [
    "CASES",
    "CLIENTS",
    "DEAD_LETTERS",
    "DECISIONS",
    "DECISION_COUNTS",
    "DELIVERIES",
    "EDITIONS",
    "EVENTS",
    "FIGURE_COUNTS",
    "FOR_ALL",
    "GIVEN_UP",
    "INTAKE_COUNTS",
    "IN_ORDER",
    "IS_BREACH",
    "LATE",
    "LETTER_ENDINGS",
    "LOST_ORIGINS",
    "MATTERS",
    "MATTER_FIGURES",
    "METADATA",
    "NONE_RUN",
    "NOTES",
    "NOTICES",
    "NOTICE_COUNTS",
    "OBLIGATIONS",
    "OBLIGATION_COUNTS",
    "OF_CLIENTS",
    "OF_PROMISES",
    "OF_STAFF",
    "OF_WORDS",
    "OPEN",
    "OPEN_STEP",
    "ORIGINS",
    "ORIGIN_BLOCKS",
    "OWNING_COUNTS",
    "PARTITIONS",
    "PROPOSED",
    "RATIO_COUNTS",
    "REPORTS",
    "RETIRED_CASES",
    "RETIRED_DECISION_COUNTS",
    "RETIRED_FIGURE_COUNTS",
    "RETIRED_OBLIGATION_COUNTS",
    "RETIRED_OWNING_COUNTS",
    "RETIRED_RATIO_COUNTS",
    "RETIREMENTS",
    "RUNNING",
    "RUNNING_COUNTS",
    "SOURCES",
    "STANDING",
    "STILL_THERE",
    "TEXT",
    "TOKENS",
    "UNDELIVERED",
    "VISITS",
    "WAITING",
]
