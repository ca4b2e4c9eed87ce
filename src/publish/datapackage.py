"""`datapackage.json`: a release after the Data Package standard, version 2. The facts about it in, a JSON object out.

What it states about columns comes from the schema that the tables are made with, so both agree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from config.models import Dataset
from publish.metadata import CSV_MEDIA_TYPE, PARQUET_MEDIA_TYPE, ReleaseMetadata, omit_empty, to_web_address
from transform.schema import SCHEMA_VERSION, TABLES, UPCOMING_CHANGES, Column, TableSpec

# The properties that describe a dataset and do not follow from its rows.
DATASET_PROPERTIES = ("title", "description", "homepage", "keywords", "licenses", "contributors", "schemaChangesAhead")
# How the standard lets a licence's name be written; a licence with another name is stated by title and address alone.
LICENCE_NAME = re.compile(r"[-a-zA-Z0-9._]+")


class PropertyChange(NamedTuple):
    """A property of a dataset that two versions state differently; None where one does not state it."""

    name: str
    before: Any
    after: Any


def describe_as_datapackage(metadata: ReleaseMetadata) -> dict[str, Any]:
    """The descriptor of a release. Properties that the standard does not know have names of our own."""
    dataset, period = metadata.dataset, metadata.period
    return omit_empty(
        {
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": dataset.id,
            "title": dataset.title,
            "description": dataset.description or None,
            "homepage": metadata.homepage,
            "version": metadata.version,
            "created": metadata.moment,
            "keywords": dataset.keywords,
            "licenses": [_describe_licence(metadata)],
            "contributors": [
                omit_empty({"title": person.title, "roles": person.roles, "path": to_web_address(person.path)})
                for person in metadata.contributors
            ],
            "sources": [
                omit_empty({"title": title, "path": path if to_web_address(path) else None})
                for title, path in metadata.sources
            ],
            "resources": [_describe_resource(table, metadata) for table in TABLES.values()],
            "schemaVersion": metadata.schema_version,
            "schemaChangesAhead": metadata.upcoming,
            "previousVersion": metadata.previous_version,
            "changeSummary": metadata.summary,
            "contentHash": f"sha256:{metadata.content_hash}",
            "rowCounts": dict(metadata.rows),
            "languages": metadata.languages,
            "temporal": {"start": period[0].isoformat(), "end": period[1].isoformat()} if period else None,
            "accrualPeriodicity": metadata.frequency,
            "writtenWith": dict(metadata.libraries),
        }
    )


def list_dataset_properties(dataset: Dataset) -> dict[str, Any]:
    """The properties of a release made today that do not depend on its rows.

    If they differ from those of the last version, a version is published although the rows are the same.
    """
    created = datetime.min.replace(tzinfo=UTC)
    files = {f"{name}.{kind}": (0, "") for name in TABLES for kind in ("csv", "parquet")}
    blank = ReleaseMetadata(dataset, created, files, SCHEMA_VERSION, UPCOMING_CHANGES)
    return read_dataset_properties(json.loads(json.dumps(describe_as_datapackage(blank))))


def read_dataset_properties(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that a descriptor states about its dataset whatever the rows are."""
    columns = {table["name"]: [table.get("description"), table.get("schema")] for table in descriptor["resources"]}
    return {name: descriptor[name] for name in DATASET_PROPERTIES if name in descriptor} | {"columns": columns}


def list_changed_properties(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[PropertyChange]:
    """What two descriptors state differently about their dataset, by the names of the properties.

    For `columns`, which are long, the change is in the names of the tables whose columns are described otherwise.
    """
    before, after = read_dataset_properties(old), read_dataset_properties(new)
    old_columns, new_columns = before.pop("columns"), after.pop("columns")
    tables = [name for name in {**old_columns, **new_columns} if old_columns.get(name) != new_columns.get(name)]
    changes = [
        PropertyChange(name, before.get(name), after.get(name))
        for name in DATASET_PROPERTIES
        if before.get(name) != after.get(name)
    ]
    if tables:
        in_old, in_new = ([name for name in tables if name in columns] for columns in (old_columns, new_columns))
        changes.append(PropertyChange("columns", in_old, in_new))
    return changes


def _describe_licence(metadata: ReleaseMetadata) -> dict[str, Any]:
    licence, name = metadata.licence, metadata.dataset.licence
    return omit_empty(
        {"name": name if LICENCE_NAME.fullmatch(name) else None, "title": licence.title, "path": licence.url}
    )


def _describe_resource(table: TableSpec, metadata: ReleaseMetadata) -> dict[str, Any]:
    """A table's CSV as a resource, with its Parquet under `alternates`, a property of our own.

    As resources of their own the Parquet files would be validated too, and Frictionless' validator finds no size and
    hash for a format that it does not read as a stream.
    """
    return {
        "$schema": "https://datapackage.org/profiles/2.0/dataresource.json",
        "name": table.name,
        "type": "table",
        **_describe_file(f"{table.name}.csv", metadata),
        "description": table.description,
        "format": "csv",
        "mediatype": CSV_MEDIA_TYPE,
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
        "schema": _describe_table(table),
        "alternates": [
            {
                **_describe_file(f"{table.name}.parquet", metadata),
                "description": "The same rows, with their types.",
                "format": "parquet",
                "mediatype": PARQUET_MEDIA_TYPE,
            }
        ],
    }


def _describe_file(name: str, metadata: ReleaseMetadata) -> dict[str, Any]:
    size, digest = metadata.files[name]
    return {"path": name, "bytes": size, "hash": f"sha256:{digest}"}


def _describe_table(table: TableSpec) -> dict[str, Any]:
    keys = [
        {
            "fields": [key.column],
            "reference": {"resource": "" if key.table == table.name else key.table, "fields": [key.references]},
        }
        for key in table.foreign_keys
    ]
    return omit_empty(
        {
            "fields": [_describe_field(column, table) for column in table.columns],
            "primaryKey": table.key,
            "missingValues": [""],
            "foreignKeys": keys,
        }
    )


def _describe_field(column: Column, table: TableSpec) -> dict[str, Any]:
    unique = table.key == (column.name,) or None
    return omit_empty(
        {
            "name": column.name,
            "type": column.type,
            "description": column.description,
            "constraints": omit_empty({"required": not column.nullable or None, "enum": column.enum, "unique": unique}),
        }
    )
