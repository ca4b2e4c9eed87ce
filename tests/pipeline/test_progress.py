"""How far a long run is: told as often as each listener likes, by the rooms that take long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.progress import Count, listen_to_progress, report_progress
from pipeline.run import run_dataset
from tests.conftest import DATASET, POLICYTASKS, Desk, Site
from tests.flows.scheduled import Gate
from tests.flows.test_publish_dataset import quiet

PATIENCE = 120


def test_each_listener_is_told_as_often_as_it_likes_and_only_while_it_listens() -> None:
    always: list[Count] = []
    seldom: list[Count] = []
    with listen_to_progress(always.append, every=0), listen_to_progress(seldom.append, every=60, first=0):
        for number in (1, 2, 3):
            report_progress("asked", number, 3, "addresses")
    report_progress("asked", 4, 4, "addresses")
    assert [one.done for one in always] == [1, 2, 3]
    assert [str(one) for one in seldom] == ["asked 1 of 3 addresses"]
    assert str(Count("read", 1_200, 10_000, "sources")) == "read 1,200 of 10,000 sources"


def test_a_run_counts_what_it_asks_and_what_it_reads(desk: Desk, site: Site, report: str) -> None:
    desk.write_dataset(DATASET.format(url=site.page("/plan", report.encode(), content_type="text/plain")))
    heard: list[Count] = []
    with listen_to_progress(heard.append, every=0):
        run_dataset(desk.home, "harbour")
    assert {(one.doing, one.done, one.total) for one in heard} >= {("asked", 1, 1), ("read", 1, 1)}


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_ctrl_c_ends_a_run_with_the_embedded_server_soon_and_leaves_no_server(
    desk: Desk, gate: Gate, tmp_path: Path
) -> None:
    desk.write_dataset(DATASET.format(url=gate.url))
    gate.close()
    home = tmp_path / "prefect of its own"
    run = subprocess.Popen(
        [POLICYTASKS, "publish", "--home", desk.home.root],
        env=quiet(home, PREFECT_API_URL=""),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + PATIENCE
    while not gate.asked and time.monotonic() < end:
        time.sleep(0.1)
    assert gate.asked
    began = time.monotonic()
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to all that were started in it
    _, said = run.communicate(timeout=PATIENCE)
    took = time.monotonic() - began
    assert run.returncode == 130
    assert said.splitlines()[-1].startswith("policytasks: interrupted: what was published stays")
    assert "Traceback" not in said
    assert took < 40  # of which the embedded server's own end takes some; it was 80 and more
    assert processes_in(home) == []


def processes_in(prefect_home: Path) -> list[str]:
    """The processes that have this folder as Prefect's home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(prefect_home).encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # of somebody else, or ended meanwhile
            continue
    return found


def test_who_is_told_not_to_end_with_the_terminal_does_not() -> None:
    script = (
        "import os, signal; from cli.main import main; main(['schema']); os.kill(os.getpid(), signal.SIGHUP); "
        "print('goes on')"
    )
    for ignored in (True, False):
        before = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); " if ignored else ""
        done = subprocess.run([sys.executable, "-c", before + script], capture_output=True, text=True, check=False)
        assert done.stdout.endswith("goes on\n") == ignored
