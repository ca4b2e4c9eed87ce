"""Plans that write no label in front of their areas or tasks are published like all others."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.main import main
from pipeline.run import run_dataset
from pipeline.workspace import Workspace
from publish.releases import read_releases
from publish.tables import read_tables
from tests.catalog.published_plans import MEDIA_TYPES
from tests.conftest import FIXTURES, store_text

PLANS = FIXTURES / "plans"
UNLABELLED = (
    "en-headings.md",
    "en-nz-freshwater-implementation.html",
    "en-plain-areas.txt",
    "en-table.md",
    "zh-table.html",
    "zh-table-rowspan.html",
)


@pytest.mark.parametrize("name", UNLABELLED)
def test_a_plan_without_labels_is_published_shown_and_kept(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Workspace(tmp_path)
    home.datasets.mkdir()
    (home.datasets / "plain.yaml").write_text(
        "id: plain\ntitle: A plain plan\nlicence: CC-BY-4.0\nsources:\n"
        "  - {id: plan, url: 'https://plain.example/plan'}\n"
    )
    text = (PLANS / name).read_text("utf-8")
    for day, capture in enumerate((text, text + "\n\n"), 1):
        facts = {"url": "https://plain.example/plan", "media_type": MEDIA_TYPES[Path(name).suffix]}
        store_text(home, "plan", capture, datetime(2026, 3, day, tzinfo=UTC), **facts)
        outcome = run_dataset(home, "plain", offline=True)
        assert outcome.version == "1.0.0"
    (release,) = read_releases(home.shelf, "plain").read_all()
    tables = read_tables(release)
    cells = [*tables["areas"]["label"].to_pylist(), *tables["tasks"]["label"].to_pylist()]
    assert None in cells
    assert "" not in cells
    pages = [path.read_text("utf-8") for path in (home.root / "data/published").rglob("*.html")]
    assert pages
    assert not [page for page in pages if ">None" in page or "None<" in page or "None " in page]
    assert main(["show", str(tables["tasks"]["task_id"][0]), "--home", str(tmp_path)]) == 0
    assert main(["verify", "plain", "--home", str(tmp_path)]) == 0
    assert "None" not in capsys.readouterr().out
