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


def compared_labels(expression: str) -> set[str]:
    """The labels an expression groups by or matches by, as far as it names those it keeps."""
    found: set[str] = set()

    def visit(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            found.update(node.modifier.labels)
        if isinstance(node, promql_parser.BinaryExpr) and node.modifier is not None:
            found.update(node.modifier.matching.labels if node.modifier.matching else [])
            found.update(node.modifier.group_labels or [])
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found
