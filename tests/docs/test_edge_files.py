"""The edge's files in `deploy/edge` have no fault, and its metrics are in the documents."""

from __future__ import annotations

from pathlib import Path

from monitor.conventions.process_metrics import EDGE_METRICS, ORIGIN_METRICS, WORKER_METRICS
from monitor.wire.edge.loading import load_edge

ROOT = Path(__file__).resolve().parents[2]


def test_the_example_of_an_edge_has_no_faults() -> None:
    topics = [source.topic for source in load_edge(ROOT / "deploy" / "edge" / "edge.yaml").entry.sources]
    assert topics == ["firm.tickets", "firm.events"]


def test_every_metric_of_the_edge_and_of_workers_is_documented() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert not [metric.name for metric in EDGE_METRICS + WORKER_METRICS + ORIGIN_METRICS if metric.name not in text]
