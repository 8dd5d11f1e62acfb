"""Stands in for the command `kept`: a Kept that tells Alertmanager again of what stands twice a second, whose canary breaks
a second after a round has begun, that looks every second at what is shown of clients, shares, breaches and the past and for
gaps, and asks for what is missing again after three.

`KEPT_ALERT_LIVES=6` makes an alert end six seconds after it was last told, instead of ten minutes.
"""

from __future__ import annotations

import os
from typing import Final

from monitor import cli
from monitor.adapters.metrics.amends_watch import AmendsWatch
from monitor.adapters.metrics.attainable_watch import AttainableWatch
from monitor.adapters.metrics.client_watch import ClientWatch
from monitor.adapters.metrics.fit_watch import FitWatch
from monitor.adapters.metrics.register_watch import RegisterWatch
from monitor.adapters.metrics.share_watch import ShareWatch
from monitor.adapters.outbound import alertmanager
from monitor.domain.hours.instant import SECOND_US
from monitor.service.intake import canary_source
from monitor.service.notices import courier
from monitor.service.origins import accounts as origin_accounts
from monitor.service.workers import origin_keeper
from tests.acceptance.standing_in import put

VARIABLE: Final = "KEPT_ALERT_LIVES"


def main() -> None:
    """Runs the command in a hurry."""
    put(courier, "RESENT_EVERY_US", SECOND_US // 2)
    put(canary_source, "BREAKS_AFTER_US", SECOND_US)
    for watch in (AmendsWatch, AttainableWatch, ClientWatch, FitWatch, RegisterWatch, ShareWatch):
        put(watch, "every", SECOND_US)
    put(origin_keeper, "LOOK_EVERY_US", SECOND_US)
    for name in ("ASK_AGAIN_US", "ASK_AGAIN_AT_MOST_US"):
        put(origin_accounts, name, 3 * SECOND_US)
    if VARIABLE in os.environ:
        put(alertmanager, "LIVES_US", int(os.environ[VARIABLE]) * SECOND_US)
    cli.main()


if __name__ == "__main__":
    main()
