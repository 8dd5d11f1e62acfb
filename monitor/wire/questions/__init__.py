"""What Kept can be asked: one table from which routes, the OpenAPI document and commands are made."""

from __future__ import annotations

from monitor.wire.questions.table import QUESTIONS, Question

__all__ = ["QUESTIONS", "Question"]
