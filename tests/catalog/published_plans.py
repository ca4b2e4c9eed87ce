"""Catalogs to look at: plans of many shapes in English and Chinese, and texts that mean harm."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from catalog.evidence import CaptureEvidence
from pipeline.run import run_dataset
from pipeline.workspace import Workspace
from tests.conftest import FIXTURES, store_text
from tests.pipeline.test_story import Life

# Plans with areas, sub-tasks, bodies in roles, deadlines, claims, in both languages.
PLANS = (
    "zh-deadlines.md",
    "zh-green-opinions.html",
    "zh-flat20-hardwrap.txt",
    "zh-digital-mfg-3year.md",
    "en-cluster-news.html",
    "en-review-recs.txt",
    "en-us-memorandum.txt",
)
DATASET = """\
id: plans
title: Plans of many places 多地规划
description: What towns, counties and ministries have set themselves, in English and Chinese.
licence: CC-BY-4.0
keywords: [plans, 规划]
contributors:
  - {title: The towns, roles: [publisher]}
sources:
"""
HOSTILE = (
    (
        'Sharing <img src=x onerror="document.title=1">',
        (
            'Run "one" </span></p><script>document.title = 1</script> timetable for all ferries.',
            "Build {{ 7 * 7 }} {% raw %} a pier & javascript:alert(1) for night ferries.",
            '=HYPERLINK("https://evil.example","x") train the crews \u202e of all ferries.',
        ),
    ),
)
MEDIA_TYPES = {".html": "text/html", ".md": "text/markdown", ".txt": "text/plain"}


def publish_plans(root: Path) -> Workspace:
    """A workspace with the plans published, then once more with one of them reworded and one more beside them.

    They are published once in a session for each address of the site, and copied.
    """
    shutil.copytree(_publish_once(os.environ.get("POLICYTASKS_SITE", "")), root, dirs_exist_ok=True)
    return Workspace(root)


@cache
def _publish_once(_site: str) -> Path:
    root = Path(tempfile.mkdtemp(prefix="policytasks-plans-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    _publish(root)
    return root


def _publish(root: Path) -> None:
    home = Workspace(root)
    home.datasets.mkdir(parents=True)
    for day, plans in enumerate((PLANS[:-1], PLANS), 1):
        sources = "".join(
            f"  - id: {Path(name).stem}\n    url: https://{Path(name).stem}.example/plan\n" for name in plans
        )
        (home.datasets / "plans.yaml").write_text(DATASET + sources, encoding="utf-8")
        for name in plans:
            content = (FIXTURES / "plans" / name).read_text(encoding="utf-8")
            if name == PLANS[0] and day == 2:
                content = reword(content)
            media_type = MEDIA_TYPES[Path(name).suffix]
            store_text(home, Path(name).stem, content, datetime(2026, 3, day, tzinfo=UTC), media_type=media_type)
        run_dataset(home, "plans", offline=True)


def publish_hostile_texts(home: Workspace) -> Life:
    """Publish a dataset of which every text would do harm if a page took it for anything but text."""
    life = Life(home)
    life.order(villages=False, more="description: '</p><iframe src=//evil.example>'\nkeywords: ['<b>']")
    file = home.datasets / "harbour.yaml"
    title = "Tasks <script>document.title = 1</script> \"of'' {{ 7 * 7 }} & </title>"
    file.write_text(file.read_text().replace("Tasks of the harbour towns", f"'{title}'"))
    life.says("towns", HOSTILE)
    life.run()
    return life


def refuse_evidence(_: object, __: object) -> CaptureEvidence:
    raise AssertionError


def reword(text: str) -> str:
    """The text with one word of its last long line changed."""
    lines = text.splitlines()
    at = max(index for index, line in enumerate(lines) if len(line) > 30)
    middle = len(lines[at]) // 3
    lines[at] = f"{lines[at][:middle]}切实{lines[at][middle:]}"
    return "\n".join(lines)
