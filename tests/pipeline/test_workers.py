"""A document that reaches a limit, or that this program fails at, is one document that cannot be read."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collect.records import ArchiveError, lock_file
from collect.transfer import MAX_BYTES
from config.models import Source
from pipeline.read import documents, workers
from pipeline.read.cache import ReadingCache
from pipeline.read.reader import CaptureReader, hash_inputs
from pipeline.read.workers import WORKERS, ReadingError, WorkerPool, limit_seconds
from tests.conftest import FIXTURES, Desk, Site, run_command

# Stands in place of `pipeline.read.documents` in the workers of a test.
DOCUMENTS = """
    import fcntl, os, re, signal, struct, sys, time
    from collect.records import ArchiveError
    KEPT = []

    def add(one, other): return one + other
    def identify(): return os.getpid()
    def list_environment(): return dict(os.environ)
    def keep(count): KEPT.append(bytearray(count)); return sum(map(len, KEPT))
    def fail(): return {}["tasks"]
    def refuse(): raise ArchiveError("is missing", "data/raw/x", "restore it")
    def recurse(): return recurse()
    def loop():
        while True: pass
    def match(): return re.match("(a+)+b", "a" * 60)
    def sleep(): time.sleep(3600)
    def lock_and(path, function):
        KEPT.append(open(path, "w"))
        fcntl.flock(KEPT[-1], fcntl.LOCK_EX)
        KEPT[-1].write("locked")
        KEPT[-1].flush()
        globals()[function]()
    def die(number): os.kill(os.getpid(), number)
    def fill(count): return bytes(count)
    def refuse_at_length(): raise ArchiveError("x" * 10_000_000)
    def fail_at_length(): raise KeyError("x" * 10_000_000)
    def answer_with_a_function(): return lambda: None
    def stop_in_the_middle():
        os.write(int(sys.argv[1]), struct.pack("!i", 1_000) + b"half an answer")
        os.kill(os.getpid(), signal.SIGSTOP)
    def answer_without_end():
        os.write(int(sys.argv[1]), struct.pack("!i", 2_000_000_000))
        while True: os.write(int(sys.argv[1]), bytes(65_536))
"""


def replace_documents(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have new workers find this code in place of `pipeline.read.documents`."""
    package = folder / "read"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "documents.py").write_text(textwrap.dedent(code))
    for module in ("workers", "worker", "cache"):
        (package / f"{module}.py").symlink_to(Path(workers.__file__).parent / f"{module}.py")
    (folder / "sitecustomize.py").write_text(f"import pipeline\npipeline.__path__.insert(0, {str(folder)!r})\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *filter(None, sys.path)]))


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerPool]:
    """Workers that call the functions above."""
    replace_documents(tmp_path / "worker", DOCUMENTS, monkeypatch)
    made = WorkerPool()
    yield made
    made.close()


def test_a_worker_is_kept_for_further_calls(pool: WorkerPool) -> None:
    assert pool.call("add", 1, 2) == 3
    assert pool.call("identify") == pool.call("identify") != os.getpid()


