"""The release that lies in the repository is what the archive and the rules make, and what it says it is."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import duckdb
import frictionless
import pandas as pd
import pytest

from config.loader import list_dataset_ids
from pipeline.run import preview_run, run_dataset
from pipeline.workspace import Workspace
from publish.releases import read_releases
from publish.storage.disk import Disk
from publish.tables import read_tables
from tests.conftest import CHECKOUT
from transform.content import hash_content

HOME = Workspace(CHECKOUT)
SHELF = CHECKOUT / "data" / "published"
DATASETS = list_dataset_ids(HOME.datasets)
CHONGQING = SHELF / "chengdu-chongqing" / "1.0.0"


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_a_run_over_the_checkout_changes_nothing(dataset_id: str) -> None:
    assert preview_run(HOME, dataset_id).status == "unchanged"


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_made_anew_it_holds_the_same_rows(tmp_path: Path, dataset_id: str) -> None:
    """All but what tells of the versions before; ids can be made anew from nothing only if none was ever kept."""
    committed = read_releases(HOME.shelf, dataset_id).find_newest()
    assert committed is not None
    for folder in ("datasets", "data/raw"):
        shutil.copytree(CHECKOUT / folder, tmp_path / folder)
    run_dataset(Workspace(tmp_path), dataset_id, offline=True)
    anew = read_releases(Disk(tmp_path / "data" / "published"), dataset_id).find_newest()
    assert anew is not None
    tables, again = read_tables(committed), read_tables(anew)
    assert hash_content(tables) == hash_content(again) == committed.descriptor.content_hash.removeprefix("sha256:")
    for name in tables.keys() - {"changes", "id_history"}:
        assert tables[name].to_pylist() == again[name].to_pylist()


def test_every_committed_file_has_its_checksum_and_latest_is_the_newest() -> None:
    for version in SHELF.glob("*/*/SHA256SUMS"):
        for line in version.read_text(encoding="utf-8").splitlines():
            digest, name = line.split("  ")
            assert hashlib.sha256((version.parent / name).read_bytes()).hexdigest() == digest
    for dataset_id in DATASETS:
        newest = read_releases(HOME.shelf, dataset_id).find_newest()
        listing = json.loads((SHELF / dataset_id / "releases.json").read_text(encoding="utf-8"))
        assert newest is not None
        assert listing["latest"] == newest.version
        for path in (SHELF / newest.folder).iterdir():
            assert (SHELF / dataset_id / "latest" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "descriptor", sorted(SHELF.glob("*/*/datapackage.json")), ids=lambda path: "/".join(path.parts[-3:-1])
)
def test_frictionless_accepts_it(descriptor: Path) -> None:
    assert frictionless.validate(str(descriptor)).valid


def test_the_first_release_holds_what_the_report_says() -> None:
    """Held against the report itself, read by a person: the one place where a document's own facts are expected."""
    read = {path.stem: pd.read_parquet(path) for path in CHONGQING.glob("*.parquet")}
    (document,) = read["documents"].to_dict("records")
    assert document["title"] == "The Integrated Development of Chengdu-Chongqing City Cluster`s Roadmap"
    assert document["plan_title"] == (
        "Key Working Plan on Deepening the Sichuan-Chongqing Cooperation to Promote "
        "the Integrated Development of Chengdu-Chongqing City Cluster"
    )
    assert (document["site"], document["byline"], document["credited_source"]) == (
        "iChongqing",
        "Rui Hu",
        "Chongqing Daily",
    )
    assert (str(document["published_date"]), document["language"]) == ("2019-07-16", "en")
    assert read["areas"]["label"].tolist() == [
        f"({n})" for n in ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    ]
    assert read["tasks"]["ordinal"].tolist() == list(range(1, 37))
    assert read["tasks"].groupby("area_id", sort=True).size().tolist() == [3, 5, 3, 3, 5, 8, 3, 4, 2]
    assert read["assignments"].empty
    assert read["bodies"].groupby("kind")["name"].apply(set).to_dict() == {
        "party": {"Sichuan", "Chongqing"},
        "office": {"joint office for cooperative alliance"},
        "team": {
            "strategic planning team",
            "infrastructure team",
            "industrial cooperation team",
            "ecological environment team",
            "open cooperation team",
            "public service team",
        },
    }
    claims = read["claims"].set_index("counted")
    assert claims["stated"].to_dict() == {"tasks": 36, "areas": 9, "teams": 6, "roles": 3}
    assert claims["holds"].all()
    assert read["citations"]["title"].tolist() == [
        '"2+16" Series Cooperation Agreement',
        "Guiding Opinions of the Central Committee of the Communist Party of China and the State Council on Promoting "
        "the Formation of a New Pattern for the Western Development Strategy in the New Era",
        "Chengdu-Chongqing City Cluster Development Plan",
        "Action Plan on Deepening the Sichuan-Chongqing Cooperation to Further Promote the Development of "
        "Yangtze River Economic Belt",
    ]
    assert read["citations"]["years"].dropna().tolist() == ["2018-2022"]
    assert read["changes"]["change"].unique().tolist() == ["added"]


def test_its_spans_and_quotes_stand_in_the_capture() -> None:
    tasks, documents = (pd.read_parquet(CHONGQING / f"{name}.parquet") for name in ("tasks", "documents"))
    (path,) = HOME.raw.rglob(f"{documents['capture_id'][0]}.*")
    text = path.read_bytes().decode("utf-8")
    assert all(text[row["span_start"] : row["span_end"]] == row["text"] for row in tasks.to_dict("records"))


@pytest.mark.parametrize("path", sorted(CHONGQING.glob("*.csv")), ids=lambda path: path.stem)
def test_csv_gives_pandas_and_duckdb_the_rows_of_the_parquet(path: Path) -> None:
    parquet = pd.read_parquet(path.with_suffix(".parquet"))
    by_pandas = pd.read_csv(path, dtype={"label": "str"})
    as_text = parquet.copy()
    if "fetched_at" in as_text:
        as_text["fetched_at"] = as_text["fetched_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert by_pandas.astype("str").to_dict("list") == as_text.astype("str").to_dict("list")
    types = "{'label': 'VARCHAR'}" if "label" in parquet else "{}"
    query = f"from read_csv('{path}', types = {types})" if "label" in parquet else f"from '{path}'"
    database = duckdb.connect()
    left, right = f"({query})", f"(from '{path.with_suffix('.parquet')}')"
    assert database.execute(f"({left} except {right}) union all ({right} except {left})").fetchall() == []
    assert database.execute(f"select count(*) from {left}").fetchone() == (len(parquet),)
