from __future__ import annotations

import json
import subprocess
from pathlib import Path

from publish.locking import lock_dataset
from publish.release import METADATA_FILES, publish_release, write_release
from publish.releases import Release, read_releases
from publish.storage.disk import Disk
from publish.tables import read_tables
from tests.publish.releases import NOW, PLAIN, draft_of
from tests.transform.plans import PLAN, after, announced
from transform.checks import CHECKS
from transform.draft import draft_release
from transform.models import Draft
from transform.schema import TABLES


def publish(folder: Path, draft: Draft) -> Release:
    with lock_dataset(Disk(folder), "towns") as releases:
        return publish_release(releases, PLAIN, draft, NOW, problems={}).read(str(draft.version))


def test_the_same_draft_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write_release(tmp_path / name, PLAIN, draft_of(PLAIN), NOW, problems={})
    written = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "other")]
    assert written[0] == written[1]
    assert set(written[0]) >= {f"{name}.{kind}" for name in TABLES for kind in ("csv", "parquet")} | set(METADATA_FILES)


def test_the_checksums_name_every_other_file(tmp_path: Path) -> None:
    write_release(tmp_path, PLAIN, draft_of(PLAIN), NOW, problems={})
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
    named = {line.split("  ")[1] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()}
    assert named == {path.name for path in tmp_path.iterdir()} - {"SHA256SUMS"}


def test_what_changed_is_described_in_words(tmp_path: Path) -> None:
    first = draft_release(PLAIN, [announced()])
    publish(tmp_path, first)
    (ferries, listed), schools = PLAN
    draft = after(first, announced(((ferries, (listed[0], "Build a harbour for night ferries.")), schools)))
    published = publish(tmp_path, draft)
    text = published.read_file("CHANGES.md").decode()
    assert "`towns/t02`, text: “Build a ~~pier~~ **harbour** for night ferries.”" in text
    assert published.descriptor.change_summary == "1 task reworded"


def test_the_outcome_of_every_check_is_published(tmp_path: Path) -> None:
    checks = json.loads(publish(tmp_path, draft_of(PLAIN)).read_file("checks.json"))
    assert {check["name"]: check["passed"] for check in checks["checks"]} == dict.fromkeys(CHECKS, True)
    assert [claim["holds"] for claim in checks["claims"]] == [True, True]


def test_tables_come_back_as_they_were_put(tmp_path: Path) -> None:
    draft = draft_of(PLAIN)
    publish(tmp_path, draft)
    newest = read_releases(Disk(tmp_path), "towns").find_newest()
    assert newest is not None
    assert {name: table.to_pylist() for name, table in read_tables(newest).items()} == {
        name: table.to_pylist() for name, table in draft.tables.items()
    }
