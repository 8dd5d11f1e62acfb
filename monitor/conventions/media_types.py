"""The media types of what goes over HTTP."""

from __future__ import annotations

from typing import Final

CLOUDEVENT: Final = "application/cloudevents+json"
CLOUDEVENTS_BATCH: Final = "application/cloudevents-batch+json"
JSON: Final = "application/json"
JSON_LINES: Final = ("application/x-ndjson", "application/jsonl")
PROBLEM: Final = "application/problem+json"
CSV: Final = "text/csv"
HTML: Final = "text/html"
PLAIN_TEXT: Final = "text/plain"
OCTETS: Final = "application/octet-stream"
