"""The data of a draft: the documents that go in, and the draft that comes out.

Nothing here loads Arrow: commands that make no tables import this module and start fast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from extract.plan import Plan, Problem

if TYPE_CHECKING:
    from transform.arrow_tables import Tables
    from transform.changes import Change
    from transform.ledger import UncertainMatch

# The checks whose failure a person may accept, with a reason. A failure of any other means that the tables are broken.
ACCEPTABLE = ("claims-still-hold", "rows-stay", "cells-stay-filled", "schema-announced")


@dataclass(frozen=True, slots=True)
class AnnouncedDocument:
    """A document of a dataset: its capture, and the plan that can be read from it.

    `url` is the article's address, `capture_url` the one that the capture was taken from. `place` is the plan's
    jurisdiction, if the dataset's file states it. `reading_id` is a hash over everything that the plan follows from:
    an equal id means an equal plan. `read` reads the plan; it is called only if the document's rows are made again.
    `is_kept`: it cannot be read now, so its rows stay as they are in the previous release, whatever changed.
    """

    source_id: str
    url: str
    capture_url: str
    capture_id: str
    fetched_at: datetime
    media_type: str
    encoding: str | None
    byte_count: int
    reading_id: str
    read: Callable[[], Plan]
    place: str | None = None
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class WithdrawnId:
    """An id that only a withdrawn version had: it is never given to another row."""

    table_name: str
    row_id: str
    fingerprint: str
    version: str
    reason: str


@dataclass(frozen=True, slots=True)
class PreviousRelease:
    """The release that a draft is compared with: the newest that is not withdrawn. Empty if there never was one.

    `version` is None if all are withdrawn; `highest` is the highest number ever given to a version of the dataset.
    `metadata` is what the release states about the dataset, `upcoming` the schema changes that it announced,
    `reading_ids` those of its documents.
    """

    version: str | None = None
    tables: Tables = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    schema_version: str | None = None
    upcoming: tuple[str, ...] = ()
    reading_ids: Mapping[str, str] = field(default_factory=dict)
    highest: str = ""
    withdrawn: tuple[WithdrawnId, ...] = ()

    @property
    def highest_version(self) -> str | None:
        """The number that the next version follows on; None if there never was a version."""
        return self.highest or self.version


@dataclass(frozen=True, slots=True)
class ReleaseCheck:
    """The outcome of a check. `accepted` is the reason for which a person accepted its failure."""

    name: str
    passed: bool
    detail: str
    accepted: str | None = None

    @property
    def is_blocking(self) -> bool:
        """Whether a release must not be published because of this check."""
        return not self.passed and self.accepted is None


@dataclass(frozen=True, slots=True)
class Draft:
    """A release before it is written: `version` is None if nothing changed since `previous_version`.

    `reading_ids` holds, by document, a hash over everything that its rows follow from. `read_problems` holds the
    documents whose rows were made again, with the problems met while reading. `notes` has a line for each decision in
    the dataset's file that has no effect any more. `failing_documents` are those that may be left as they were, so that
    the checks hold which block this draft; none if that is no way out.
    """

    version: str | None
    previous_version: str | None
    tables: Tables
    checks: tuple[ReleaseCheck, ...]
    uncertain: tuple[UncertainMatch, ...]
    content_hash: str
    reading_ids: Mapping[str, str] = field(default_factory=dict)
    read_problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    metadata_changed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    failing_documents: frozenset[str] = frozenset()

    @property
    def blocking_checks(self) -> tuple[ReleaseCheck, ...]:
        """The checks because of which this draft must not be published."""
        return tuple(check for check in self.checks if check.is_blocking)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes since the previous version."""
        from transform.changes import iterate_changes

        return tuple(iterate_changes(self.tables["changes"]))
