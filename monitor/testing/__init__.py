"""What tests need in the place of the world: doubles, journals, processes, events and small books. Only tests import it."""

from monitor.testing.doubles import STEPS, Crash, FaultyStore, InlineWorker, ManualClock, PassingClock, Script, no_space
from monitor.testing.journals import commit_point, judge_what_is_left, plans_of_questions, sqlite_store, store_at
from monitor.testing.over_http import HttpKept
from monitor.testing.processes import PATIENCE_SECONDS, SLACK, Daemon, eventually, kept, run_kept
from monitor.testing.samples import BOOK, MONDAY, OWNING_BOOK, arrivals, cloud_event, small_book

__all__ = [
    "BOOK",
    "MONDAY",
    "OWNING_BOOK",
    "PATIENCE_SECONDS",
    "SLACK",
    "STEPS",
    "Crash",
    "Daemon",
    "FaultyStore",
    "HttpKept",
    "InlineWorker",
    "ManualClock",
    "PassingClock",
    "Script",
    "arrivals",
    "cloud_event",
    "commit_point",
    "eventually",
    "judge_what_is_left",
    "kept",
    "no_space",
    "plans_of_questions",
    "run_kept",
    "small_book",
    "sqlite_store",
    "store_at",
]