def test_a_worker_has_no_secret_of_our_environment(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ("AWS_SECRET_ACCESS_KEY", "POLICYTASKS_SMTP", "POLICYTASKS_SHELF", "OUR_HOOK", "https_proxy")
    for name in secrets:
        monkeypatch.setenv(name, "hunter2")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    environment = pool.call("list_environment")
    assert environment["LC_ALL"] == "C.UTF-8"
    assert environment["PATH"] == os.environ["PATH"]
    assert not {*secrets} & environment.keys()
    if sys.platform == "linux":
        assert b"hunter2" not in Path(f"/proc/{pool.call('identify')}/environ").read_bytes()


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
    message = "does not end within 3 seconds" if function == "sleep" else "takes more than 1 seconds"
    with pytest.raises(ReadingError, match=message) as error:
        pool.call(function, seconds=1)
    assert error.value.is_lasting is (function != "sleep")  # a busy machine may be late too
    assert pool.call("add", 1, 2) == 3


@pytest.mark.parametrize(("number", "is_lasting"), [(signal.SIGSEGV, True), (signal.SIGKILL, False)])
def test_a_worker_that_ends_is_one_line(pool: WorkerPool, number: signal.Signals, is_lasting: bool) -> None:
    pool.call("add", 1, 2)
    with pytest.raises(ReadingError, match=rf"the process that reads it ended \({number.name}\)") as error:
        pool.call("die", int(number))
    assert error.value.is_lasting is is_lasting


def test_a_process_that_does_not_start_says_nothing_of_the_document(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "WORKER_PROGRAM", "pipeline.read.no_such_program")
    with pytest.raises(ReadingError, match=r"the process that reads it ended \(status 1\)") as error:
        pool.call("add", 1, 2)
    assert not error.value.is_lasting


def test_an_answer_has_a_limit_of_size(pool: WorkerPool, tmp_path: Path) -> None:
    assert len(pool.call("fill", workers.ANSWER_BYTES - 1_000)) == workers.ANSWER_BYTES - 1_000
    for function, arguments in (("fill", (workers.ANSWER_BYTES,)), ("answer_without_end", ())):
        with pytest.raises(ReadingError, match=r"^what is read of it has more than 160 MB$"):
            pool.call(function, *arguments)
    with pytest.raises(ReadingError, match=r"^x{2000}…$"):
        pool.call("refuse_at_length")
    with pytest.raises(ReadingError, match=r"a defect of this program \(KeyError: 'x{199}, in pipeline\.read"):
        pool.call("fail_at_length")
    (report,) = (tmp_path / "state" / "defects").iterdir()
    assert report.stat().st_size <= workers.TRACEBACK_LENGTH
    with pytest.raises(ReadingError, match=r"a defect of this program \(.*lambda"):
        pool.call("answer_with_a_function")
    assert pool.call("add", 1, 2) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not stop processes")
def test_a_worker_that_is_stopped_is_not_waited_for(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = pool.call("identify")
    monkeypatch.setattr(workers, "PATIENCE", 2.0)
    with pytest.raises(ReadingError, match="does not end within 2 seconds"):
        pool.call("stop_in_the_middle", seconds=1)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    pid = pool.call("identify", seconds=60)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(ReadingError, match="does not end within 2 seconds") as error:
        pool.call("add", bytes(10_000_000), b"", seconds=1)  # more than a pipe holds: it cannot even be sent
    assert not error.value.is_lasting


def test_a_failure_counts_within_the_limits_in_force_only(
    desk: Desk, report: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture, source = desk.capture(report), Source(id="harbour-2021", url=desk.url)
    with monkeypatch.context() as patch:
        patch.setattr(workers, "ANSWER_BYTES", 100)
        patch.setattr(WORKERS, "call", fail_by_size)
        assert CaptureReader(desk.home.raw, ReadingCache()).inspect(source, capture).failure == "more than 100 bytes"
        patch.setattr(WORKERS, "call", lambda *_, **__: pytest.fail("the failure is known"))
        assert CaptureReader(desk.home.raw, ReadingCache()).inspect(source, capture).failure is not None
    assert CaptureReader(desk.home.raw, ReadingCache()).inspect(source, capture).failure is None
    for name in ("MEMORY_BYTES", "SECONDS", "SECONDS_PER_MILLION_BYTES", "MOST_SECONDS"):
        key = hash_inputs(source, capture)
        monkeypatch.setattr(workers, name, getattr(workers, name) + 1)
        assert hash_inputs(source, capture) != key


def fail_by_size(*_: object, **__: object) -> None:
    raise ReadingError(f"more than {workers.ANSWER_BYTES} bytes")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of this kind")
def test_a_failure_within_less_memory_than_a_worker_should_have_is_not_lasting(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    limits = {resource.RLIMIT_AS: (10**12, 600_000_000)}
    actual = resource.getrlimit
    monkeypatch.setattr(resource, "getrlimit", lambda kind: limits.get(kind) or actual(kind))
    with pytest.raises(ReadingError, match="more than 600 MB of memory") as error:
        pool.call("keep", 2_000_000_000)
    assert not error.value.is_lasting


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


@pytest.mark.parametrize(
    ("function", "watch"),
    [
        ("loop", ""),
        ("match", ""),
        ("loop", "import fcntl; del fcntl.F_SETSIG"),  # as where only a thread can watch
    ],
)
@pytest.mark.skipif(not hasattr(fcntl, "F_SETSIG"), reason="only Linux ends a worker that is in C")
@pytest.mark.usefixtures("pool")
def test_a_worker_ends_soon_after_its_parent_was_killed_whatever_it_does(
    tmp_path: Path, function: str, watch: str
) -> None:
    with (tmp_path / "worker" / "sitecustomize.py").open("a") as file:
        file.write(watch)
    path = tmp_path / "lock"
    code = f"from pipeline.read.workers import WORKERS; WORKERS.call('lock_and', {str(path)!r}, {function!r})"
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        deadline = time.monotonic() + 30
        while not (path.exists() and path.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        with path.open() as file:
            with pytest.raises(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            parent.kill()
            lock_file(file.fileno(), 10)  # half of what the worker may take; raises TimeoutError while it lives


def test_a_larger_document_has_more_time_up_to_two_minutes_or_ten_by_the_clock() -> None:
    assert limit_seconds(0) == 20
    assert limit_seconds(5_000_000) == 70
    assert limit_seconds(10_000_000) == limit_seconds(MAX_BYTES) == limit_seconds(10**12) == 120
    assert limit_seconds(10**12) * workers.PATIENCE == 600


# Reads documents as the product does, but for a mark in them that makes it fail in one of the ways there are.
FAILING_DOCUMENTS = f"""
    import importlib.util, os
    spec = importlib.util.spec_from_file_location("documents_of_the_product", {documents.__file__!r})
    product = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(product)

    def fail(content):
        if b"LOOP" in content:
            while True: pass
        if b"FILL" in content: bytearray(2_000_000_000)
        if b"DIE" in content: os.kill(os.getpid(), 11)
        if b"BUG" in content: {{}}["no such key"]

    def inspect_document(document): fail(document.content); return product.inspect_document(document)
    def read_document(document, *more): fail(document.content); return product.read_document(document, *more)
    def read_plan_only(document): fail(document.content); return product.read_plan_only(document)
    def find_document_links(content, *more): fail(content); return product.find_document_links(content, *more)
    read_text = product.read_text
"""
DATASET = """\
id: harbour
title: Tasks of the harbour towns
licence: CC-BY-4.0
delay: 0
sources:
  - {{id: good, url: '{site}/good'}}
  - {{id: other, url: '{site}/other'}}
"""


@pytest.fixture
def failing_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    WORKERS.close()
    replace_documents(tmp_path / "worker", FAILING_DOCUMENTS, monkeypatch)
    monkeypatch.setattr(workers, "SECONDS", 2.0)
    monkeypatch.setattr(workers, "PATIENCE", 60.0)  # on a busy machine a worker takes seconds to start
    yield
    WORKERS.close()


@pytest.mark.usefixtures("failing_workers")
@pytest.mark.parametrize("content", [b"<html><p>LOOP", b"<rss><channel>LOOP"], ids=["page", "feed"])
def test_what_is_to_be_added_is_read_within_limits(desk: Desk, site: Site, content: bytes) -> None:
    url = site.page("/other", content)
    done = desk.run("add", url, "--dataset", "new", "--write")
    assert (done.returncode, done.stderr) == (1, f"policytasks: {url}: reading it takes more than 2 seconds\n")
    assert not (desk.home.datasets / "new.yaml").exists()


@pytest.mark.usefixtures("failing_workers")
def test_a_file_that_cannot_be_extracted_is_named(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(b"<html><p>LOOP")
    done = run_command("extract", str(path))
    assert (done.returncode, done.stderr) == (1, f"policytasks: {path}: reading it takes more than 2 seconds\n")


@pytest.mark.usefixtures("failing_workers")
@pytest.mark.parametrize("setting", ["here", "processes:2"])
@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        (b"LOOP", "reading it takes more than 2 seconds"),
        (b"FILL", "reading it takes more than 1,400 MB of memory"),
        (b"DIE", "the process that reads it ended (SIGSEGV)"),
        (b"BUG", "reading it meets a defect of this program (KeyError: 'no such key'"),
    ],
)
def test_a_document_that_cannot_be_read_is_its_sources_state_and_the_others_are_published(
    desk: Desk, site: Site, mark: bytes, reason: str, setting: str
) -> None:
    page = (FIXTURES / "harbour-towns.html").read_bytes()
    site.page("/good", page)
    site.page("/other", page.replace(b"ferries", b"boats"))
    desk.write_dataset(DATASET.format(site=site.url))
    assert desk.run("publish", "--direct", POLICYTASKS_WORK=setting).returncode == 0
    site.page("/good", page.replace(b"Train teachers together", b"Train pilots together"))
    site.page("/other", page.replace(b"Train teachers together", mark))
    for _ in range(2):  # the second time it is known
        done = desk.run("publish", "--direct", POLICYTASKS_WORK=setting)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        sources = json.loads((desk.shelf / "harbour" / "sources.json").read_text())["sources"]
        assert [(row["source_id"], row["state"]) for row in sources] == [("good", "active"), ("other", "broken")]
        assert f"a page came that cannot be read: {reason}" in sources[1]["why"]
    tasks = (desk.shelf / "harbour" / "latest" / "tasks.csv").read_text(encoding="utf-8-sig")
    assert "Train pilots together" in tasks
    assert "boats" in tasks
    site.page("/other", page.replace(b"Train teachers together", b"Train nurses together"))
    assert desk.run("publish", "--direct", POLICYTASKS_WORK=setting).returncode == 0
    assert "Train nurses together" in (desk.shelf / "harbour" / "latest" / "tasks.csv").read_text(encoding="utf-8-sig")
