"""Somebody who judges the past by another book in the middle of a story."""

from __future__ import annotations

from random import Random

from monitor.domain.hours.instant import DAY_US, InstantUs
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.editions.shelf import BookText, Offer


def restate(point: CommitPoint, book: str, dice: Random, now: InstantUs) -> None:
    """Promises a first response sooner or later than within the hour of this book, since some time within the last day."""
    text = book.replace("within: 1h", f"within: {dice.randrange(10, 180)}m")
    point.apply(Offer(BookText(text, "new.yaml"), "Ann", "agreed", since=now - dice.randrange(DAY_US)), now)
