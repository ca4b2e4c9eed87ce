"""Real documents with hand-made truth, where they are at hand; they are nobody's here and no part of the project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

CORPUS = Path(os.environ.get("POLICYTASKS_CORPUS") or CHECKOUT.parent / "shared" / "corpus")
# What the reading reaches at least, by the measures of the corpus's own program.
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
    not (CORPUS / "score.py").exists(),
    reason="no corpus at hand: name its folder in POLICYTASKS_CORPUS to measure on it",
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
