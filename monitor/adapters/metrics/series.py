"""Series from numbers: one family of a metric for all its label values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from monitor.conventions.metric_name import MetricName


def zeros(*values: Iterable[str]) -> Counter[Any]:
    """0 for each combination of label values: the first of a kind must be an increase, not a birth."""
    return Counter(dict.fromkeys(product(*values), 0))


def counter(metric: MetricName, values: Mapping[Any, float]) -> Metric:
    """A counter by its label values."""
    family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def gauges(metric: MetricName, values: Mapping[Any, float]) -> Metric:
    """A gauge by its label values."""
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def quantiles(metric: MetricName, values: Mapping[str, float]) -> Metric:
    """A summary's quantiles."""
    family = Metric(metric.name, metric.help, "summary")
    for quantile, value in values.items():
        family.add_sample(metric.name, {"quantile": quantile}, value)
    return family


def gauge(metric: MetricName, value: float) -> Metric:
    """A gauge without labels."""
    return GaugeMetricFamily(metric.name, metric.help, value=value)
