"""A damaged release is a finding; a defect of this program is not called damage."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.run import run_dataset
from pipeline.verify.prove import collect_findings
from pipeline.workspace import Workspace
from publish.storage.backend import DESCRIPTOR
from tests.conftest import Desk, store_text
from tests.pipeline.towns import make_workspace
from transform.draft import draft_release


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """One published version."""
    workspace = make_workspace(tmp_path / "home")
    assert run_dataset(workspace, "towns", offline=True).status == "published"
    return workspace


def test_a_release_as_it_was_published_is_proved(workspace: Workspace) -> None:
    findings = collect_findings(workspace, "towns")
    assert findings
    assert all(finding.proved for finding in findings), findings


def test_a_release_is_made_again_whatever_the_order_of_its_sources(desk: Desk) -> None:
    page = "Plan of town {0}\n\nThe town will carry out two tasks.\n\n1. Build landing {0} {1}.\n\n2. Train the crews of ferry {0}.\n"
    names = ("town-2", "town-10", "town-1")
    desk.write_dataset(
        "id: harbour\ntitle: Towns\nlicence: CC0-1.0\nsources:\n"
        + "".join(f"  - {{id: {name}, url: 'http://{name}.example/plan'}}\n" for name in names)
    )
    for year, words in enumerate(("and light it", "and light it well"), 2021):
        for name in names:
            store_text(desk.home, name, page.format(name, words), datetime(year, 4, 1, tzinfo=UTC))
        assert run_dataset(desk.home, "harbour", offline=True).status == "published"
    checks = json.loads((desk.shelf / "harbour" / "latest" / "checks.json").read_text())
    assert "town-10/t01" in json.dumps(checks["uncertain_matches"])
    findings = collect_findings(desk.home, "harbour")
    assert all(finding.proved for finding in findings), findings


def test_an_early_release_drafted_in_the_order_of_its_sources_is_proved(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "Plan of town {0}\n\nThe town will carry out two tasks.\n\n1. Build landing {0}. ({1})\n\n2. Train the crews of ferry {0}. ({1})\n"
    ministries = {"town-2": "Lead: Ministry of FERRIES", "town-1": "Lead: Ministry of Ferries"}
    desk.write_dataset(
        "id: harbour\ntitle: Towns\nlicence: CC0-1.0\nsources:\n"
        + "".join(f"  - {{id: {name}, url: 'http://{name}.example/plan'}}\n" for name in ministries)
    )
    for name, ministry in ministries.items():
        store_text(desk.home, name, page.format(name, ministry), datetime(2021, 4, 1, tzinfo=UTC))
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.drafting.draft_release", partial(draft_release, is_in_given_order=True))
        assert run_dataset(desk.home, "harbour", offline=True).status == "published"
    assert "Ministry of FERRIES" in (desk.shelf / "harbour" / "latest" / "bodies.csv").read_text(encoding="utf-8-sig")
    findings = collect_findings(desk.home, "harbour")
    assert all(finding.proved for finding in findings), findings


@pytest.mark.parametrize("name", ["prove.hash_content", "rebuild.draft_release", "rebuild.write_release"])
@pytest.mark.parametrize("error", [KeyError("ours"), TypeError("ours"), ValueError("ours"), AttributeError("ours")])
def test_a_defect_of_ours_is_raised_and_is_no_finding(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, name: str, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(f"pipeline.verify.{name}", fail)
    with pytest.raises(type(error), match="ours"):
        collect_findings(workspace, "towns")


@pytest.mark.parametrize(
    "alter",
    [
        lambda descriptor: descriptor.update(created="lately"),
        lambda descriptor: descriptor.pop("contentHash"),
        lambda descriptor: descriptor.update(rowCounts=7),
        lambda descriptor: descriptor.update(writtenWith=None),
    ],
)
def test_a_descriptor_that_no_run_writes_is_a_finding(workspace: Workspace, alter: Callable[[Any], object]) -> None:
    path = workspace.root / "data" / "published" / "towns" / "1.0.0" / DESCRIPTOR
    descriptor = json.loads(path.read_text())
    alter(descriptor)
    path.write_text(json.dumps(descriptor))
    assert any(finding.proved is False for finding in collect_findings(workspace, "towns"))
