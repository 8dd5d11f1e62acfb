"""The kinds of panels the dashboards are made of, all in one look: what each shows, in which unit, and when it is bad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries
from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    ReduceDataOptions,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import (
    DashboardSpecialValueMapOptions,
    DataTransformerConfig,
    DynamicConfigValue,
    SpecialValueMap,
    SpecialValueMatch,
    Threshold,
    ThresholdsMode,
    ValueMapping,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

DATASOURCE: Final = common.DataSourceRef(type_val="prometheus", uid="$datasource")
WHOLE_WIDTH: Final = 24
"""Grafana's grid has 24 columns."""

Panel = stat.Panel | bargauge.Panel | table.Panel | timeseries.Panel
AnyPanel = TypeVar("AnyPanel", stat.Panel, bargauge.Panel, table.Panel, timeseries.Panel)


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression, and how its series are called."""

    expr: str
    legend: str = "__auto"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what it is called, what it shows, and in which unit."""

    name: str
    expr: str
    unit: str
    levels: tuple[tuple[float, str], ...] = ()


Levels = Sequence[tuple[float, str]]
"""From which value on it has which colour; below the first it is green."""

GOOD_IS_HIGH: Final[Levels] = ((float("-inf"), "red"), (0.9, "orange"), (0.95, "green"))
"""Shares of promises kept, against a goal of 95 %."""
ANY_IS_BAD: Final[Levels] = ((1, "red"),)
ANY_IS_DOUBTFUL: Final[Levels] = ((1, "orange"),)
NEUTRAL: Final[Levels] = ((float("-inf"), "blue"),)


def number(title: str, description: str, query: Query, *, unit: str, levels: Levels, width: int = 4) -> stat.Panel:
    """One number as of now, or over what is shown."""
    panel = _dressed(stat.Panel(), title, description, unit=unit, levels=levels, width=width, height=4)
    return (
        panel.with_target(_target(query, "A").instant())
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .color_mode(common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.NONE)
        .no_value("none")
    )


def ranking(title: str, description: str, query: Query, *, unit: str, levels: Levels, width: int = 8) -> bargauge.Panel:
    """A bar for each series, as of now or over what is shown."""
    panel = _dressed(bargauge.Panel(), title, description, unit=unit, levels=levels, width=width, height=8)
    return (
        panel.with_target(_target(query, "A").instant())
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .orientation(common.VizOrientation.HORIZONTAL)
        .display_mode(common.BarGaugeDisplayMode.BASIC)
        .min(0)
        .no_value("nothing decided")
    )


def lines(
    title: str, description: str, queries: Sequence[Query], *, unit: str, levels: Levels = (), width: int = 12
) -> timeseries.Panel:
    """How values went over time; levels are lines across."""
    panel = _dressed(timeseries.Panel(), title, description, unit=unit, levels=levels, width=width, height=8)
    for index, query in enumerate(queries):
        panel.with_target(_target(query, _letter(index)).range())
    if levels:
        panel.thresholds_style(GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED))
    return (
        panel.legend(VizLegendOptions().show_legend(True).placement(common.LegendPlacement.BOTTOM))
        .tooltip(VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING))
        .line_width(2)
        .fill_opacity(8)
        .axis_soft_min(0)
    )


def columns(
    title: str, description: str, shown: Sequence[Column], *, width: int = WHOLE_WIDTH, height: int = 9
) -> table.Panel:
    """A row for each set of labels, a column for each expression."""
    panel = _dressed(table.Panel(), title, description, unit="short", levels=NEUTRAL, width=width, height=height)
    for index, column in enumerate(shown):
        panel.with_target(_target(Query(column.expr), _letter(index)).instant().format(PromQueryFormat.TABLE))
        panel.override_by_name(column.name, _column_properties(column))
    # Grafana numbers the values only where there are several.
    numbered = [f"Value #{_letter(index)}" for index in range(len(shown))] if len(shown) > 1 else ["Value"]
    names = {given: column.name for given, column in zip(numbered, shown, strict=True)}
    return panel.with_transformation(DataTransformerConfig(id_val="merge", options={})).with_transformation(
        DataTransformerConfig(id_val="organize", options={"excludeByName": {"Time": True}, "renameByName": names})
    )


def with_link(panel: table.Panel, column: str, *, title: str, url: str) -> table.Panel:
    """The panel, with each value of a column leading somewhere."""
    link = {"title": title, "url": url, "targetBlank": False}
    return panel.override_by_name(column, [DynamicConfigValue(id_val="links", value=[link])])


def _column_properties(column: Column) -> list[DynamicConfigValue]:
    properties = [DynamicConfigValue(id_val="unit", value=column.unit)]
    if column.levels:
        steps = _steps(column.levels)
        levels: Mapping[str, object] = {"mode": ThresholdsMode.ABSOLUTE, "steps": [step.to_json() for step in steps]}
        properties.append(DynamicConfigValue(id_val="thresholds", value=levels))
        properties.append(DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}))
    return properties


def _dressed(
    panel: AnyPanel, title: str, description: str, *, unit: str, levels: Levels, width: int, height: int
) -> AnyPanel:
    """What all panels have."""
    thresholds = ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(_steps(levels))
    panel.title(title).description(description).datasource(DATASOURCE).unit(unit).thresholds(thresholds)
    panel.mappings([_without_value()])
    panel.span(width).height(height)
    return panel


def _without_value() -> ValueMapping:
    """Where there is no value, Grafana has the colour of the lowest one, which may be green: what is not known is grey."""
    result = ValueMappingResult(text="none", color="text")
    return SpecialValueMap(DashboardSpecialValueMapOptions(match=SpecialValueMatch.NULL_AND_NAN, result=result))


def _steps(levels: Levels) -> list[Threshold]:
    """Grafana's steps: the first has no value and stands for everything below the next."""
    from_the_bottom = bool(levels) and levels[0][0] == float("-inf")
    first = Threshold(value=None, color=levels[0][1] if from_the_bottom else "green")
    return [first, *(Threshold(value=value, color=color) for value, color in levels[int(from_the_bottom) :])]


def _target(query: Query, letter: str) -> Dataquery:
    return Dataquery().expr(query.expr).legend_format(query.legend).ref_id(letter).datasource(DATASOURCE)


def _letter(index: int) -> str:
    return chr(ord("A") + index)
