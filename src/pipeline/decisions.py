"""What was decided before: of which plans, after which version, nothing is new; and on which shelf no page is.

Whether a release has anything new follows from what was announced, what a person ordered, the versions there are, and
the rules. Where all of it is the same as at an earlier run, so is the answer, and no table need be made to give it.
What is remembered (`memory.py`) may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

import publish
from catalog.pages import LANGUAGES, RECORD, hash_everything, name_in
from config.models import Dataset
from pipeline.read.batches import hash_code
from pipeline.read.cache import ReadingCache
from pipeline.read.reader import hash_drafting_rules
from pipeline.select import Extracted
from pipeline.workspace import Workspace
from publish import shelf
from publish.shelf import CATALOG
from publish.storage.backend import RELEASE_INDEX, MissingError
from transform.models import AnnouncedDocument, Check, Draft


def recall_draft(home: Workspace, dataset: Dataset, extracted: Extracted) -> Draft | None:
    """The draft of a dataset of which it was decided that nothing is new: its checks and notes, and no tables."""
    newest = shelf.newest(home.shelf, dataset.id)
    key = _compute_draft_key(home, dataset, extracted)
    said = ReadingCache().get_decision(key) if key and newest else None
    if said is None or newest is None:
        return None
    verdict = json.loads(said)
    return Draft(
        version=None,
        previous_version=newest.version,
        tables={},
        checks=tuple(Check(**one) for one in verdict["checks"]),
        uncertain=(),
        content_hash="",
        notes=tuple(verdict["notes"]),
    )


def remember_draft(home: Workspace, dataset: Dataset, extracted: Extracted, draft: Draft) -> None:
    """Put down that after the newest version nothing is new, with what the draft said of it."""
    key = _compute_draft_key(home, dataset, extracted)
    if key:
        said = {"checks": [asdict(one) for one in draft.checks], "notes": draft.notes}
        ReadingCache().put_decision(key, json.dumps(said))


def are_pages_current(home: Workspace, dataset_id: str) -> bool:
    """Whether the pages were brought up to this very shelf before: to its versions, its sources and its datasets."""
    key = _compute_pages_key(home, dataset_id)
    return key is not None and ReadingCache().get_decision(key) is not None


def remember_pages(home: Workspace, dataset_id: str) -> None:
    """Put down that the pages are what the shelf holds."""
    key = _compute_pages_key(home, dataset_id)
    if key:
        ReadingCache().put_decision(key, "pages")


def _compute_pages_key(home: Workspace, dataset_id: str) -> str | None:
    """A hash over all that the pages show, and over the record of them; None where some of it is not there."""
    storage = home.shelf
    digest = hashlib.sha256(
        f"{storage.describe('')} {home.site} {hash_everything()} {sorted(storage.list_folders(''))}".encode()
    )
    for folder in (name_in(lang, dataset_id) for lang in LANGUAGES):
        for name, facts in sorted(storage.list_files(folder).items()):
            digest.update(f"{folder}/{name} {facts.size} {facts.touched}\n".encode())
    try:
        for name in (f"{dataset_id}/{RECORD}", RECORD, CATALOG):
            digest.update(storage.read(name))
    except MissingError:
        return None
    return digest.hexdigest()


def _compute_draft_key(home: Workspace, dataset: Dataset, extracted: Extracted) -> str | None:
    """A hash over all that a draft follows from; None where there is no version yet."""
    try:
        versions = home.shelf.read(f"{dataset.id}/{RELEASE_INDEX}")
    except MissingError:
        return None
    digest = hashlib.sha256(f"{hash_drafting_rules()} {hash_code(publish, ())} {dataset.model_dump_json()}".encode())
    digest.update(versions)
    for one in extracted.announced:
        digest.update(_facts_of(one).encode())
    return digest.hexdigest()


def _facts_of(one: AnnouncedDocument) -> str:
    return json.dumps(
        [
            *(one.source_id, one.url, one.capture_url, one.capture_id, one.fetched_at.isoformat(), one.media_type),
            *(one.encoding, one.byte_count, one.reading_id, one.place),
        ]
    )
