"""How many series there may be of what is not known beforehand; the rest is added up."""

from __future__ import annotations

from typing import Final

CLIENTS_WITH_SERIES: Final = 500
QUEUES_WITH_SERIES: Final = 50
TEAMS_WITH_SERIES: Final = 50
SHARES_WITH_SERIES: Final = 500
"""Clients, each with a promise of a share: twelve series each."""
PROMISES_WITH_SERIES: Final = 200
"""Promises of the book that the past is asked about: seven series each."""
SOURCES_WITH_SERIES: Final = 50
ORIGINS_WITH_SERIES: Final = 200
"""Partitions of the firm's topics."""
