"""Random inputs meet no defect and no limit in some seconds each; `python -m tests.fuzz` runs longer."""

from __future__ import annotations

import pytest

from tests.fuzz.run import make_seed_input, run_input, run_target
from tests.fuzz.targets import TARGETS

# Seconds for each target.
SHORT = 6.0


@pytest.mark.parametrize("name", TARGETS)
def test_random_inputs_meet_no_defect(name: str) -> None:
    count, findings = run_target(name, SHORT, first_seed=0)
    assert count
    assert not findings


@pytest.mark.parametrize("name", TARGETS)
def test_valid_files_are_read(name: str) -> None:
    assert [run_input(name, content) for content in TARGETS[name].files] == [""] * len(TARGETS[name].files)


def test_the_same_seed_is_the_same_input() -> None:
    assert make_seed_input("docx", 7) == make_seed_input("docx", 7)
