from __future__ import annotations

import subprocess
import sys

STARTER = """
import sys
from pipeline.lifeline import start_module
sys.exit(start_module([sys.executable, "-m", "timeit", "-n", "1", "-r", "1", "-s", sys.argv[1], "1"]).wait())
"""
SLEEP = "import time; print('asleep', flush=True); time.sleep(60)"


def test_a_program_ends_with_the_one_that_started_it() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER, SLEEP], stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"asleep\n"
        run.kill()
        assert run.stdout.read() == b"", "its end is closed when both have ended"


def test_a_program_that_ends_by_itself_is_waited_for() -> None:
    command = [sys.executable, "-c", STARTER, "print('awake')"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("awake\n")
