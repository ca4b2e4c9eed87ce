"""The benchmarks measure like with like, and the document that is made of them hides no row in which we are behind."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from benchmarks import bench, document, side_by_side
from benchmarks.reasons import REASONS
from benchmarks.rows import Fact, Row, parse_output, report
from benchmarks.website import TASKS, send_command, serve_in_process
from tests.conftest import CHECKOUT

OURS, *PEERS = side_by_side.CONTENDERS
FIRST, AGAIN, UNASKED, CHANGED = side_by_side.STEPS
PAGES = 6
PROGRAMS = [path for path in sorted((CHECKOUT / "benchmarks").rglob("*.py")) if "__main__" in path.read_text("utf-8")]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> side_by_side.Result:
    return side_by_side.run_steps(OURS, PAGES, tmp_path_factory.mktemp("ours"))


@pytest.mark.parametrize("peer", PEERS, ids=lambda one: one.name)
def test_a_peer_finds_the_tasks_that_we_find(
    peer: side_by_side.Contender, ours: side_by_side.Result, tmp_path: Path
) -> None:
    if not side_by_side.list_libraries(peer):
        pytest.skip(f"needs {', '.join(peer.libraries)} (make .venv-bench/.ready)")
    theirs = side_by_side.run_steps(peer, PAGES, tmp_path)
    side_by_side.refuse_differences({OURS.name: ours, peer.name: theirs})
    assert theirs.tasks["tasks"] == PAGES * TASKS
    assert theirs.tasks["editions"] >= 1
    rows = list(side_by_side.make_rows([{OURS.name: ours, peer.name: theirs}]))
    assert {row.what for row in rows if row.peers[peer.name] is None} == {
        row.what for row in rows if peer.unasked is None and UNASKED.name in row.what
    }


def test_an_unchanged_run_moves_no_page_and_one_change_moves_one(ours: side_by_side.Result) -> None:
    served = {step: cost.served for step, cost in ours.costs.items()}
    assert (served[FIRST]["pages"], served[FIRST]["unchanged"]) == (PAGES, 0)
    assert (served[AGAIN]["pages"], served[AGAIN]["unchanged"], served[AGAIN]["bytes"]) == (PAGES, PAGES, 0)
    assert served[UNASKED]["requests"] == 0
    assert (served[CHANGED]["pages"], served[CHANGED]["unchanged"]) == (PAGES, PAGES - 1)
    assert ours.tasks["editions"] == 2


def test_results_that_differ_are_not_compared(ours: side_by_side.Result) -> None:
    fewer = ours._replace(tasks={**ours.tasks, "tasks": ours.tasks["tasks"] - 1})
    with pytest.raises(SystemExit, match="not all have found the same tasks"):
        side_by_side.refuse_differences({"one": ours, "other": fewer})


def test_memory_is_that_of_all_processes_together() -> None:
    held = "import time; b = bytearray(100_000_000); time.sleep(2)"
    both = f"import subprocess, sys; one = subprocess.Popen([sys.executable, '-c', {held!r}]); {held}; one.wait()"
    _, _, peak = side_by_side.measure_command([sys.executable, "-c", both], CHECKOUT)
    assert 200e6 < peak < 300e6


def test_the_site_knows_who_has_its_pages() -> None:
    with serve_in_process(2) as site:
        first = requests.get(f"{site}/p/1", timeout=10)
        known = {"If-None-Match": first.headers["ETag"]}
        since = {"If-Modified-Since": first.headers["Last-Modified"]}
        assert [requests.get(f"{site}/p/1", headers=one, timeout=10).status_code for one in (known, since)] == [304] * 2
        send_command(site, "change/1")
        changed = [requests.get(f"{site}/p/1", headers=one, timeout=10) for one in (known, since)]
        assert [one.status_code for one in changed] == [200, 200]
        assert changed[0].content != first.content
        assert send_command(site, "stats") == {
            "requests": 5,
            "pages": 5,
            "unchanged": 2,
            "bytes": sum(map(len, (first.content, *(one.content for one in changed)))),
        }
        assert send_command(site, "stats")["requests"] == 0


def section(*told_rows: Row | Fact, capsys: pytest.CaptureFixture[str]) -> document.Section:
    report(*told_rows)
    printed = f"3 pages\n{capsys.readouterr().out}"
    return document.Section("side_by_side.py", "What a run costs", "x --pages 3", printed)


def test_the_document_says_where_we_are_behind_and_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REASONS, ("side_by_side.py", "boats"), "ours float")
    made = section(
        Row("boats", "s", 3.0, {"Scrapy": 1.5, "dlt": 6.0}),
        Row("piers", "MB", 1234.5, {"Scrapy": 2469.0, "dlt": None}),
        Row("ships", "s", 5.0, {"ours before": 10.0}, most=0.1),
        Fact("what is left", {"policytasks": "a|b"}),
        capsys=capsys,
    )
    text = document.write_document({"processor": "one"}, [made])
    assert "`x --pages 3`: 3 pages" in text
    assert "|  | policytasks | Scrapy | dlt | ours before | policytasks is |" in text
    assert "| boats | 3 s | 1.5 s (× 2.00) | 6 s (× 0.50) | – | behind Scrapy: ours float |" in text
    assert "| piers | 1,234 MB | 2,469 MB (× 0.50) | – | – | ahead |" in text
    assert "(at most 0.10 was the aim): no reason is on record |" in text
    assert "| what is left | a\\|b |" in text
    assert document.list_unexplained([made]) == [("side_by_side.py", "ships")]


def test_a_benchmark_that_fails_is_named_in_the_document(tmp_path: Path) -> None:
    made = bench.run_benchmark("extract.py", [str(tmp_path)])
    assert made.failed == f"{tmp_path}: holds no HTML files; name a folder that does, or none"
    assert f"Not measured: {made.failed}" in document.write_document({}, [made])


def test_some_sections_are_renewed_and_the_others_stay() -> None:
    one, two = (document.Section(f"{name}.py", f"About {name}", name, f"{name} was measured") for name in ("a", "b"))
    there, again = document.write_document({"cores": "2"}, [one, two]), replace(two, when="a day later", failed="lost")
    made = document.replace_sections(there, document.write_document({"cores": "2"}, [again]))
    assert made == document.write_document({"cores": "2"}, [one, again])
    assert document.replace_sections(
        document.write_document({"cores": "2"}, [two]), document.write_document({"cores": "2"}, [one])
    ) == (document.write_document({"cores": "2"}, [two, one]))
    with pytest.raises(ValueError, match="is of another machine"):
        document.replace_sections(there, document.write_document({"cores": "64"}, [again]))


def test_every_benchmark_is_in_the_document() -> None:
    measuring = {path.name for path in PROGRAMS if path.parent.name == "benchmarks"} - {"bench.py", "website.py"}
    assert measuring == set(bench.BENCHMARKS)


def test_a_reason_is_that_of_a_row(ours: side_by_side.Result) -> None:
    rows = {row.what for row in side_by_side.make_rows([{OURS.name: ours}])}
    assert {what for file, what in REASONS if file == "side_by_side.py"} <= rows
    assert {file for file, _ in REASONS} <= set(bench.BENCHMARKS)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_benchmark_says_how_it_is_called(path: Path) -> None:
    peer = next((one for one in PEERS if str(path) in one.program), None)
    if peer and not side_by_side.list_libraries(peer):
        pytest.skip(f"needs {', '.join(peer.libraries)} (make .venv-bench/.ready)")
    python = side_by_side.PEERS_PYTHON if peer else sys.executable
    done = subprocess.run([python, path, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ")


def test_what_is_no_row_is_not_heard() -> None:
    measured, rows, facts = parse_output('\n3 pages\nrow {"what": "a", "unit": "s", "ours": 1, "peers": {}}\nrowing\n')
    assert (measured, [row.what for row in rows], facts) == ("3 pages", ["a"], [])
