"""Where captures are read makes no difference to what comes out: in this process, in others, on a Dask cluster."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import main
from pipeline.read import reader
from pipeline.read.cache import ReadingCache, Row
from pipeline.read.dask_cluster import close_quietly, open_dask_cluster
from pipeline.read.executors import BATCHES_AHEAD, IN_PROCESS, VARIABLE, ExecutorError, parse_executor
from pipeline.read.reader import CaptureReader, CaptureToRead, read_batch
from pipeline.run import run_dataset
from pipeline.workspace import Workspace
from publish.releases import read_releases
from tests.pipeline.towns import NUMBER, list_captures, make_workspace

EXECUTORS = ("threads:2", "processes:2", "dask:2")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "home")


def rows_of(workspace: Workspace) -> dict[str, bytes]:
    """The bytes of every table that was published."""
    (release,) = read_releases(workspace.shelf, "towns").read_all()
    return {name: release.read_file(f"{name}.parquet") for name in ("documents", "areas", "tasks", "claims")}


def test_the_same_bytes_wherever_the_work_is_done(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = {}
    for place in ("here", *EXECUTORS):
        monkeypatch.setenv(VARIABLE, place)
        monkeypatch.setenv("POLICYTASKS_CACHE", str(tmp_path / place))
        monkeypatch.setenv("POLICYTASKS_SHELF", str(tmp_path / f"shelf of {place}"))
        if place != "here":  # then nothing is left to read in this process
            monkeypatch.setattr(
                CaptureReader, "_read", lambda *_: pytest.fail("read by the process that gives the work")
            )
        assert run_dataset(workspace, "towns", offline=True).status == "published"
        tables[place] = rows_of(workspace)
    assert all(content == tables["here"] for content in tables.values())


@pytest.mark.parametrize("setting", EXECUTORS)
def test_each_capture_is_read_once_and_in_batches(workspace: Workspace, tmp_path: Path, setting: str) -> None:
    cache = ReadingCache(tmp_path / "readings.sqlite")
    with parse_executor(setting, open_dask_cluster) as executor:
        reader = CaptureReader(workspace.raw, cache, executor)
        reader.read_ahead(list_captures(workspace))
        assert reader.plans_read == NUMBER
        reader.read_ahead(list_captures(workspace))
        assert reader.plans_read == NUMBER
    assert all(reader.count(source, capture) == 2 for source, capture, _ in list_captures(workspace))
    assert reader.plans_read == NUMBER


def test_where_the_article_says_the_same_the_plan_is_not_read_again(workspace: Workspace) -> None:
    (source, capture, _), *_ = list_captures(workspace)
    article = CaptureReader(workspace.raw, ReadingCache()).inspect(source, capture).article
    told = [
        read_batch(workspace.raw, [CaptureToRead(source, capture, known)])["task_count"].to_pylist()
        for known in (None, article)
    ]
    assert told == [[2], [None]]


def test_a_capture_that_cannot_be_read_is_left_to_whoever_asks(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source, capture, _), other, *_ = list_captures(workspace)
    (workspace.raw / source.id / capture.file_name).write_text("altered")
    assert read_batch(workspace.raw, [CaptureToRead(source, capture), CaptureToRead(*other)]).num_rows == 1
    monkeypatch.setenv(VARIABLE, "processes:2")
    result = run_dataset(workspace, "towns", offline=True)
    (failure,) = result.failures
    assert failure.startswith(f"{source.id}: data/raw/{source.id}/{capture.file_name}: the raw capture was altered")
    assert len([status for status in result.source_statuses if status.state == "active"]) == NUMBER - 1


PANDAS = """
import sys
from pathlib import Path
from pipeline.read.cache import ReadingCache
from pipeline.read.dask_cluster import open_dask_cluster
from pipeline.read.executors import parse_executor
from pipeline.read.reader import CaptureReader
from pipeline.workspace import Workspace
from tests.pipeline.towns import list_captures
workspace = Workspace(Path(sys.argv[1]))
with parse_executor("threads:2", open_dask_cluster) as executor:
    reader = CaptureReader(workspace.raw, ReadingCache(), executor)
    reader.read_ahead(list_captures(workspace))
print(reader.plans_read, "pyarrow" in sys.modules, "pandas" in sys.modules)
"""


def test_reading_in_batches_does_not_load_pandas(workspace: Workspace) -> None:
    command = [sys.executable, "-c", PANDAS, str(workspace.root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True)
    assert done.stdout.split() == [str(NUMBER), "True", "False"]


def test_a_batch_holds_each_row_as_it_was_made(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [Row("a", "{}", None, None, None), Row("b", "{“é”}", 3, b"", b"\0x"), Row("c", "{}", 0, b"plan", None)] * 5
    captures = [CaptureToRead(source, capture) for source, capture, _ in list_captures(workspace)][: len(made)]
    rows = iter(made)
    monkeypatch.setattr(reader, "read_row", lambda *_: (next(rows), True))
    table = read_batch(workspace.raw, captures)
    assert [Row(**row) for row in table.to_pylist()] == made
    assert table.validate(full=True) is None
    assert read_batch(workspace.raw, []).num_rows == 0


LOADED_MODULES = """
import sys
from pipeline.read.dask_cluster import open_dask_cluster
from pipeline.read.executors import parse_executor
with parse_executor(sys.argv[1], open_dask_cluster) as executor:
    print(*executor.run_batches(eval, [("'pipeline.read.reader' in __import__('sys').modules",)]))
"""


def test_workers_of_a_cluster_have_loaded_the_reader_before_their_first_batch() -> None:
    command = [sys.executable, "-c", LOADED_MODULES, "dask:1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True)
    assert done.stdout.split() == ["True"]


def test_a_worker_of_a_cluster_that_ends_is_reported_in_one_line() -> None:
    with (
        parse_executor("dask:1", open_dask_cluster) as executor,
        pytest.raises(ExecutorError, match="a worker ended in the middle"),
    ):
        list(executor.run_batches(os._exit, [(3,)]))


def test_an_error_while_a_cluster_closes_hides_no_other() -> None:
    def close() -> None:
        raise AssertionError("can only join a started process")  # as Dask does for a worker that is being restarted

    close_quietly(close)


def test_few_batches_are_under_way_and_their_order_is_kept() -> None:
    begun: list[int] = []
    with parse_executor("threads:2", open_dask_cluster) as executor:
        for number, _ in enumerate(executor.run_batches(begun.append, [(batch,) for batch in range(20)])):
            assert len(begun) <= number + 2 * BATCHES_AHEAD
        assert sorted(begun) == list(range(20))


@pytest.mark.parametrize("setting", ["", "here"])
def test_nothing_is_read_ahead_where_there_is_but_one(setting: str) -> None:
    assert parse_executor(setting, open_dask_cluster) is IN_PROCESS
    assert not IN_PROCESS.is_parallel


@pytest.mark.parametrize(
    "setting",
    [
        "everywhere",
        "threads",
        "threads:0",
        "processes:-1",
        "dask:host:8786",
        "dask: 2",
        "dask:tcp://anna:secret@host:8786",
        "dask:tcp://anna:pa/secret@host:8786",
        "dask:tls://secret@host",
        "dask:tcp://host?secret",
        "dask:http://anna:secret@host",
    ],
)
def test_a_setting_that_names_no_place_is_misuse(
    setting: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, setting)
    assert main(["publish", "--direct", "--home", str(workspace.root)]) == 2
    assert capsys.readouterr().err == (
        "policytasks: POLICYTASKS_WORK: is not an executor; write here, processes:4, dask:4, or dask:tcp://host:8786\n"
    )
