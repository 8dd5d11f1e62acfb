"""What a PromQL expression asks for."""

from __future__ import annotations

from typing import NamedTuple

import promql_parser


class Selection(NamedTuple):
    """Series that an expression asks for: the name, and the labels it chooses them by."""

    name: str
    labels: frozenset[str]


def selections(expression: str) -> list[Selection]:
    """Every selection in an expression; raises ValueError where it can't be parsed."""
    found: list[Selection] = []

    def visit(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector) and node.name:
            found.append(Selection(node.name, frozenset(matcher.name for matcher in node.matchers.matchers)))
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found
