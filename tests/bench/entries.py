"""Entries of the same form that several benchmarks make."""

from __future__ import annotations

from typing import Any


def within(bench: str, value: float, most: float, unit: str) -> dict[str, Any]:
    """An entry for a figure that may be so much at the most."""
    return {
        "bench": bench,
        "value": round(value, 4),
        "unit": unit,
        "peer": f"{most:g} {unit}",
        "ratio": round(most / value, 2),
        "target": 1,
    }
