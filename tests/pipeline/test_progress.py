"""How far a long run is: told as often as each listener likes, by the rooms that take long."""

from __future__ import annotations

import subprocess
import sys

from pipeline.progress import Count, listen_to_progress, report_progress
from pipeline.run import run_dataset
from tests.conftest import DATASET, Desk, Site


def test_each_listener_is_told_as_often_as_it_likes_and_only_while_it_listens() -> None:
    always: list[Count] = []
    seldom: list[Count] = []
    with listen_to_progress(always.append, every=0), listen_to_progress(seldom.append, every=60, first=0):
        for number in (1, 2, 3):
            report_progress("tried", number, 3, "addresses", "address")
    report_progress("tried", 4, 4, "addresses", "address")
    assert [count.done for count in always] == [1, 2, 3]
    assert [str(count) for count in seldom] == ["tried 1 of 3 addresses"]
    assert str(Count("read", 1_200, 10_000, "sources")) == "read 1,200 of 10,000 sources"


def test_a_run_counts_what_it_asks_and_what_it_reads(desk: Desk, site: Site, report: str) -> None:
    desk.write_dataset(DATASET.format(url=site.page("/plan", report.encode(), content_type="text/plain")))
    heard: list[Count] = []
    with listen_to_progress(heard.append, every=0):
        run_dataset(desk.home, "harbour")
    assert {(count.doing, count.done, count.total) for count in heard} >= {("tried", 1, 1), ("read", 1, 1)}


def test_who_is_told_not_to_end_with_the_terminal_does_not() -> None:
    script = (
        "import os, signal; from cli.main import main; main(['schema']); os.kill(os.getpid(), signal.SIGHUP); "
        "print('goes on')"
    )
    for ignored in (True, False):  # set either way: whoever runs the tests with nohup ignores it
        before = f"import signal; signal.signal(signal.SIGHUP, signal.{'SIG_IGN' if ignored else 'SIG_DFL'}); "
        arguments = [sys.executable, "-c", before + script]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.endswith("goes on\n") == ignored


def test_a_count_of_one_has_its_noun_in_the_singular() -> None:
    assert str(Count("tried", 1, 1, "addresses", "address")) == "tried 1 of 1 address"
    assert str(Count("read", 0, 1, "captures")) == "read 0 of 1 capture"
    assert str(Count("read", 1, 2_000, "captures")) == "read 1 of 2,000 captures"
