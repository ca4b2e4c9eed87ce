"""The draft of a release: everything that the press needs, decided before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from transform.changes import Change, changes_between, columns_differ, content_hash, next_version
from transform.checks import Check, run_checks
from transform.schema import TABLES
from transform.tables import ID_TABLES, Announced, Row, Tables, Uncertain, normalise, to_table


@dataclass(frozen=True, slots=True)
class Draft:
    """What a release would be: `version` is None where nothing changed since `previous_version`."""

    version: str | None
    previous_version: str | None
    tables: Tables
    changes: tuple[Change, ...]
    checks: tuple[Check, ...]
    uncertain: tuple[Uncertain, ...]
    content_hash: str
    metadata_changed: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[Check, ...]:
        """The checks for which this must not be published."""
        return tuple(check for check in self.checks if check.blocks)


def draft_release(
    announced: Sequence[Announced],
    previous: Tables | None,
    previous_version: str | None,
    accepted: Mapping[str, str],
    metadata: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {}),
) -> Draft:
    """Draft a release from plans and the previous release, if any; `accepted` gives reasons by name of check.

    `metadata` is what the previous release said of the dataset, and what this one would.
    """
    normalised = normalise(announced, previous)
    core = dict(normalised.tables)
    old_core = {name: table for name, table in previous.items() if name in core} if previous else None
    changes = changes_between(old_core, core)
    said_before, says = metadata
    said_otherwise = tuple(sorted(name for name in {*said_before, *says} if said_before.get(name) != says.get(name)))
    version = next_version(
        previous_version,
        changes,
        columns_changed=columns_differ(old_core, core),
        metadata_changed=bool(said_otherwise),
    )
    history = list(previous["id_history"].to_pylist()) if previous and "id_history" in previous else []
    history += _retired(previous, core, version or previous_version or "")
    tables = core | {
        "changes": to_table("changes", [asdict(change) for change in changes]),
        "id_history": to_table("id_history", history),
    }
    return Draft(
        version=version,
        previous_version=previous_version,
        tables={name: tables[name] for name in TABLES},
        changes=tuple(changes),
        checks=run_checks(tables, previous, accepted),
        uncertain=normalised.uncertain,
        content_hash=content_hash(core),
        metadata_changed=said_otherwise,
    )


def _retired(previous: Tables | None, core: Tables, version: str) -> list[Row]:
    rows: list[Row] = []
    old = {name: previous[name] for name in ID_TABLES if name in previous} if previous else {}
    for name, table in old.items():
        key = f"{ID_TABLES[name]}_id"
        still = set(core[name][key].to_pylist())
        gone = (old_id for old_id in table[key].to_pylist() if old_id not in still)
        rows.extend(
            {
                "old_id": old_id,
                "new_id": None,
                "version": version,
                "reason": f"no longer in the {name} of its document",
                "score": None,
            }
            for old_id in gone
        )
    return rows
