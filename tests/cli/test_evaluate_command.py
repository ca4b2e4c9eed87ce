from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import FIXTURES, run_command

ANNOTATED = str(FIXTURES / "annotated")


def test_the_totals_are_printed_and_with_verbose_each_document() -> None:
    done = run_command("evaluate", ANNOTATED, "--verbose", "--jobs", "1")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("en-mill-valley  tasks   4/  4 (+0 false)  placed   4/  4  areas 2/2")
    assert re.fullmatch(r"en-open-letter  no plan: 0 tasks  confidence 0\.\d\d", lines[2])
    assert {"documents          2", "macro_f1           1.000", "failures           0"} <= set(lines)
    assert lines[-1].startswith("calibration        claimed 0.")


def test_what_got_better_or_worse_since_an_earlier_evaluation_is_shown(tmp_path: Path) -> None:
    done = run_command("evaluate", ANNOTATED, "--json")
    before = json.loads(done.stdout)
    assert before["totals"]["macro_f1"] == 1.0
    path = tmp_path / "before.json"
    path.write_text(done.stdout, encoding="utf-8")
    assert "compared: 0 of 3 documents differ" in run_command("evaluate", ANNOTATED, "--compare", str(path)).stdout
    before["documents"]["zh-two-lakes"]["figures"]["tasks"] = 0.5
    before["totals"]["macro_f1"] = 0.75
    path.write_text(json.dumps(before), encoding="utf-8")
    lines = run_command("evaluate", ANNOTATED, "--compare", str(path)).stdout.splitlines()
    assert lines[-3:] == [
        "compared: 1 of 3 documents differ",
        "  better: zh-two-lakes: tasks 0.5 → 1",
        "  better: macro_f1 0.75 → 1",
    ]
    assert (
        json.loads(run_command("evaluate", ANNOTATED, "--compare", str(path), "--json").stdout)["compared"]
        == lines[-3:]
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("nowhere",),
        (ANNOTATED, "--sure", "2"),
        (ANNOTATED, "--jobs", "0"),
        (ANNOTATED, "--only", "none"),
        (ANNOTATED, "--compare", "nowhere"),
    ],
)
def test_a_mistake_is_one_line(arguments: tuple[str, ...]) -> None:
    done = run_command("evaluate", *arguments)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
