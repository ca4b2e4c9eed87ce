"""A run on a Dask cluster ends within its time limits, whatever becomes of the cluster."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from distributed import Client
from distributed.utils import open_port

from cli.main import main
from flows.cluster import open_task_cluster
from pipeline.read import dask_cluster
from pipeline.read.cache import ReadingCache
from pipeline.read.dask_cluster import ClusterLimits, open_dask_cluster, open_local_cluster
from pipeline.read.executors import VARIABLE, ClusterOpener, ExecutorError, parse_executor
from pipeline.read.reader import CaptureReader
from tests.pipeline.sleeping import touch_and_sleep
from tests.pipeline.towns import NUMBER, list_captures, make_workspace

QUICK = ClusterLimits(connect=10, workers=3, probe=0.8, close=10)


@contextmanager
def run_process(command: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler or a worker in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{command}", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


@contextmanager
def run_scheduler(*options: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler without workers, and its address."""
    port = open_port()
    arguments = ("--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show", *options)
    with run_process("dask_scheduler", *arguments, **environment) as process:
        address = f"tcp://127.0.0.1:{port}"
        client: Any = Client
        with client(address, timeout=60, set_as_default=False):
            yield address, process


@contextmanager
def run_worker(address: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that nobody starts again once it has ended."""
    arguments = (address, "--no-nanny", "--nthreads", "1", "--no-dashboard", *options)
    with run_process("dask_worker", *arguments) as process:
        client: Any = Client
        with client(address, timeout=60, set_as_default=False) as waiting:
            waiting.wait_for_workers(1, timeout=60)
        yield process


def signal_once_touched(process: subprocess.Popen[bytes], number: int, path: Path) -> threading.Thread:
    """Send a signal to a process as soon as a batch is under way."""

    def send() -> None:
        while not path.exists():
            time.sleep(0.05)
        process.send_signal(number)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    return thread


@contextmanager
def listen_in_silence() -> Iterator[str]:
    """An address where connections are taken and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def closed_port() -> Iterator[str]:
    yield f"tcp://127.0.0.1:{open_port()}"


@pytest.mark.parametrize("open_cluster", [open_dask_cluster, open_task_cluster])
def test_a_cluster_without_workers_ends_the_run(open_cluster: Callable[..., Any]) -> None:
    opener: ClusterOpener = partial(open_cluster, limits=QUICK)
    message = f"^{VARIABLE}: the Dask cluster has had no worker for 3 seconds; start workers there"
    with (
        # It imports what a batch needs; while that takes longer than the limit, it would not answer.
        run_scheduler("--preload", "flows.cluster", "--preload", "prefect_dask.client") as (address, _),
        parse_executor(f"dask:{address}", opener) as executor,
        pytest.raises(ExecutorError, match=message),
    ):
        list(executor.run_batches(abs, [(-1,)]))


@pytest.mark.parametrize("open_cluster", [open_dask_cluster, open_task_cluster])
@pytest.mark.parametrize("silent", [listen_in_silence, closed_port])
def test_an_address_where_nobody_answers_ends_the_run(
    open_cluster: Callable[..., Any], silent: Callable[[], AbstractContextManager[str]]
) -> None:
    opener: ClusterOpener = partial(open_cluster, limits=ClusterLimits(connect=1))
    with (
        silent() as address,
        parse_executor(f"dask:{address}", opener) as executor,
        pytest.raises(ExecutorError, match=f"^{VARIABLE}: no Dask scheduler answers at {address} .*; start it there"),
    ):
        list(executor.run_batches(abs, [(-1,)]))


def test_a_cluster_whose_workers_end_before_they_are_ready_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "PRELOADED_MODULES", ("no_such_module",))
    with (
        pytest.raises(ExecutorError, match=r"does not start \(a worker ended before it was ready"),
        open_dask_cluster(1),
    ):
        pass


