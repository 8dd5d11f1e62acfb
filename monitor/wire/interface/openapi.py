"""The OpenAPI 3.1 document, made from the table of operations and the models it names. https://spec.openapis.org/oas/v3.1.1"""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, Field, create_model
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from monitor.wire.interface.operations import OPERATIONS, Content, Operation
from monitor.wire.questions import QUESTIONS, Question
from monitor.wire.questions.rows import Row
from monitor.wire.questions.values import ShownInstant
from monitor.wire.shown.documented import WithoutFieldTitles

Document: TypeAlias = dict[str, Any]

API_VERSION: Final = "1.0.0"
"""The version of the API as a contract: its major part moves when a request that was right is refused."""
_REFERENCE: Final = "#/components/schemas/{model}"


@cache
def openapi() -> Document:
    """The document."""
    models = {model: _model_mode(model) for model in _models()}
    references, definitions = models_json_schema(
        list(models.items()), ref_template=_REFERENCE, schema_generator=WithoutFieldTitles
    )
    schemas = {model: references[model, mode] for model, mode in models.items()}
    paths: Document = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kept",
            "version": API_VERSION,
            "description": "Events in, questions, the promise book, and what could not be read.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Where tokens were made, one of them."}
            },
        },
    }


def _model_mode(model: type[BaseModel]) -> JsonSchemaMode:
    return "serialization" if issubclass(model, Row) else "validation"


def _models() -> list[type[BaseModel]]:
    """Every model that a body or an answer names, once."""
    contents = [content for operation in OPERATIONS for _, content in operation.answers.values()]
    contents += [operation.body for operation in OPERATIONS if operation.body is not None]
    named = [value for content in contents for value in content.values()]
    models = [value for value in named if isinstance(value, type) and issubclass(value, BaseModel)]
    return list(dict.fromkeys([*map(envelope, QUESTIONS), *models]))


@cache
def envelope(question: Question) -> type[Row]:
    """The model of a page of rows in JSON."""
    name = "".join(part.capitalize() for part in question.name.split("_"))
    fields: dict[str, Any] = {
        "as_of": (
            ShownInstant | None,
            Field(description="The instant this stands as of, for rows the last recorded one; null before the first."),
        ),
        "gone_before": (
            ShownInstant | None,
            Field(description="Retention took out matters that were over before this; null where it took out none."),
        ),
        question.rows: (_list_of(question.row), Field(description=question.says)),
        "next": (str | None, Field(description="The cursor of the next page; null at the end.")),
    }
    made: type[Row] = create_model(f"{name}Page", __base__=Row, __doc__=f"{question.says}.", **fields)
    return made


def _list_of(row: Any) -> Any:
    return list[row]


def _operation(operation: Operation, schemas: dict[type[BaseModel], Any]) -> Document:
    document: Document = {
        "operationId": operation.name,
        "summary": operation.says,
        "parameters": [*_subjects(operation), *_parameters(operation)],
        "responses": {str(status): _response(operation, status, schemas) for status in sorted(operation.answers)},
    }
    if operation.needs is None:
        document["security"] = []
    else:
        document["description"] = f"Where tokens were made, it takes one with the scope `{operation.needs}`."
    if operation.body is not None:
        document["requestBody"] = {"required": True, "content": _content(operation.body, schemas)}
    return document


def _subjects(operation: Operation) -> list[Document]:
    schemas = operation.subject or {}
    return [
        {"name": name, "in": "path", "required": True, "schema": schemas[name]}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]


def _parameters(operation: Operation) -> list[Document]:
    schema = operation.parameters.model_json_schema(schema_generator=WithoutFieldTitles)
    needed = {name: {"required": True} for name in schema.get("required", [])}
    return [
        {"name": name, "in": "query", "description": said.pop("description", ""), "schema": _without_null(said, schema)}
        | needed.get(name, {})
        for name, said in schema.get("properties", {}).items()
    ]


def _without_null(said: Document, schema: Document) -> Document:
    """What a parameter may be: it is left out, never null."""
    plain = {key: value for key, value in said.items() if not (key == "default" and value is None)}
    choices = [_resolved(choice, schema) for choice in plain.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        return plain | choices[0]
    return _resolved(plain, schema) | ({"anyOf": choices} if choices else {})


def _resolved(said: Document, schema: Document) -> Document:
    reference = said.get("$ref")
    if reference is None:
        return said
    named: Document = schema["$defs"][reference.rpartition("/")[2]]
    return {key: value for key, value in named.items() if key != "title"}


def _response(operation: Operation, status: int, schemas: dict[type[BaseModel], Any]) -> Document:
    says, content = operation.answers[status]
    document: Document = {"description": says or HTTPStatus(status).phrase}
    if content:
        document["content"] = _content(content, schemas)
    if operation.question is not None and status == HTTPStatus.OK:
        document["headers"] = _PAGE_HEADERS
    return document


_PAGE_HEADERS: Final[Document] = {
    "Kept-As-Of": {
        "description": "The instant this stands as of, for rows the last recorded one; left out before the first.",
        "schema": {"type": "string", "format": "date-time"},
    },
    "Kept-Gone-Before": {
        "description": "Retention took out matters that were over before this; left out where it took out none.",
        "schema": {"type": "string", "format": "date-time"},
    },
    "Link": {"description": "The address of the next page, as `next`.", "schema": {"type": "string"}},
}


def _content(content: Content, schemas: dict[type[BaseModel], Any]) -> Document:
    return {media: {"schema": _schema(value, schemas)} for media, value in content.items()}


def _schema(value: Any, schemas: dict[type[BaseModel], Any]) -> Any:
    if isinstance(value, Question):
        return schemas[envelope(value)]
    if isinstance(value, type):
        return schemas[value]
    return {} if value is None else value
