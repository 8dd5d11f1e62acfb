"""Shares and means as answers have them: a value with the ends of its interval."""

from __future__ import annotations

from typing import Any

from monitor.domain.figures.proportion import Estimate


def estimated(name: str, found: Estimate) -> dict[str, Any]:
    """A share or mean under its name, with the ends of its interval."""
    return {
        name: rounded_off(found.value),
        f"{name}_lower": rounded_off(found.lower),
        f"{name}_upper": rounded_off(found.upper),
    }


def rounded_off(value: float | None) -> float | None:
    """To a millionth."""
    return None if value is None else round(value, 6)
