"""What every dashboard has around its panels: variables, links to the others, and marks where something happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.builders.dashboard import (
    AnnotationQuery,
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableModel,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from grafana.panels import DATASOURCE, Panel

TAG: Final = "kept"
JOB: Final = 'job=~"$job"'
MINE: Final = 'job=~"$job", instance=~"$instance"'
"""What chooses the Kept that is looked at; recorded series have no instance, they are about all of them.

Of a partition that changes hands two workers may show the gauges for a scrape: the greatest of all instances is taken
before partitions are added up. An increase counts nothing twice; it misses what was counted between the last scrape of the
one and the first of the other.
"""
ALL: Final = VariableOption(text="All", value="$__all", selected=True)


def framed(uid: str, title: str, description: str, *, hours: int) -> Dashboard:
    """A dashboard without panels that shows the last hours."""
    board = (
        Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .readonly()
        .refresh("30s")
        .time(f"now-{hours}h", "now")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .timezone("browser")
    )
    for link in _links():
        board.link(link)
    for mark in _marks():
        board.annotation(mark)
    current = VariableOption(text="Prometheus", value="kept-prometheus", selected=True)
    board.with_variable(DatasourceVariable("datasource").label("Data source").type("prometheus").current(current))
    board.with_variable(choice("job", "Job", "label_values(kept_build_info, job)"))
    return board.with_variable(choice("instance", "Instance", f"label_values(kept_build_info{{{JOB}}}, instance)"))


def with_rows(board: Dashboard, *rows: tuple[str, Sequence[Panel]]) -> Dashboard:
    """The dashboard with panels under headings, row by row."""
    for title, panels in rows:
        board.with_row(Row(title))
        for panel in panels:
            board.with_panel(panel)
    return board


def choice(name: str, label: str, query: str, *, all_value: str = ".+") -> QueryVariable:
    """A variable of several values; at first it is all of them."""
    return (
        QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query(query)
        .multi(True)
        .include_all(True)
        .all_value(all_value)
        .current(ALL)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )


def with_tiers(board: Dashboard, metric: str) -> Dashboard:
    """The dashboard with the tiers that a metric knows to choose from. A client may be of no tier."""
    return board.with_variable(choice("tier", "Tier", f"label_values({metric}{{{JOB}}}, tier)", all_value=".*"))


class OneOf(QueryVariable):
    """A variable of exactly one value."""

    def __init__(self, name: str, label: str, query: str) -> None:
        super().__init__(name)
        self.label(label).datasource(DATASOURCE).query(query)
        self.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_ASC)

    def build(self) -> VariableModel:
        """The variable, said to have one value and no "all"."""
        self.multi(False).include_all(False)
        return super().build()


def _links() -> list[DashboardLink]:
    others = DashboardLink("Kept").type(DashboardLinkType.DASHBOARDS).tags([TAG]).keep_time(True)
    return [others.as_dropdown(False).include_vars(False)]


def _marks() -> list[AnnotationQuery]:
    breaches = 'ALERTS{job=~"$job", alertname="PromiseBroken", alertstate="firing"}'
    trouble = 'ALERTS{job=~"$job", alertname=~"Kept.*", alertname!="KeptBookChanged", alertstate="firing"}'
    editions = f"max without (instance) (changes(kept_book_edition{{{MINE}}}[$__rate_interval])) > 0"
    return [
        _mark("Broken promises", breaches, "red", "{{kind}}, tier {{tier}}"),
        _mark("Trouble of Kept itself", trouble, "purple", "{{alertname}}"),
        _mark("New edition of the book", editions, "blue", "another edition of the promise book"),
    ]


def _mark(name: str, expr: str, colour: str, title: str) -> AnnotationQuery:
    mark = AnnotationQuery().name(name).datasource(DATASOURCE).enable(True).hide(False)
    return mark.icon_color(colour).expr(expr).title_format(title).text_format(name).step("60s")
