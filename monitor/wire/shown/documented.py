"""How pydantic writes JSON Schemas here: an Enum is described by its docstring, also where it is compiled.

The compiler drops the docstrings of Enums. The source lies beside the binary, in the wheel as everywhere, and is read for them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import CoreSchema, EnumSchema


class Documented(GenerateJsonSchema):
    """The docstring of an Enum is its description."""

    def generate_inner(self, schema: Any) -> JsonSchemaValue:
        return super().generate_inner(_described(schema) if schema["type"] == "enum" else schema)


class WithoutFieldTitles(Documented):
    """`"title": "Opened At"` beside `"opened_at":` says nothing."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  pydantic's signature
        return False


def _described(schema: EnumSchema) -> EnumSchema:
    """The same, described last of all: pydantic has a function there that writes what the class had when a model was made."""
    words = _docstrings(schema["cls"].__module__).get(schema["cls"].__name__)
    if words is None:
        return schema

    def describe(core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        written = handler(core)
        handler.resolve_ref_schema(written)["description"] = words
        return written

    metadata = schema.get("metadata", {})
    functions = [*metadata.get("pydantic_js_functions", []), describe]
    return {**schema, "metadata": {**metadata, "pydantic_js_functions": functions}}


@cache
def _docstrings(module: str) -> Mapping[str, str]:
    """What the classes of a module say of themselves, by name."""
    imported = Path(str(sys.modules[module].__file__))
    source = imported.with_name(imported.name.partition(".")[0] + ".py")
    classes = (node for node in ast.parse(source.read_bytes()).body if isinstance(node, ast.ClassDef))
    return {each.name: cleandoc(words) for each in classes if (words := ast.get_docstring(each)) is not None}
