"""The text of series, held against the library's: its parser reads the same from both."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, nan
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.parser import text_string_to_metric_families

from monitor.adapters.metrics.exposition import Exposition

VALUES = st.one_of(st.integers(-(2**53), 2**53), st.floats(), st.sampled_from([inf, -inf, nan, 0, True]))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))
"""Texts without what the library's own parser takes for the end of a line."""


class Said:
    """A collector that says these metrics."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> list[Metric]:
        return self._metrics


@st.composite
def metrics(draw: st.DrawFn) -> list[Metric]:
    """One metric of each type that Kept has."""
    counter = CounterMetricFamily("kept_a", draw(TEXTS), labels=["client"])
    gauge = GaugeMetricFamily("kept_b", draw(TEXTS), labels=["kind", "tier"])
    for _ in range(draw(st.integers(0, 3))):
        counter.add_metric([draw(TEXTS)], abs(draw(st.integers(0, 2**53))))
        gauge.add_metric([draw(TEXTS), draw(TEXTS)], draw(VALUES))
    histogram = HistogramMetricFamily("kept_c", "c", labels=["kind"])
    histogram.add_metric([draw(TEXTS)], [("0.5", 1), ("+Inf", 2)], draw(st.floats(0, 1e9)))
    summary = SummaryMetricFamily("kept_d", "d", count_value=3, sum_value=draw(st.floats(0, 1e9)))
    info = InfoMetricFamily("kept_e", "e", {"version": draw(TEXTS)})
    return [counter, gauge, histogram, summary, info, GaugeMetricFamily("kept_f", "f", value=draw(VALUES))]


def _read(text: str) -> list[Any]:
    """What the library's parser reads, NaN by name, for it equals nothing; without what tells of this process."""
    return [
        (
            family.name,
            family.type,
            family.documentation,
            sorted((s.name, sorted(s.labels.items()), repr(s.value)) for s in family.samples),
        )
        for family in text_string_to_metric_families(text)
        if not family.name.startswith("process_")
    ]


@given(metrics())
def test_the_text_says_what_the_librarys_says(said: list[Metric]) -> None:
    registry = CollectorRegistry()
    registry.register(Said(said))
    assert _read(Exposition([Said(said)]).text().decode()) == _read(generate_latest(registry).decode())


def test_the_process_tells_of_itself() -> None:
    assert b"process_resident_memory_bytes " in Exposition([]).text()
