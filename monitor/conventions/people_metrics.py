"""What is shown of what people did: touches, hand-offs, who has open cases, calls."""

from __future__ import annotations

from typing import Final

from monitor.conventions.metric_name import MetricName

TOUCHES: Final = MetricName(
    "kept_touches",
    "What people did for clients: each reply, conversation, meeting, piece of logged work, taking on of a case.",
    ("grade", "tenure", "tier"),
)
TOUCHES_WITHDRAWN: Final = MetricName(
    "kept_touches_withdrawn",
    "Touches counted that a late event or change of staff, tier or book took back or counts elsewhere.",
    ("grade", "tenure", "tier"),
)
TOUCH_SECONDS: Final = MetricName(
    "kept_touch_seconds", "How long touches took, where that is known.", ("grade", "tenure", "tier")
)
TOUCH_SECONDS_WITHDRAWN: Final = MetricName(
    "kept_touch_withdrawn_seconds", "Of these seconds, those taken back later.", ("grade", "tenure", "tier")
)
UNMEASURED_TOUCHES: Final = MetricName(
    "kept_unmeasured_touches", "Touches of which nobody has told how long they took.", ("grade", "tenure", "tier")
)
HANDOFFS: Final = MetricName(
    "kept_handoffs",
    "Hand-offs in open cases, between teams or between people; returned=true: to somebody who had it before.",
    ("between", "returned", "tier"),
)
HANDOFFS_WITHDRAWN: Final = MetricName(
    "kept_handoffs_withdrawn", "Hand-offs counted that were taken back later.", ("between", "returned", "tier")
)
HAND_DOWNS: Final = MetricName(
    "kept_hand_downs", "Cases that went from somebody to somebody of a lower grade.", ("from_grade", "to_grade", "tier")
)
HAND_DOWNS_WITHDRAWN: Final = MetricName(
    "kept_hand_downs_withdrawn", "Hand-downs counted that were taken back later.", ("from_grade", "to_grade", "tier")
)
HELD_CASES: Final = MetricName(
    "kept_open_cases",
    "Open cases by who has them: the team, and the grade of the person when they got it; none: nobody.",
    ("team", "grade", "tier"),
)
CALLS: Final = MetricName(
    "kept_calls",
    "Calls of clients by the queue they joined first and what became of them; left_menu: over before they joined one.",
    ("queue", "outcome"),
)
CALLS_WITHDRAWN: Final = MetricName(
    "kept_calls_withdrawn", "Calls counted that were taken back or counted otherwise later.", ("queue", "outcome")
)
CALL_WAIT: Final = MetricName(
    "kept_call_wait_seconds",
    "How long calls waited in their first queue until they were answered or over; a wait that is corrected counts again.",
    ("queue",),
)
QUEUES_LEFT_OUT: Final = MetricName("kept_queues_left_out", "Queues without series of their own: they are in _other.")
TEAMS_LEFT_OUT: Final = MetricName("kept_teams_left_out", "Teams without series of their own: they are in _other.")
