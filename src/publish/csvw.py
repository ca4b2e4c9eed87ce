"""`csv-metadata.json`: the CSV files of a release after the W3C's CSV on the Web.

A program that opens one of the CSV files looks for the metadata under this name beside it. It learns each column's
type, which columns may be empty, and which are keys of which tables.

A foreign key is stated here only if it is never empty: strict validators of the standard want a row for each of its
values, the empty one too. `datapackage.json` and `croissant.json` state all of them.
"""

from __future__ import annotations

import re
from typing import Any

from publish.metadata import ReleaseMetadata, omit_empty
from transform.schema import TABLES, Column, TableSpec

# The byte-order mark is part of the encoding and needs no mention; a reader of UTF-8 has to skip it.
DIALECT = {
    "encoding": "utf-8",
    "delimiter": ",",
    "quoteChar": '"',
    "doubleQuote": True,
    "lineTerminators": ["\r\n"],
    "header": True,
    "headerRowCount": 1,
}
# How cells are written, by the types of the schema.
DATATYPES: dict[str, dict[str, Any]] = {
    "string": {"base": "string"},
    "integer": {"base": "integer"},
    "number": {"base": "double"},
    "boolean": {"base": "boolean", "format": "true|false"},
    "date": {"base": "date", "format": "yyyy-MM-dd"},
    "datetime": {"base": "datetime", "format": "yyyy-MM-ddTHH:mm:ssX"},
}


def describe_as_csvw(metadata: ReleaseMetadata) -> dict[str, Any]:
    """The metadata of a release's CSV files, as one table group."""
    dataset = metadata.dataset
    return omit_empty(
        {
            "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
            "dc:title": dataset.title,
            "dc:description": dataset.description or None,
            "dc:creator": [creator.title for creator in metadata.creators],
            "dc:publisher": [publisher.title for publisher in metadata.publishers],
            "dc:issued": metadata.moment,
            "dc:license": {"@id": metadata.licence.url},
            "dc:language": metadata.languages,
            "dc:identifier": f"sha256:{metadata.content_hash}",
            "schema:version": metadata.version,
            "dialect": DIALECT,
            "null": [""],
            "tables": [_describe_table(table) for table in TABLES.values()],
        }
    )


def _describe_table(table: TableSpec) -> dict[str, Any]:
    filled = {column.name for column in table.columns if not column.nullable}
    keys = [
        {
            "columnReference": [key.column],
            "reference": {"resource": f"{key.table}.csv", "columnReference": [key.references]},
        }
        for key in table.foreign_keys
        if key.column in filled
    ]
    schema = {
        "columns": [_describe_column(column) for column in table.columns],
        "primaryKey": table.key,
        "foreignKeys": keys,
    }
    return {"url": f"{table.name}.csv", "dc:description": table.description, "tableSchema": omit_empty(schema)}


def _describe_column(column: Column) -> dict[str, Any]:
    values = {"format": "|".join(map(re.escape, column.enum))} if column.enum else {}
    return {
        "name": column.name,
        "titles": [column.name],
        "dc:description": column.description,
        "datatype": DATATYPES[column.type] | values,
        "required": not column.nullable,
    }
