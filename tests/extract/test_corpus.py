"""Real documents with hand-made truth, in a folder outside the project that POLICYTASKS_CORPUS names.

The least values are what was measured on its 166 documents in November 2026 (87 plans are scored, and 50 texts without
a plan), rounded down to two decimals. They are a floor against regressions, and not a result: raise them when the
reader gets better.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

CORPUS = Path(os.environ.get("POLICYTASKS_CORPUS", ""))
# The least values, from 0 to 1, of the measures that the corpus's own program prints.
LEAST = {
    "task_f1": 0.61,
    "placed": 0.97,
    "whole_documents": 0.52,
    "area_f1": 0.68,
    "bodies_f1": 0.69,
    "leads_f1": 0.77,
    "deadline_f1": 0.78,
    "titles": 0.52,
    "dates": 0.81,
}
# The least share (0 to 1) of the texts without a plan in which no task is read.
LEAST_CLEAN = 0.92


@pytest.mark.skipif(
    not os.environ.get("POLICYTASKS_CORPUS"),
    reason="POLICYTASKS_CORPUS names no folder with real documents to measure on",
)
def test_real_documents_are_read_no_worse_than_before() -> None:
    command = f"{Path(sys.executable).parent / 'policytasks'} extract {{path}} --json"
    scored = subprocess.run(
        [sys.executable, CORPUS / "score.py", "--json", "--command", command],
        capture_output=True,
        text=True,
        check=True,
        cwd=CHECKOUT,
    )
    totals = json.loads(scored.stdout.splitlines()[-1])
    assert {name: totals[name] for name, least in LEAST.items() if totals[name] < least} == {}
    assert totals["negatives_clean"] >= LEAST_CLEAN * totals["negatives"]
    assert totals["failures"] == 0
