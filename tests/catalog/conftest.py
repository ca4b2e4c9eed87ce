"""A real browser (Debian's Chromium, without a screen), and a dataset to publish."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from pipeline.workspace import Workspace
from tests.pipeline.test_story import PLAN, VILLAGE_PLAN, Life

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; where there is none the test is skipped, and with CI=true it fails."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        said = "needs Chromium (Debian: apt-get install chromium)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(said)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        yield chromium
        chromium.close()


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """A dataset of two sources, not yet published."""
    made = Life(Workspace(tmp_path))
    made.order()
    made.says("towns", PLAN)
    made.says("villages", VILLAGE_PLAN)
    return made
