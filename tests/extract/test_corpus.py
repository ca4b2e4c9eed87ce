"""Real documents with hand-made truth, in a folder outside the project that POLICYTASKS_CORPUS names."""

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
    "task_f1": 0.99,
    "placed": 0.99,
    "whole_documents": 0.90,
    "area_f1": 0.98,
    "bodies_f1": 0.97,
    "leads_f1": 0.95,
    "deadline_f1": 0.90,
    "titles": 0.95,
    "dates": 0.95,
}


@pytest.mark.skipif(
    not os.environ.get("POLICYTASKS_CORPUS"),
    reason="POLICYTASKS_CORPUS names no folder with real documents to measure on",
)
def test_real_documents_are_read_as_a_careful_person_reads_them() -> None:
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
    assert (totals["negatives_clean"], totals["failures"]) == (totals["negatives"], 0)
