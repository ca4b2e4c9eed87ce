"""`datapackage.json`: what a release holds, after the Data Package standard, version 2.

Made from the schema module, so that it cannot say anything else than the tables do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collect.dataset import Dataset
from publish.notes import summary_of_changes
from transform.draft import Draft
from transform.schema import COMING, SCHEMA_VERSION, TABLES, Table

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
RESOURCE_PROFILE = "https://datapackage.org/profiles/2.0/dataresource.json"
# The properties of a descriptor that are the dataset's owner's words.
OWNERS_WORDS = ("title", "description", "homepage", "keywords", "licenses", "contributors")
LICENCES = {
    "CC-BY-4.0": ("Creative Commons Attribution 4.0 International", "https://creativecommons.org/licenses/by/4.0/"),
    "CC0-1.0": ("CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "ODC-BY-1.0": ("Open Data Commons Attribution License 1.0", "https://opendatacommons.org/licenses/by/1-0/"),
}


def describe(
    dataset: Dataset,
    draft: Draft,
    files: Mapping[str, tuple[int, str]],
    created: datetime,
    libraries: Mapping[str, str],
) -> dict[str, Any]:
    """The descriptor of a release.

    `files` gives size in bytes and SHA-256 by file name, `libraries` the versions of what wrote them; `created` is UTC.
    """
    descriptor: dict[str, Any] = {
        "$schema": PROFILE,
        "name": dataset.id,
        **_owners_words(dataset),
        "version": draft.version,
        "created": created.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "sources": [
            {"title": row["title"] or row["url"], "path": row["url"]} for row in draft.tables["documents"].to_pylist()
        ],
        "resources": [_resource(table, files) for table in TABLES.values()],
        "schemaVersion": SCHEMA_VERSION,
        "schemaChangesAhead": list(COMING) or None,
        "previousVersion": draft.previous_version,
        "changeSummary": summary_of_changes(draft),
        "contentHash": f"sha256:{draft.content_hash}",
        "rowCounts": {name: table.num_rows for name, table in draft.tables.items()},
        "writtenWith": dict(libraries),
    }
    return {key: value for key, value in descriptor.items() if value is not None}


def metadata(dataset: Dataset) -> dict[str, Any]:
    """What is said of a dataset whatever its rows are: where it changes, a version with the same rows is due."""
    described = {table.name: (table.description, _table_schema(table)) for table in TABLES.values()}
    return _comparable(_owners_words(dataset) | {"schemaChangesAhead": list(COMING) or None}, described)


def metadata_of(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a version that is published, from its descriptor."""
    resources = {one["name"]: (one.get("description"), one.get("schema")) for one in descriptor["resources"]}
    return _comparable({name: descriptor.get(name) for name in (*OWNERS_WORDS, "schemaChangesAhead")}, resources)


def _comparable(said: Mapping[str, Any], tables: Mapping[str, Any]) -> dict[str, Any]:
    described = {name: [description, schema] for name, (description, schema) in tables.items()}
    found: dict[str, Any] = json.loads(json.dumps({**said, "columns": described}))
    return found


def _owners_words(dataset: Dataset) -> dict[str, Any]:
    title, path = LICENCES.get(dataset.licence, (dataset.licence, f"https://spdx.org/licenses/{dataset.licence}.html"))
    return {
        "title": dataset.title,
        "description": dataset.description or None,
        "homepage": dataset.homepage,
        "keywords": list(dataset.keywords) or None,
        "licenses": [{"name": dataset.licence, "title": title, "path": path}],
        "contributors": [one.model_dump(exclude_none=True, mode="json") for one in dataset.contributors] or None,
    }


def _resource(table: Table, files: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    """A table's CSV as a resource; its Parquet stands under `alternates`, a property of our own.

    As resources of their own the Parquet files would be validated too, and Frictionless' validator finds no size and
    hash for a format that it does not read as a stream.
    """
    return {
        "$schema": RESOURCE_PROFILE,
        "name": table.name,
        "type": "table",
        **_file(f"{table.name}.csv", files),
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": _table_schema(table),
        "alternates": [
            {
                **_file(f"{table.name}.parquet", files),
                "description": "The same rows, with their types.",
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
            }
        ],
    }


def _file(name: str, files: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    size, digest = files[name]
    return {"path": name, "bytes": size, "hash": f"sha256:{digest}"}


def _table_schema(table: Table) -> dict[str, Any]:
    fields = []
    for column in table.columns:
        constraints: dict[str, Any] = {}
        if not column.nullable:
            constraints["required"] = True
        if column.enum:
            constraints["enum"] = list(column.enum)
        if table.key == (column.name,):
            constraints["unique"] = True
        field = {"name": column.name, "type": column.type, "description": column.description}
        fields.append(field | ({"constraints": constraints} if constraints else {}))
    schema: dict[str, Any] = {"fields": fields, "primaryKey": list(table.key), "missingValues": [""]}
    if table.foreign_keys:
        schema["foreignKeys"] = [
            {
                "fields": [key.column],
                "reference": {"resource": "" if key.table == table.name else key.table, "fields": [key.references]},
            }
            for key in table.foreign_keys
        ]
    return schema
