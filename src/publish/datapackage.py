"""`datapackage.json`: what a release holds, after the Data Package standard, version 2.

Made from the schema module, so that it cannot say anything else than the tables do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from config.models import Contributor, Dataset
from publish.about import CSV_MEDIA_TYPE, PARQUET_MEDIA_TYPE, About, stated, web_address
from transform.schema import SCHEMA_VERSION, TABLES, UPCOMING_CHANGES, Column, TableSpec

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
RESOURCE_PROFILE = "https://datapackage.org/profiles/2.0/dataresource.json"
# What does not follow from the rows.
OWNERS_WORDS = ("title", "description", "homepage", "keywords", "licenses", "contributors", "schemaChangesAhead")
# How the standard allows a licence's name to be written; another is told by its title and address alone.
LICENCE_NAME = re.compile(r"[-a-zA-Z0-9._]+")


def describe(about: About) -> dict[str, Any]:
    """The descriptor of a release. What the standard has no property for stands under names of our own."""
    dataset, period = about.dataset, about.period
    return stated(
        {
            "$schema": PROFILE,
            "name": dataset.id,
            "title": dataset.title,
            "description": dataset.description or None,
            "homepage": about.homepage,
            "version": about.version,
            "created": about.moment,
            "keywords": list(dataset.keywords) or None,
            "licenses": [_licence(about)],
            "contributors": [_contributor(one) for one in about.contributors],
            "sources": [
                stated({"title": title, "path": path if web_address(path) else None}) for title, path in about.sources
            ]
            or None,
            "resources": [_resource(table, about) for table in TABLES.values()],
            "schemaVersion": about.schema_version,
            "schemaChangesAhead": list(about.coming) or None,
            "previousVersion": about.previous_version,
            "changeSummary": about.summary,
            "contentHash": f"sha256:{about.content_hash}",
            "rowCounts": dict(about.rows),
            "languages": list(about.languages) or None,
            "temporal": {"start": period[0].isoformat(), "end": period[1].isoformat()} if period else None,
            "accrualPeriodicity": about.frequency,
            "writtenWith": dict(about.libraries),
        }
    )


def metadata(dataset: Dataset) -> dict[str, Any]:
    """What a release of today says of a dataset whatever its rows are.

    Where it is not what the last version said, a version with the same rows is due.
    """
    blank = About(
        dataset=dataset,
        version="",
        previous_version=None,
        created=datetime.min.replace(tzinfo=UTC),
        content_hash="",
        summary="",
        rows={},
        files={f"{name}.{kind}": (0, "") for name in TABLES for kind in ("csv", "parquet")},
        sources=(),
        languages=(),
        period=None,
        libraries={},
        schema_version=SCHEMA_VERSION,
        coming=UPCOMING_CHANGES,
    )
    return metadata_of(json.loads(json.dumps(describe(blank))))


def metadata_of(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    """What a version says of its dataset whatever its rows are, from its descriptor."""
    columns = {one["name"]: [one.get("description"), one.get("schema")] for one in descriptor["resources"]}
    return {name: descriptor[name] for name in OWNERS_WORDS if name in descriptor} | {"columns": columns}


def _licence(about: About) -> dict[str, Any]:
    licence, name = about.licence, about.dataset.licence
    return stated({"name": name if LICENCE_NAME.fullmatch(name) else None, "title": licence.title, "path": licence.url})


def _contributor(contributor: Contributor) -> dict[str, Any]:
    roles = list(contributor.roles) or None
    return stated({"title": contributor.title, "roles": roles, "path": web_address(contributor.path)})


def _resource(table: TableSpec, about: About) -> dict[str, Any]:
    """A table's CSV as a resource; its Parquet stands under `alternates`, a property of our own.

    As resources of their own the Parquet files would be validated too, and Frictionless' validator finds no size and
    hash for a format that it does not read as a stream.
    """
    return {
        "$schema": RESOURCE_PROFILE,
        "name": table.name,
        "type": "table",
        **_file(f"{table.name}.csv", about),
        "description": table.description,
        "format": "csv",
        "mediatype": CSV_MEDIA_TYPE,
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
        "schema": _table_schema(table),
        "alternates": [
            {
                **_file(f"{table.name}.parquet", about),
                "description": "The same rows, with their types.",
                "format": "parquet",
                "mediatype": PARQUET_MEDIA_TYPE,
            }
        ],
    }


def _file(name: str, about: About) -> dict[str, Any]:
    size, digest = about.files[name]
    return {"path": name, "bytes": size, "hash": f"sha256:{digest}"}


def _table_schema(table: TableSpec) -> dict[str, Any]:
    keys = [
        {
            "fields": [key.column],
            "reference": {"resource": "" if key.table == table.name else key.table, "fields": [key.references]},
        }
        for key in table.foreign_keys
    ]
    return stated(
        {
            "fields": [_field(column, table) for column in table.columns],
            "primaryKey": list(table.key),
            "missingValues": [""],
            "foreignKeys": keys or None,
        }
    )


def _field(column: Column, table: TableSpec) -> dict[str, Any]:
    constraints = stated(
        {
            "required": None if column.nullable else True,
            "enum": list(column.enum) or None,
            "unique": table.key == (column.name,) or None,
        }
    )
    return stated(
        {
            "name": column.name,
            "type": column.type,
            "description": column.description,
            "constraints": constraints or None,
        }
    )
