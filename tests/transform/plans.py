"""Announced documents and drafts for tests, made from areas and tasks: `announced(PLAN)`, `after(draft, …)`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from config.models import Dataset
from extract.reader import read_plan
from transform.draft import draft_release
from transform.models import AnnouncedDocument, Draft, PreviousRelease

URL = "https://www.harbourtimes.example/plan"

Areas = Sequence[tuple[str, Sequence[str]]]

PLAN: Areas = (
    ("Sharing Ferries", ("Run one timetable for all ferries.", "Build a pier for night ferries.")),
    ("Sharing Schools", ("Open the technical college to all pupils.", "Train teachers together.")),
)
ROMAN = ("I", "II", "III", "IV", "V")


def text_of(areas: Areas, count: int | None = None) -> str:
    """A report of the areas and their tasks, which states their number, or `count`."""
    tasks = sum(len(listed) for _, listed in areas)
    lines = ["Towns Agree on a Plan", "", f"The towns agreed on {count or tasks} tasks in {len(areas)} areas.", ""]
    number = 0
    for label, (title, listed) in zip(ROMAN, areas, strict=False):
        lines.append(f"({label}) {title}")
        for task in listed:
            number += 1
            lines.append(f"{number}. {task}")
    return "\n".join(lines)


def announced(
    areas: Areas = PLAN, count: int | None = None, source_id: str = "towns", advert: str = ""
) -> AnnouncedDocument:
    """The document of such a report; `advert` is text above it."""
    content = (advert + text_of(areas, count)).encode()
    return AnnouncedDocument(
        source_id=source_id,
        url=URL,
        capture_url=URL,
        capture_id=hashlib.sha256(content).hexdigest(),
        fetched_at=datetime(2021, 3, 4, tzinfo=UTC),
        media_type="text/plain",
        encoding="utf-8",
        byte_count=len(content),
        reading_id=hashlib.sha256(content).hexdigest(),
        read=lambda: read_plan(content, "text/plain", URL),
    )


def dataset(**settings: Any) -> Dataset:
    """A dataset with one source; `settings` are further keys of its file."""
    return Dataset.model_validate(
        {
            "id": "towns",
            "title": "Towns",
            "licence": "CC0-1.0",
            "sources": [{"id": "towns", "url": URL}],
            **settings,
        }
    )


def after(draft: Draft, *plans: AnnouncedDocument, **settings: Any) -> Draft:
    """The draft that follows on `draft`, which was published."""
    return draft_release(dataset(**settings), plans, previous(draft), {})


def previous(draft: Draft, **known: Any) -> PreviousRelease:
    """A draft as the previous release of the next one; `known` are further fields of it."""
    version = draft.version or draft.previous_version
    return PreviousRelease(version, draft.tables, {}, reading_ids=draft.reading_ids, **known)
