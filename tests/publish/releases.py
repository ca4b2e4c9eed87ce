"""Releases to order, for the tests of what is said of them: a plain one, a Chinese one, and one of hostile texts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from config.models import Contributor, Dataset, Schedule, Source
from extract.reader import read_plan
from publish.metadata import ReleaseMetadata, collect_metadata
from publish.records import Descriptor, ReleaseEntry, to_record
from publish.release import write_release
from publish.storage.backend import CHECKSUMS
from tests.transform.plans import PLAN, Areas, announced, text_of
from transform.draft import draft_release
from transform.models import Draft

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
# An address with a day in it, which is then the day of publication.
URL = "https://www.harbourtimes.example/2021/03/04/plan"
SOURCES = (Source(id="towns", url="https://example.org/plan"),)
HOSTILE = 'It\'s "so"\n\\ } { $1 %&_~^# <script>alert(1)</script> : # - [x]\t@misc{ \x07 𠮷 ?'

PLAIN = Dataset(
    id="towns",
    title="Tasks of the towns",
    description="What the towns agreed on.",
    licence="CC-BY-4.0",
    homepage="https://example.org/towns",
    keywords=("ferries", "schools"),
    contributors=(
        Contributor(title="Ferry Office", roles=("author",), path="https://example.org/ferries"),
        Contributor(title="Towns and Sons", roles=("publisher",)),
    ),
    schedule=Schedule(cron="0 6 * * *", timezone="Asia/Shanghai"),
    sources=SOURCES,
)
CHINESE = Dataset(
    id="huanhu", title="环湖城镇的“重点任务”", licence="CC0-1.0", keywords=("环湖", "任务"), sources=SOURCES
)
STRANGE = Dataset(
    id="strange",
    title=HOSTILE,
    description=HOSTILE,
    licence=HOSTILE,
    homepage=f"https://example.org/{HOSTILE}",
    keywords=(HOSTILE, HOSTILE, ""),
    contributors=(
        Contributor(title=HOSTILE, roles=("creator",), path=f"https://example.org/{HOSTILE}"),
        Contributor(title=HOSTILE, roles=("creator",), path=f"https://example.org/{HOSTILE}"),
    ),
    sources=SOURCES,
)
DATASETS = (PLAIN, CHINESE, STRANGE)
IDS = [dataset.id for dataset in DATASETS]
CONTENT: dict[str, Areas] = {
    "huanhu": (("共享渡轮", ("建设环湖公路。", "打通, 所有“断头路”。")),),
    "strange": (
        ("Sharing } <b>: #", ('Run "one" timetable, }{ for <script>all</script> ferries.', "Build it: # now.")),
    ),
}


def draft_of(dataset: Dataset) -> Draft:
    """The first release of a dataset."""
    areas = CONTENT.get(dataset.id, PLAN)
    plan = read_plan(text_of(areas).encode(), "text/plain", URL)
    return draft_release(dataset, [replace(announced(areas), read=lambda: plan)])


def files_of(dataset: Dataset) -> dict[str, bytes]:
    """Every file of a dataset's first release."""
    with TemporaryDirectory() as folder:
        write_release(Path(folder), dataset, draft_of(dataset), NOW, problems={})
        return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.name != CHECKSUMS}


def metadata_of(dataset: Dataset) -> ReleaseMetadata:
    """What is told of a dataset's first release."""
    return collect_metadata(
        dataset,
        draft_of(dataset),
        NOW,
        {name: (len(content), sha256(content).hexdigest()) for name, content in files_of(dataset).items()},
        {"pyarrow": "1"},
    )


def write_files(folder: Path, dataset: Dataset) -> Path:
    """A folder with every file of a dataset's first release."""
    for name, content in files_of(dataset).items():
        (folder / name).write_bytes(content)
    return folder


def descriptor_of(dataset: Dataset) -> dict[str, Any]:
    """The `datapackage.json` of a dataset's first release."""
    read: dict[str, Any] = json.loads(files_of(dataset)["datapackage.json"])
    return read


def make_listed(version: str = "1.0.0", **fields: Any) -> ReleaseEntry:
    """A version's entry in `releases.json`."""
    required = {"schema_version": "1.0.0", "content_hash": "sha256:", "rows": {}, "files": []}
    listed = {"version": version, "published_at": "2026-11-25T04:32:05Z", "summary": "3 tasks reworded"}
    return to_record(ReleaseEntry, {**required, **listed, **fields})


def make_described(**fields: Any) -> Descriptor:
    """A version's `datapackage.json` that states as little as it can."""
    required = {"schemaVersion": "1.0.0", "changeSummary": "", "contentHash": "x", "rowCounts": {}, "resources": []}
    facts = {"name": "towns", "version": "1.0.0", "title": "Towns", "created": "2026-01-01T00:00:00Z"}
    return to_record(Descriptor, {**required, **facts, **fields})
