"""Which Kept this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """The version of the package; `unknown` where it runs from its source without being installed."""
    try:
        return version("kept")
    except PackageNotFoundError:
        return "unknown"
