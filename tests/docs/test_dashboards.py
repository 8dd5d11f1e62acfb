"""The dashboards are what their code makes, and keep the rules of Grafana's dashboard linter; exceptions have a reason."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import promql_parser
import pytest

from grafana.__main__ import dashboards
from grafana.queries import FOLDER, asked, boards, filled, panels
from monitor.wire.questions.table import QUESTIONS
from tests.services.programs import Program, run_clean
from tests.services.promql import selections

ROOT: Final = Path(__file__).resolve().parents[2]
BOARDS: Final = boards()
SCHEMA: Final = ROOT / "tests" / "services" / "grafana-schema"

UNITS: Final = {"none", "short", "s", "percentunit", "bytes", "ops", "reqps"}
WHOLE_RANGE: Final = "$__range"
"""Exception to "rates are over $__rate_interval": a total over what is shown is over what is shown."""
WITHOUT_INSTANCE: Final = ("job_", "job:", "ALERTS")
"""Exception to "every query chooses instances": recorded series and alerts are about all of them together."""
COUNTERS: Final = ("_total", "_bucket", "_count", "_sum")

each_board = pytest.mark.parametrize("uid", BOARDS)


def test_the_files_are_what_the_code_makes_to_the_byte() -> None:
    made = dashboards()
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")} == made
    assert dashboards() == made


# Grafana's dashboard linter, rule by rule


def _variables(uid: str) -> dict[str, Any]:
    return {variable["name"]: variable for variable in BOARDS[uid]["templating"]["list"]}


@each_board
def test_template_datasource(uid: str) -> None:
    first = BOARDS[uid]["templating"]["list"][0]
    assert (first["name"], first["type"], first["query"]) == ("datasource", "datasource", "prometheus")
    assert first["label"] == "Data source"


@each_board
@pytest.mark.parametrize("name", ["job", "instance"])
def test_template_job_and_template_instance(uid: str, name: str) -> None:
    variable = _variables(uid)[name]
    assert variable["datasource"]["uid"] == "$datasource"
    assert (variable["type"], variable["label"]) == ("query", name.capitalize())
    assert (variable["multi"], variable["includeAll"], variable["allValue"]) == (True, True, ".+")


@each_board
def test_template_label_promql(uid: str) -> None:
    for variable in _variables(uid).values():
        if variable["type"] == "query":
            found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"])
            assert found
            promql_parser.parse(filled(found[1], {}))


@each_board
def test_template_on_time_change_reload(uid: str) -> None:
    queried = [variable for variable in _variables(uid).values() if variable["type"] == "query"]
    assert {variable["refresh"] for variable in queried} == {2}


@each_board
def test_panel_datasource(uid: str) -> None:
    for panel in panels(BOARDS[uid]):
        assert panel["datasource"]["uid"] == "$datasource"
        assert all(target["datasource"]["uid"] == "$datasource" for target in panel["targets"])


@each_board
def test_panel_title_description(uid: str) -> None:
    for panel in panels(BOARDS[uid]):
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]


@each_board
def test_panel_units(uid: str) -> None:
    assert {panel["fieldConfig"]["defaults"]["unit"] for panel in panels(BOARDS[uid])} <= UNITS


@each_board
def test_panel_no_targets(uid: str) -> None:
    assert all(panel["targets"] for panel in panels(BOARDS[uid]))


@each_board
def test_target_promql(uid: str) -> None:
    for query in asked(BOARDS[uid]):
        promql_parser.parse(filled(query.expr, {}))


@each_board
def test_target_rate_interval(uid: str) -> None:
    for query in asked(BOARDS[uid]):
        assert set(re.findall(r"\[(.+?)\]", query.expr)) <= {"$__rate_interval", WHOLE_RANGE}, query


@each_board
def test_target_job_and_target_instance(uid: str) -> None:
    for query in asked(BOARDS[uid]):
        for name, labels in selections(filled(query.expr, {})):
            assert "job" in labels, query
            assert "instance" in labels or name.startswith(WITHOUT_INSTANCE), query


@each_board
def test_target_counter_agg(uid: str) -> None:
    for query in asked(BOARDS[uid]):
        for counter in re.finditer(r"(\w+)\{", query.expr):
            if counter[1].endswith(COUNTERS):
                assert re.search(r"\b(rate|increase)\($", query.expr[: counter.start()]), query


@each_board
def test_uneditable_dashboard(uid: str) -> None:
    assert BOARDS[uid]["editable"] is False


# And some of our own


@each_board
def test_every_panel_has_thresholds_and_a_place_of_its_own(uid: str) -> None:
    places = [(panel["id"], panel["gridPos"]) for panel in BOARDS[uid]["panels"]]
    assert len({number for number, _ in places}) == len(places)
    for (_, one), (_, other) in itertools.combinations(places, 2):
        apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_x or apart_y
    assert all(place["x"] + place["w"] <= 24 for _, place in places)
    assert all(panel["fieldConfig"]["defaults"]["thresholds"]["steps"] for panel in panels(BOARDS[uid]))


@each_board
def test_what_is_not_known_is_never_green(uid: str) -> None:
    for panel in panels(BOARDS[uid]):
        (mapping,) = panel["fieldConfig"]["defaults"]["mappings"]
        assert mapping["options"] == {"match": "null+nan", "result": {"text": "none", "color": "text"}}, panel["title"]
        if panel["title"].startswith(("Unknown", "Of unknown")):
            colours = {step["color"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1:]}
            assert colours == {"orange"}


@each_board
def test_every_link_leads_to_a_dashboard_that_exists(uid: str) -> None:
    link, *answers = BOARDS[uid]["links"]
    assert all(set(link["tags"]) <= set(board["tags"]) for board in BOARDS.values())
    for answer in answers:
        path = re.fullmatch(r"\$\{kept\}(/v1/\w+)\?client=\$\{client:percentencode\}&state=\w+", answer["url"])
        assert path, answer["url"]
        assert path[1] in {question.path for question in QUESTIONS}
        assert _variables(uid)["kept"]["query"] == "http://127.0.0.1:8321"
    text = (FOLDER / f"{uid}.json").read_text(encoding="utf-8")
    assert set(re.findall(r"/d/([\w-]+)", text)) <= BOARDS.keys()


@each_board
def test_breaches_and_changes_of_the_book_are_marked(uid: str) -> None:
    marks = {mark["name"]: mark["expr"] for mark in BOARDS[uid]["annotations"]["list"]}
    assert "PromiseBroken" in marks["Broken promises"]
    assert "kept_book_edition" in marks["New edition of the book"]


# Grafana's own types


@pytest.fixture(scope="module")
def typed(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """What TypeScript says about a dashboard's JSON under Grafana's types; nothing where it fits."""
    node = program("node")
    modules = Path(run_clean(ROOT / "tests" / "install-services", "--where", "grafana-schema").strip())
    if not modules.is_dir():
        pytest.skip("found no types of Grafana: tests/install-services grafana-schema fetches them by npm")
    folder = tmp_path_factory.mktemp("typed")
    (folder / "node_modules").symlink_to(modules)
    shutil.copy(SCHEMA / "dashboard.ts", folder)

    def complaints(text: str) -> str:
        source = f"import type {{ KeptDashboard }} from './dashboard';\nexport const made: KeptDashboard = {text}"
        (folder / "made.ts").write_text(source, encoding="utf-8")
        options = "--noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler"
        compiler = folder / "node_modules" / "typescript" / "bin" / "tsc"
        words: list[str | Path] = [node, compiler, *options.split(), "made.ts"]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        return done.stdout

    return complaints


@pytest.mark.slow
@each_board
def test_a_dashboard_has_the_types_of_grafana(uid: str, typed: Callable[[str], str]) -> None:
    assert typed((FOLDER / f"{uid}.json").read_text(encoding="utf-8")) == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"colorMode": "value"', '"colorMode": "valeu"'),
        ('"editable": false', '"editabel": false'),
        ('"displayMode": "basic"', '"displayMode": 3'),
        ('"lineWidth": 2', '"lineWidth": "2"'),
        ('"showHeader": true', '"showHeaders": true'),
        ('"refresh": 2', '"refresh": 7'),
    ],
)
def test_the_types_of_grafana_find_what_is_wrong(right: str, wrong: str, typed: Callable[[str], str]) -> None:
    text = (FOLDER / "kept-overview.json").read_text(encoding="utf-8")
    assert right in text
    assert "error TS" in typed(text.replace(right, wrong, 1))
