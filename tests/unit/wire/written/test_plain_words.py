"""What pydantic says, in the words of whoever wrote the input."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from monitor.wire.written.plain_words import LONGEST_SHOWN, describe_error, dotted, shown


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("an even number")
    return value


class Inner(BaseModel):
    count: int = 0
    names: list[str] = []


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word: str = Field("x", min_length=1, max_length=5)
    number: int = 0
    ratio: float = 0
    flag: bool = False
    choice: Literal["red", "blue"] = "red"
    inner: Inner = Inner()
    many: list[Inner] = []
    even: Annotated[int, AfterValidator(_even)] = 0
    table: dict[str, int] = {}


def described(document: dict[str, Any]) -> tuple[str, str, str]:
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(document)
    return describe_error(caught.value.errors()[0])


@pytest.mark.parametrize(
    ("document", "found", "expected", "key"),
    [
        ({"word": 5}, "5", "a text", "word"),
        ({"word": ""}, "''", "a text that is not empty", "word"),
        ({"word": "abcdef"}, "'abcdef'", "at most 5 characters", "word"),
        ({"number": "x"}, "'x'", "a whole number", "number"),
        ({"number": None}, "None", "a whole number", "number"),
        ({"ratio": []}, "[]", "a number", "ratio"),
        ({"flag": "perhaps"}, "'perhaps'", "true or false", "flag"),
        ({"choice": "green"}, "'green'", "'red' or 'blue'", "choice"),
        ({"inner": 5}, "5", "an object", "inner"),
        ({"inner": {"names": 5}}, "5", "a list", "inner.names"),
        ({"inner": {"names": ["a", 7]}}, "7", "a text", "inner.names[1]"),
        ({"many": [{}, {"count": "x"}]}, "'x'", "a whole number", "many[1].count"),
        ({"table": 5}, "5", "an object", "table"),
        ({"even": 3}, "3", "an even number", "even"),
        ({"colour": 1}, "`colour`", "no such key", "colour"),
    ],
)
def test_what_was_found_what_was_expected_and_where(
    document: dict[str, Any], found: str, expected: str, key: str
) -> None:
    assert described(document) == (found, expected, key)


def test_a_missing_key_is_named() -> None:
    class Strict(BaseModel):
        name: str

    with pytest.raises(ValidationError) as caught:
        Strict.model_validate({})
    assert describe_error(caught.value.errors()[0]) == ("nothing", "`name`", "name")


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ((), ""),
        (("a",), "a"),
        (("data", "tags", 2), "data.tags[2]"),
        ((0, "a"), "[0].a"),
        (("ticket.opened", "data"), "data"),
    ],
)
def test_a_location_is_a_dotted_path_without_the_events_type(location: tuple[int | str, ...], text: str) -> None:
    assert dotted(location) == text


def test_a_short_value_is_shown_whole_and_on_one_line() -> None:
    assert shown("a\nb\x1b[31m") == r"'a\nb\x1b[31m'"


def test_a_long_value_is_cut_and_measured() -> None:
    text = shown("x" * 1000)
    assert text == "'" + "x" * (LONGEST_SHOWN - 1) + "... (1002 characters)"
