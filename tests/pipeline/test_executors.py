"""Where captures are read makes no difference to what comes out: in this process, in others, on a Dask cluster."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from cli.main import main
from collect.archive import read_captures, store_capture
from collect.records import ArchiveError
from config.models import Source
from pipeline.read.batches import CaptureToRead, read_batch
from pipeline.read.cache import ReadingCache
from pipeline.read.executors import (
    BATCHES_AHEAD,
    IN_PROCESS,
    LOCAL_CLUSTER,
    VARIABLE,
    ExecutorError,
    open_dask_cluster,
    parse_executor,
)
from pipeline.read.reader import BATCH_SIZE, CaptureReader
from pipeline.run import run_dataset
from pipeline.workspace import Workspace
from publish.releases import read_releases
from tests.transform.plans import text_of

NUMBER = BATCH_SIZE + 3
PLACES = ("threads:2", "processes:2", "dask:2")


@pytest.fixture
def home(tmp_path: Path) -> Workspace:
    """Many captures of many sources, none of them read."""
    made = Workspace(tmp_path / "home")
    made.datasets.mkdir(parents=True)
    sources = [{"id": f"town-{number}", "url": f"https://{number}.example/plan"} for number in range(NUMBER)]
    lines = "".join(f"  - {{id: {one['id']}, url: '{one['url']}'}}\n" for one in sources)
    (made.datasets / "towns.yaml").write_text(f"id: towns\ntitle: Towns\nlicence: CC0-1.0\nsources:\n{lines}")
    for number, one in enumerate(sources):
        store_capture(
            made.raw,
            text_of((("Paths", (f"Mark the {number} paths.", "Repair the bridge.")),), None).encode(),
            source_id=one["id"],
            url=one["url"],
            fetched_at=datetime(2021, 3, 1, tzinfo=UTC),
            method="by hand",
            media_type="text/plain",
            encoding="utf-8",
        )
    return made


def wanted(home: Workspace) -> list[tuple[Source, Any, None]]:
    sources = [Source(id=f"town-{number}", url=f"https://{number}.example/plan") for number in range(NUMBER)]
    return [(one, read_captures(home.raw, one.id)[0], None) for one in sources]


def rows_of(home: Workspace) -> dict[str, bytes]:
    """The bytes of every table that was published."""
    published = read_releases(home.shelf, "towns").find_newest()
    assert published is not None
    return {name: published.read_file(f"{name}.parquet") for name in ("documents", "areas", "tasks", "claims")}


def test_the_same_bytes_wherever_the_work_is_done(
    home: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = {}
    for place in ("here", *PLACES):
        monkeypatch.setenv(VARIABLE, place)
        monkeypatch.setenv("POLICYTASKS_CACHE", str(tmp_path / place))
        monkeypatch.setenv("POLICYTASKS_SHELF", str(tmp_path / f"shelf of {place}"))
        if place != "here":  # then nothing is left to read in this process
            monkeypatch.setattr(
                CaptureReader, "_read_plan", lambda *_: pytest.fail("read by the process that gives the work")
            )
        assert run_dataset(home, "towns", offline=True).status == "published"
        came[place] = rows_of(home)
    assert all(one == came["here"] for one in came.values())


@pytest.mark.parametrize("place", PLACES)
def test_each_capture_is_read_once_and_in_batches(home: Workspace, tmp_path: Path, place: str) -> None:
    memory = ReadingCache(tmp_path / "readings.sqlite")
    with parse_executor(place, open_dask_cluster) as hands:
        readings = CaptureReader(home.raw, memory, hands)
        readings.read_ahead(wanted(home))
        assert readings.plans_read == NUMBER
        readings.read_ahead(wanted(home))
        assert readings.plans_read == NUMBER
    assert all(readings.count(source, capture) == 2 for source, capture, _ in wanted(home))
    assert readings.plans_read == NUMBER


def test_a_cluster_that_is_there_already_takes_the_work_and_stays(home: Workspace, tmp_path: Path) -> None:
    there: Any = LocalCluster
    with there(n_workers=1, **LOCAL_CLUSTER) as cluster:
        for again in range(2):
            with parse_executor(f"dask:{cluster.scheduler_address}", open_dask_cluster) as hands:
                readings = CaptureReader(home.raw, ReadingCache(tmp_path / f"{again}.sqlite"), hands)
                readings.read_ahead(wanted(home))
                assert readings.plans_read == NUMBER


def test_where_the_article_says_the_same_the_plan_is_not_read_again(home: Workspace) -> None:
    (source, capture, _), *_ = wanted(home)
    article = CaptureReader(home.raw, ReadingCache()).look(source, capture).article
    told = [
        read_batch(home.raw, [CaptureToRead(source, capture, known)])["found"].to_pylist() for known in (None, article)
    ]
    assert told == [[2], [None]]


def test_a_capture_that_cannot_be_read_is_left_to_whoever_asks(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source, capture, _), other, *_ = wanted(home)
    (home.raw / source.id / capture.file_name).write_text("altered")
    assert read_batch(home.raw, [CaptureToRead(source, capture), CaptureToRead(*other)]).num_rows == 1
    monkeypatch.setenv(VARIABLE, "processes:2")
    with pytest.raises(ArchiveError, match="the raw capture was altered"):
        run_dataset(home, "towns", offline=True)


@pytest.mark.parametrize("place", ["processes:1", "dask:1"])
def test_workers_have_the_rules_before_their_first_batch(place: str) -> None:
    with parse_executor(place, open_dask_cluster) as hands:
        assert list(hands.run_batches(eval, [("'extract.reader' in __import__('sys').modules",)])) == [True]


@pytest.mark.parametrize("place", ["processes:1", "dask:1"])
def test_a_worker_that_ends_is_told_in_one_line(place: str) -> None:
    with (
        parse_executor(place, open_dask_cluster) as hands,
        pytest.raises(ExecutorError, match="a worker ended in the middle"),
    ):
        list(hands.run_batches(os._exit, [(3,)]))


def test_a_scheduler_that_is_not_there_is_told_in_one_line(capsys: pytest.CaptureFixture[str], home: Workspace) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "dask:tcp://127.0.0.1:9")
        patch.setattr("pipeline.read.executors.CONNECT_SECONDS", 1)
        assert main(["publish", "--direct", "--offline", "--home", str(home.root)]) == 1
    said = capsys.readouterr().err
    assert "POLICYTASKS_WORK: no Dask scheduler answers at tcp://127.0.0.1:9" in said
    assert "Traceback" not in said


def test_few_batches_are_under_way_and_their_order_is_kept() -> None:
    begun: list[int] = []
    with parse_executor("threads:2", open_dask_cluster) as hands:
        for number, _ in enumerate(hands.run_batches(begun.append, [(one,) for one in range(20)])):
            assert len(begun) <= number + 2 * BATCHES_AHEAD
        assert sorted(begun) == list(range(20))


@pytest.mark.parametrize("setting", ["", "here"])
def test_nothing_is_read_ahead_where_there_is_but_one(setting: str) -> None:
    assert parse_executor(setting, open_dask_cluster) is IN_PROCESS
    assert not IN_PROCESS.is_parallel


@pytest.mark.parametrize("setting", ["everywhere", "threads", "threads:0", "processes:-1", "dask:host:8786", "dask: 2"])
def test_a_setting_that_names_no_place_is_misuse(
    setting: str, home: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, setting)
    assert main(["publish", "--direct", "--home", str(home.root)]) == 2
    assert capsys.readouterr().err == (
        f"policytasks: POLICYTASKS_WORK: {setting!r} is no place of work; "
        "write here, threads:4, processes:4, dask:4, or dask:tcp://host:8786\n"
    )
