from __future__ import annotations

import random
from pathlib import Path

from tests.pipeline.killing import killed_round, towns, whole_run


def test_a_run_killed_at_any_moment_loses_nothing_and_the_next_ends_well(tmp_path: Path) -> None:
    with towns() as site:
        whole = whole_run(tmp_path / "whole", site)
        for number in range(4):
            killed_round(tmp_path / str(number), site, random.uniform(number * whole / 4, (number + 1) * whole / 4))
