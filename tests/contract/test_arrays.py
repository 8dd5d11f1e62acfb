"""What PostgreSQL reads of an array that is written as text is what was written."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.adapters.journal.arrays import array_text
from tests.services.postgres import PostgresServer

# Surrogates are no characters and NUL is in no text of PostgreSQL: both are refused before anything is written.
TEXTS = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12))
WHOLE = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1))
YES_OR_NO = st.lists(st.none() | st.booleans())


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("text", ["a", "", "NULL", "null", None, 'say "no"', "back\\slash", "a,b", "{c}", " d ", "e\nf\t\x01", "é😀"]),
        ("int8", [-(2**63), None, 0, 2**63 - 1]),
        ("bool", [True, None, False]),
        ("text", []),
    ],
)
def test_values_arrive_as_they_are(postgres: PostgresServer, type_: str, values: list[Any]) -> None:
    with psycopg.connect(postgres.url("postgres")) as connection:
        assert _read_back(connection, type_, values) == values


@settings(deadline=None)
@given(texts=TEXTS, whole=WHOLE, yes_or_no=YES_OR_NO)
def test_any_values_arrive_as_they_are(
    postgres: PostgresServer, texts: list[Any], whole: list[Any], yes_or_no: list[Any]
) -> None:
    with psycopg.connect(postgres.url("postgres")) as connection:
        for type_, values in (("text", texts), ("int8", whole), ("bool", yes_or_no)):
            assert _read_back(connection, type_, values) == values


def _read_back(connection: psycopg.Connection[Any], type_: str, values: list[Any]) -> list[Any]:
    row = connection.execute(f"SELECT %s::{type_}[]", [array_text(values)]).fetchone()
    assert row is not None
    return list(row[0])
