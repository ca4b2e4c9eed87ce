"""A document that reaches a limit, or that this program fails at, is one document that cannot be read."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from collect.records import ArchiveError
from pipeline.read import workers
from pipeline.read.workers import ReadingError, WorkerPool, limit_seconds

# Stands in place of `pipeline.read.documents` in the workers of a test.
DOCUMENTS = """
    import os, re, signal, time
    from collect.records import ArchiveError
    KEPT = []

    def add(one, other): return one + other
    def identify(): return os.getpid()
    def keep(count): KEPT.append(bytearray(count)); return sum(map(len, KEPT))
    def fail(): return {}["tasks"]
    def refuse(): raise ArchiveError("is missing", "data/raw/x", "restore it")
    def recurse(): return recurse()
    def loop():
        while True: pass
    def match(): return re.match("(a+)+b", "a" * 60)
    def sleep(): time.sleep(3600)
    def die(number): os.kill(os.getpid(), number)
"""


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerPool]:
    """Workers that call the functions above."""
    (tmp_path / "read").mkdir()
    (tmp_path / "read" / "__init__.py").write_text("")
    (tmp_path / "read" / "documents.py").write_text(textwrap.dedent(DOCUMENTS))
    start = tmp_path / "sitecustomize.py"
    start.write_text(f"import pipeline\npipeline.__path__.insert(0, {str(tmp_path)!r})\n")
    read = Path(workers.__file__).parent
    (tmp_path / "read" / "workers.py").symlink_to(read / "workers.py")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    made = WorkerPool()
    yield made
    made.close()


def test_a_worker_is_kept_for_further_calls(pool: WorkerPool) -> None:
    assert pool.call("add", 1, 2) == 3
    assert pool.call("identify") == pool.call("identify") != os.getpid()


def test_an_error_of_ours_is_raised_as_it_is(pool: WorkerPool) -> None:
    with pytest.raises(ArchiveError, match=r"^data/raw/x: is missing; restore it$"):
        pool.call("refuse")


def test_a_defect_is_one_line_and_a_traceback_for_a_report(pool: WorkerPool, tmp_path: Path) -> None:
    with pytest.raises(
        ReadingError, match=r"meets a defect of this program \(KeyError: 'tasks'.*please report (.*)$"
    ) as e:
        pool.call("fail")
    (report,) = (tmp_path / "state" / "defects").iterdir()
    assert e.value.fix == f"please report {report}"
    assert 'return {}["tasks"]' in report.read_text()
    with pytest.raises(ReadingError, match="RecursionError"):
        pool.call("recurse")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of this kind")
def test_memory_is_limited_and_what_earlier_documents_left_does_not_count(pool: WorkerPool) -> None:
    with pytest.raises(ReadingError, match=r"more than 1,400 MB of memory"):
        pool.call("keep", 2_000_000_000)
    assert pool.call("keep", 800_000_000) == 800_000_000
    assert pool.call("keep", 800_000_001) == 800_000_001  # in a new worker


@pytest.mark.parametrize("function", ["loop", "match", "sleep"])
def test_time_is_limited_whatever_it_is_spent_with(
    pool: WorkerPool, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PATIENCE", 3.0 if function == "sleep" else 60.0)
    with pytest.raises(ReadingError, match="takes more than 1 seconds") as error:
        pool.call(function, seconds=1)
    assert error.value.is_lasting
    assert pool.call("add", 1, 2) == 3


@pytest.mark.parametrize(("number", "is_lasting"), [(signal.SIGSEGV, True), (signal.SIGKILL, False)])
def test_a_worker_that_ends_is_one_line(pool: WorkerPool, number: signal.Signals, is_lasting: bool) -> None:
    pool.call("add", 1, 2)
    with pytest.raises(ReadingError, match=rf"the process that reads it ended \({number.name}\)") as error:
        pool.call("die", int(number))
    assert error.value.is_lasting is is_lasting


def test_threads_share_a_pool_and_each_call_has_a_worker_of_its_own(pool: WorkerPool) -> None:
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(pool.call("identify"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert pool.call("add", 1, 2) == 3


def test_a_worker_ends_with_the_process_that_started_it(pool: WorkerPool) -> None:
    pid = pool.call("identify")
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_larger_document_has_more_time() -> None:
    assert limit_seconds(0) == 20
    assert limit_seconds(5_000_000) == 70
