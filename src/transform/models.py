"""What goes into a draft and what comes out of one, for those who make no tables: nothing of Arrow is loaded here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from extract.plan import Plan, Problem

if TYPE_CHECKING:
    from transform.arrow_tables import Tables
    from transform.changes import Change
    from transform.ledger import UncertainMatch

# The checks that a person may accept not to hold, with a reason: the others say that the tables are broken, which
# nobody's reason mends.
ACCEPTABLE = ("claims-still-hold", "rows-stay", "cells-stay-filled", "schema-announced")


@dataclass(frozen=True, slots=True)
class AnnouncedDocument:
    """A plan that can be read, and the capture that it is read from.

    `url` is the article's address, `capture_url` the capture's; `place` is the place whose plan it is, where a person
    said so. `reading_id` is a hash over all that the plan follows from: where it is the same, the plan is. `read` gives
    the plan; it is called only where the rows have to be made anew.
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


@dataclass(frozen=True, slots=True)
class Check:
    """A check's name, whether it passed, what was seen, and the reason for which a person accepted that it did not."""

    name: str
    passed: bool
    detail: str
    accepted: str | None = None

    @property
    def is_blocking(self) -> bool:
        """Whether a release must not be published for this."""
        return not self.passed and self.accepted is None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a release would be: `version` is None where nothing changed since `previous_version`.

    `readings` has a hash over all that a document's rows follow from, by document; `read` are the documents whose rows
    were made anew, with the problems met in reading them; `notes` has a line for each decision of a person that has
    nothing to decide any more.
    """

    version: str | None
    previous_version: str | None
    tables: Tables
    checks: tuple[Check, ...]
    uncertain: tuple[UncertainMatch, ...]
    content_hash: str
    reading_ids: Mapping[str, str] = field(default_factory=dict)
    read_problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    metadata_changed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def blocking_checks(self) -> tuple[Check, ...]:
        """The checks for which this must not be published."""
        return tuple(check for check in self.checks if check.is_blocking)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What changed since the previous version."""
        from transform.changes import iterate_changes

        return tuple(iterate_changes(self.tables["changes"]))
