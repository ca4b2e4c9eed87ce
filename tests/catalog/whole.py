"""A whole catalog to look at: plans of many shapes in English and Chinese, published twice, as a reader would meet it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from catalog.evidence import Evidence
from collect.archive import store_capture
from pipeline.run import run_dataset
from pipeline.workspace import Workspace
from tests.conftest import FIXTURES

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
ORDER = """\
id: plans
title: Plans of many places 多地规划
description: What towns, counties and ministries have set themselves, in English and Chinese.
licence: CC-BY-4.0
keywords: [plans, 规划]
contributors:
  - {title: The towns, roles: [publisher]}
sources:
"""
MEDIA_TYPES = {".html": "text/html", ".md": "text/markdown", ".txt": "text/plain"}


def publish_whole(root: Path) -> Workspace:
    """A workspace with the plans published, then once more with one of them reworded and one more beside them.

    They are published once in a session for each address of the site, and copied.
    """
    shutil.copytree(_publish_once(os.environ.get("POLICYTASKS_SITE", "")), root, dirs_exist_ok=True)
    return Workspace(root)


@cache
def _publish_once(_site: str) -> Path:
    root = Path(tempfile.mkdtemp(prefix="policytasks-whole-"))
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
        (home.datasets / "plans.yaml").write_text(ORDER + sources, encoding="utf-8")
        for name in plans:
            content = (FIXTURES / "plans" / name).read_text(encoding="utf-8")
            if name == PLANS[0] and day == 2:
                content = reworded(content)
            store_capture(
                home.raw,
                content.encode(),
                source_id=Path(name).stem,
                url=f"https://{Path(name).stem}.example/plan",
                fetched_at=datetime(2026, 3, day, tzinfo=UTC),
                method="by hand",
                media_type=MEDIA_TYPES[Path(name).suffix],
                encoding="utf-8",
            )
        run_dataset(home, "plans", offline=True)


def refuse_evidence(_: object, __: object) -> Evidence:
    raise AssertionError


def reworded(text: str) -> str:
    """The text with one word of its last long line changed."""
    lines = text.splitlines()
    at = max(index for index, line in enumerate(lines) if len(line) > 30)
    middle = len(lines[at]) // 3
    lines[at] = f"{lines[at][:middle]}切实{lines[at][middle:]}"
    return "\n".join(lines)
