"""All that is shown of the journal and of who writes it, by a daemon or by workers together."""

from __future__ import annotations

from typing import Final

from monitor.conventions import own_metrics, people_metrics, promise_metrics
from monitor.conventions.metric_name import MetricName

METRICS: Final = tuple(
    each
    for module in (promise_metrics, people_metrics, own_metrics)
    for each in vars(module).values()
    if isinstance(each, MetricName)
)
"""All of them, module by module in their order."""
