"""Texts from elsewhere, shown to people: whatever is in them moves no cursor, starts no line and colours nothing."""

from __future__ import annotations


def printable(text: str) -> str:
    """A text as one line that tells a terminal nothing: control characters are spelled out, e.g. `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
