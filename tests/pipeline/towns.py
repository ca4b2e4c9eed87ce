"""A workspace of many small plans, none of which was read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from collect.archive import Capture, read_captures
from config.models import Source
from pipeline.read.reader import BATCH_SIZE
from pipeline.workspace import Workspace
from tests.conftest import store_text
from tests.transform.plans import text_of

# Enough for two batches.
NUMBER = BATCH_SIZE + 3
SOURCES = [Source(id=f"town-{number}", url=f"https://{number}.example/plan") for number in range(NUMBER)]


def make_workspace(root: Path) -> Workspace:
    """The dataset `towns`, with one capture of each source in the archive."""
    workspace = Workspace(root)
    workspace.datasets.mkdir(parents=True)
    lines = "".join(f"  - {{id: {source.id}, url: '{source.url}'}}\n" for source in SOURCES)
    (workspace.datasets / "towns.yaml").write_text(f"id: towns\ntitle: Towns\nlicence: CC0-1.0\nsources:\n{lines}")
    for number, source in enumerate(SOURCES):
        text = text_of((("Paths", (f"Mark the {number} paths.", "Repair the bridge.")),), None)
        store_text(workspace, source.id, text, datetime(2021, 3, 1, tzinfo=UTC), url=source.address)
    return workspace


def list_captures(workspace: Workspace) -> list[tuple[Source, Capture, None]]:
    """What the pipeline asks to be read: each source with its capture, and no earlier one."""
    return [(source, read_captures(workspace.raw, source.id)[0], None) for source in SOURCES]
