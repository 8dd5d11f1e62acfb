"""One Kept for one database, whichever it is."""

from __future__ import annotations

import os

import pytest

from monitor.adapters.journal.database_lock import locked_database
from monitor.adapters.journal.location import Location
from monitor.errors import ConfigError
from monitor.testing import store_at


def test_a_second_one_is_refused_and_told_who_has_it(any_database: Location) -> None:
    store = store_at(any_database)
    with pytest.raises(ConfigError, match=f"a Kept at work on it .*process {os.getpid()}.*no other Kept uses"):
        locked_database(any_database)
    store.close()


def test_whoever_comes_after_the_first_is_gone_may_have_it(any_database: Location) -> None:
    for _ in range(2):
        store_at(any_database).close()
