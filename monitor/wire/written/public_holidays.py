"""The public holidays of countries and their parts, from the `holidays` library, a year at a time."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

_COUNTRY = re.compile(r"[A-Z]{2,3}")


@lru_cache(maxsize=20_000)  # all of 1990 to 2100 for 180 places
def public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """The public holidays of one year, observed days included; raises NotImplementedError for an unknown place."""
    import holidays  # noqa: PLC0415  a tenth of a second that only calendars with a country pay

    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year, expand=False))


@lru_cache(maxsize=1024)
def refuse_unknown_place(country: str, subdivision: str | None) -> None:
    """Raises ValueError for a country or subdivision without known holidays, naming some that have them."""
    try:
        if not _COUNTRY.fullmatch(country):
            raise NotImplementedError
        public_holidays(country, subdivision, 2026)
    except NotImplementedError:
        raise ValueError(_unknown_place(country, subdivision)) from None


def _unknown_place(country: str, subdivision: str | None) -> str:
    import holidays  # noqa: PLC0415  as above

    known = holidays.list_supported_countries(include_aliases=True)
    if country not in known:
        return f"found country {country!r}, expected one with known holidays, by its ISO 3166 code, e.g. GB, DE or US"
    some = ", ".join(known[country][:12]) or "none: it has no subdivisions with holidays of their own"
    more = " ..." if len(known[country]) > 12 else ""
    return f"found subdivision {subdivision!r} of {country}, expected one of {some}{more}"