def test_a_cluster_that_loses_its_last_worker_ends_the_run(tmp_path: Path) -> None:
    flag = tmp_path / "under way"
    with (
        run_scheduler() as (address, _),
        run_worker(address) as worker,
        parse_executor(f"dask:{address}", partial(open_dask_cluster, limits=QUICK)) as executor,
    ):
        signal_once_touched(worker, signal.SIGKILL, flag)
        with pytest.raises(ExecutorError, match="the Dask cluster has had no worker for 3 seconds"):
            list(executor.run_batches(touch_and_sleep, [(str(flag),)]))


def test_a_batch_that_may_not_fail_ends_the_run_with_its_worker(tmp_path: Path) -> None:
    flag = tmp_path / "under way"
    with (
        run_scheduler(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as (address, _),
        run_worker(address) as worker,
        parse_executor(f"dask:{address}", partial(open_dask_cluster, limits=QUICK)) as executor,
    ):
        signal_once_touched(worker, signal.SIGKILL, flag)
        with pytest.raises(ExecutorError, match="a worker ended in the middle of its work"):
            list(executor.run_batches(touch_and_sleep, [(str(flag),)]))


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (signal.SIGKILL, "the connection to the Dask cluster was lost"),
        (signal.SIGSTOP, "the Dask scheduler has not answered for 3 seconds; see that it runs"),
    ],
)
def test_a_scheduler_that_ends_or_hangs_ends_the_run(tmp_path: Path, number: int, message: str) -> None:
    flag = tmp_path / "under way"
    with (
        run_scheduler() as (address, process),
        run_worker(address),
        parse_executor(f"dask:{address}", partial(open_dask_cluster, limits=QUICK)) as executor,
    ):
        signal_once_touched(process, number, flag)
        with pytest.raises(ExecutorError, match=message):
            list(executor.run_batches(touch_and_sleep, [(str(flag),)]))


def test_a_batch_that_never_ends_ends_the_run() -> None:
    limits = ClusterLimits(connect=10, workers=3, probe=0.2, close=10, batch=1)
    with (
        run_scheduler() as (address, _),
        run_worker(address),
        parse_executor(f"dask:{address}", partial(open_dask_cluster, limits=limits)) as executor,
        pytest.raises(ExecutorError, match="has not ended a batch of captures within 1 seconds"),
    ):
        list(executor.run_batches(time.sleep, [(60,)]))


def test_a_batch_may_take_longer_than_the_limits_of_the_cluster_while_there_is_a_worker() -> None:
    limits = ClusterLimits(connect=5, workers=0.2, probe=0.1, close=10)
    with (
        run_scheduler() as (address, _),
        run_worker(address),
        parse_executor(f"dask:{address}", partial(open_dask_cluster, limits=limits)) as executor,
    ):
        assert list(executor.run_batches(time.sleep, [(1.5,)])) == [None]


def test_a_command_whose_workers_all_end_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = make_workspace(tmp_path / "home")
    deadly = tmp_path / "deadly.py"
    deadly.write_text("import os, pipeline.read.reader as it\nit.read_batch = lambda *_: os._exit(1)\n")
    monkeypatch.setattr(dask_cluster, "LIMITS", QUICK)
    with (
        run_scheduler("--preload", "pipeline.read.reader") as (address, _),
        run_worker(address, "--preload", str(deadly)),
    ):
        monkeypatch.setenv(VARIABLE, f"dask:{address}")
        assert main(["publish", "--direct", "--offline", "--home", str(workspace.root)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith(f"policytasks: {VARIABLE}: the Dask cluster has had no worker for 3 seconds; start")
    assert "Traceback" not in "".join(lines)


def test_a_cluster_that_runs_already_takes_the_work_and_stays(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "home")
    with open_local_cluster(1, dask_cluster.LIMITS) as cluster:
        for repetition in range(2):
            with parse_executor(f"dask:{cluster.scheduler_address}", open_dask_cluster) as executor:
                cache = ReadingCache(tmp_path / f"{repetition}.sqlite")
                reader = CaptureReader(workspace.raw, cache, executor)
                reader.read_ahead(list_captures(workspace))
                assert reader.plans_read == NUMBER
