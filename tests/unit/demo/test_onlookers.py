"""What the demonstration says where there is nobody to watch it, and whom it tells where there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.demo import onlookers as o
from monitor.service.notices.notice import NoticeKind
from monitor.wire.notices.loading import load_notice_settings


def test_a_machine_without_the_programs_is_told_how_to_get_them_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with o.onlookers(["127.0.0.1:8321"], tmp_path) as (line,):
        assert "apt-get install prometheus prometheus-alertmanager" in line
    assert o.notices_for("127.0.0.1:9093", tmp_path, kept="127.0.0.1:8321") is None
    assert not list(tmp_path.iterdir())


def test_a_kept_without_its_repository_says_that_the_rules_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in o.USUAL_PORTS:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(o, "DEPLOY", tmp_path / "nowhere")
    with o.onlookers(["127.0.0.1:8321"], tmp_path) as (line,):
        assert "nowhere" in line


def test_the_alertmanager_beside_it_is_told_of_everything_the_canary_included(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in o.USUAL_PORTS:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    file = o.notices_for("127.0.0.1:9099", tmp_path / "demo", kept="127.0.0.1:8399")
    assert file is not None
    settings = load_notice_settings(file)
    assert [entry.alertmanager for entry in settings.receivers] == ["http://127.0.0.1:9099"]
    (receiver,) = settings.rules().receivers
    assert {NoticeKind.BROKEN, NoticeKind.CANARY} <= set(receiver.kinds)
    # Whoever is called finds the case and the heading of the runbook behind the alert, which is in the repository.
    assert settings.links.kept == "http://127.0.0.1:8399"
    assert settings.links.runbook is not None
    assert settings.links.runbook.startswith("file:///")
    assert settings.links.runbook.endswith("/deploy/runbook.md")
    # At any free port it is not known yet where Kept will be.
    file = o.notices_for("127.0.0.1:9099", tmp_path / "demo", kept=None)
    assert file is not None
    assert load_notice_settings(file).links.kept is None
