"""Cached decisions: that a draft has nothing new, and that the pages show what the shelf holds.

Whether a draft has anything new follows from the announced documents, the dataset configuration, the published
versions and the code. So a decision is kept in the reading cache under a hash of these inputs; where a run has the
same inputs, it takes the decision and makes no table and no page. The cache may be deleted at any time; a decision that
is damaged there is made again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

import publish
from catalog.pages import LANGUAGES, RECORD, hash_everything, list_root_files, localise_name
from config.models import Dataset
from pipeline.read.cache import ReadingCache, build_adapter
from pipeline.read.reader import hash_drafting_rules
from pipeline.select import Extracted
from pipeline.workspace import Workspace
from publish.releases import DatasetReleases
from publish.shelf_files import CATALOG
from publish.storage.backend import MissingError
from publish.toolchain import hash_code
from transform.models import AnnouncedDocument, Draft, ReleaseCheck

# The decision that the pages of a dataset show what the shelf holds.
PAGES: TypeAdapter[str] = TypeAdapter(Literal["pages"])


@dataclass(frozen=True, slots=True)
class _NothingNew:
    """The decision that a draft has nothing new, with its checks and notes."""

    checks: tuple[ReleaseCheck, ...]
    notes: tuple[str, ...]


def recall_draft(dataset: Dataset, extracted: Extracted, releases: DatasetReleases) -> Draft | None:
    """The draft without tables of an earlier run that found nothing new in the same inputs; None without one."""
    newest = releases.find_newest()
    key = _hash_draft_inputs(dataset, extracted, releases)
    decision = ReadingCache().get_decision(key, build_adapter(_NothingNew)) if key and newest else None
    if decision is None or newest is None:
        return None
    return Draft(
        version=None,
        previous_version=newest.version,
        tables={},
        checks=decision.checks,
        uncertain=(),
        content_hash="",
        notes=decision.notes,
    )


def remember_draft(dataset: Dataset, extracted: Extracted, draft: Draft, releases: DatasetReleases) -> None:
    """Keep the decision that there is nothing new after the newest version, with the draft's checks and notes."""
    key = _hash_draft_inputs(dataset, extracted, releases)
    if key:
        ReadingCache().put_decision(
            key, build_adapter(_NothingNew), _NothingNew(tuple(draft.checks), tuple(draft.notes))
        )


def are_pages_current(workspace: Workspace, dataset_id: str) -> bool:
    """Whether the pages were brought up to date with exactly this shelf before."""
    key = _hash_pages_inputs(workspace, dataset_id)
    return key is not None and ReadingCache().get_decision(key, PAGES) is not None


def remember_pages(workspace: Workspace, dataset_id: str) -> None:
    """Keep the decision that the pages show what the shelf holds."""
    key = _hash_pages_inputs(workspace, dataset_id)
    if key:
        ReadingCache().put_decision(key, PAGES, "pages")


def _hash_pages_inputs(workspace: Workspace, dataset_id: str) -> str | None:
    """A hash over all that the pages show and over the page files there are; None if a record is missing."""
    storage = workspace.shelf
    digest = hashlib.sha256(
        f"{storage.describe('')} {workspace.site} {hash_everything()} {sorted(storage.list_folders(''))}".encode()
    )
    digest.update(" ".join(sorted(list_root_files(storage))).encode())
    for folder in (localise_name(language, dataset_id) for language in LANGUAGES):
        for name, facts in sorted(storage.list_files(folder).items()):
            digest.update(f"{folder}/{name} {facts.size} {facts.touched}\n".encode())
    try:
        for name in (f"{dataset_id}/{RECORD}", RECORD, CATALOG):
            digest.update(storage.read(name))
    except MissingError:
        return None
    return digest.hexdigest()


def _hash_draft_inputs(dataset: Dataset, extracted: Extracted, releases: DatasetReleases) -> str | None:
    """A hash over all that a draft follows from; None if there is no version yet."""
    if releases.index is None:
        return None
    code = f"{hash_drafting_rules()} {hash_code(publish)}"
    digest = hashlib.sha256(f"{code} {dataset.model_dump_json()} {json.dumps(releases.index.record)}".encode())
    names = [name for name in AnnouncedDocument.__slots__ if name != "read"]
    for document in extracted.announced:
        digest.update(repr([getattr(document, name) for name in names]).encode())
    return digest.hexdigest()
