"""What has to hold before tables are published, each check by name, with its outcome for people to read.

Keeps the promise that the document's own counts are the test: a release whose claims stopped holding is not published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from transform.schema import TABLES
from transform.tables import Tables

NAMES = ("keys", "references", "values", "tasks-in-every-document", "claims-still-hold")
# Those that a person may accept: the others say that the tables are broken, which nobody's reason mends.
ACCEPTABLE = ("claims-still-hold",)


@dataclass(frozen=True, slots=True)
class Check:
    """A check's name, whether it passed, what was seen, and the reason for which a person accepted that it did not."""

    name: str
    passed: bool
    detail: str
    accepted: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether a release must not be published for this."""
        return not self.passed and self.accepted is None


def run_checks(tables: Tables, previous: Tables | None, accepted: Mapping[str, str]) -> tuple[Check, ...]:
    """Run every check; `accepted` gives the reasons by name of check."""
    rows = {name: table.to_pylist() for name, table in tables.items()}
    old_claims = previous["claims"].to_pylist() if previous and "claims" in previous else []
    found = (
        list(_broken_keys(rows)),
        list(_broken_references(rows)),
        list(_wrong_values(rows)),
        [f"{row['document_id']} has no task" for row in rows["documents"] if not row["task_count"]],
        list(_claims_lost(old_claims, rows["claims"])),
    )
    fine = (
        "every key is there and stands once",
        "every reference leads to a row",
        "every value is of its column's kind",
        f"documents: {len(rows['documents'])}, tasks: {len(rows['tasks'])}",
        _claims_summary(rows["claims"]),
    )
    return tuple(
        Check(name, not broken, "; ".join(broken[:5]) or summary, accepted.get(name) if broken else None)
        for name, broken, summary in zip(NAMES, found, fine, strict=True)
    )


def _broken_keys(rows: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    for table in TABLES.values():
        keys = [tuple(row[part] for part in table.key) for row in rows.get(table.name, ())]
        yield from (f"{table.name}: {key} stands {times} times" for key, times in Counter(keys).items() if times > 1)


def _broken_references(rows: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    for table in TABLES.values():
        for reference in table.foreign_keys:
            known = {row[reference.references] for row in rows[reference.table]}
            for row in rows.get(table.name, ()):
                value = row[reference.column]
                if value is not None and value not in known:
                    yield f"{table.name}.{reference.column}: {value} is not in {reference.table}"


def _wrong_values(rows: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    for table in TABLES.values():
        for column in table.columns:
            for row in rows.get(table.name, ()):
                value = row[column.name]
                if value is None and not column.nullable:
                    yield f"{table.name}.{column.name} is empty"
                elif value == "":
                    yield f"{table.name}.{column.name} is an empty text, which CSV cannot tell from nothing"
                elif value is not None and column.enum and value not in column.enum:
                    yield f"{table.name}.{column.name}: {value!r} is not one of {', '.join(column.enum)}"


def _claims_lost(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[str]:
    held = {row["claim_id"] for row in old if row["holds"]}
    for row in new:
        if row["claim_id"] in held and row["holds"] is False:
            yield f"{row['claim_id']}: says “{row['quote']}”, {row['found']} were found, and it held before"


def _claims_summary(claims: list[dict[str, Any]]) -> str:
    held = sum(row["holds"] is True for row in claims)
    return f"{held} of {len(claims)} claims hold"
