"""`croissant.json`: a release as a schema.org Dataset with the Croissant vocabulary on top.

Search engines for data read the schema.org part: title, licence, creators, files. Libraries that load data, such as
mlcroissant, read the rest: the columns of the Parquet files, their types, and the references between tables. The
addresses of the files are relative, so the same bytes are right wherever the folder is served.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.models import Contributor
from publish.citation import to_bibtex
from publish.metadata import CSV_MEDIA_TYPE, PARQUET_MEDIA_TYPE, ReleaseMetadata, omit_empty, to_web_address
from transform.schema import TABLES, Column, TableSpec

# The context with which the specification lets each description begin; readers report any other.
CROISSANT_TERMS = """
    arrayShape citeAs column containedIn equivalentProperty extract field fileProperty fileObject fileSet
    format includes isArray isLiveDataset jsonPath key md5 parentField path recordSet references regex
    repeated replace samplingRate separator source subField transform
"""
CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "name": {"@container": "@language"},
    "description": {"@container": "@language"},
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    **{term: f"cr:{term}" for term in CROISSANT_TERMS.split()},
}
DATA_TYPES = {
    "string": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "datetime": "sc:DateTime",
}
# The name that Croissant uses for Parquet, and the registered one.
PARQUET_FORMATS = ["application/x-parquet", PARQUET_MEDIA_TYPE]


def describe_as_croissant(metadata: ReleaseMetadata) -> dict[str, Any]:
    """The description of a release as JSON-LD."""
    dataset, period = metadata.dataset, metadata.period
    return omit_empty(
        {
            "@context": CONTEXT,
            "@type": "sc:Dataset",
            "conformsTo": "http://mlcommons.org/croissant/1.1",
            "name": dataset.title,
            "description": dataset.description or dataset.title,
            "url": metadata.homepage,
            "version": metadata.version,
            "datePublished": metadata.created.date().isoformat(),
            "dateModified": metadata.created.date().isoformat(),
            "license": metadata.licence.url,
            "creator": [_describe_agent(creator) for creator in metadata.creators],
            "publisher": [_describe_agent(publisher) for publisher in metadata.publishers],
            "keywords": dataset.keywords,
            "inLanguage": metadata.languages,
            "temporalCoverage": f"{period[0]}/{period[1]}" if period else None,
            "isAccessibleForFree": True,
            "isLiveDataset": False,
            "identifier": f"sha256:{metadata.content_hash}",
            "citeAs": to_bibtex(metadata),
            "isBasedOn": [
                omit_empty({"@type": "sc:CreativeWork", "name": title, "url": to_web_address(url)})
                for title, url in metadata.sources
            ],
            "distribution": [file for table in TABLES.values() for file in _list_files(table, metadata)],
            "recordSet": [_describe_record_set(table) for table in TABLES.values()],
        }
    )


def _describe_agent(contributor: Contributor) -> dict[str, Any]:
    url = to_web_address(contributor.path)
    return omit_empty({"@type": "sc:Organization", "name": contributor.title, "url": url})


def _list_files(table: TableSpec, metadata: ReleaseMetadata) -> list[dict[str, Any]]:
    formats: tuple[tuple[str, Any, str], ...] = (
        ("parquet", PARQUET_FORMATS, table.description),
        ("csv", CSV_MEDIA_TYPE, "The same rows as CSV: UTF-8 with a byte-order mark."),
    )
    return [
        {
            "@type": "cr:FileObject",
            "@id": (name := f"{table.name}.{ending}"),
            "name": name,
            "description": description,
            "contentUrl": name,
            "contentSize": f"{metadata.files[name][0]} B",
            "encodingFormat": media_type,
            "sha256": metadata.files[name][1],
        }
        for ending, media_type, description in formats
    ]


def _describe_record_set(table: TableSpec) -> dict[str, Any]:
    keys = [{"@id": f"{table.name}/{name}"} for name in table.key]
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.description,
        "key": keys if len(keys) > 1 else keys[0],
        "field": [_describe_field(column, table) for column in table.columns],
    }


def _describe_field(column: Column, table: TableSpec) -> dict[str, Any]:
    reference = next((key for key in table.foreign_keys if key.column == column.name), None)
    return omit_empty(
        {
            "@type": "cr:Field",
            "@id": f"{table.name}/{column.name}",
            "name": column.name,
            "description": column.description,
            "dataType": DATA_TYPES[column.type],
            "source": _describe_extract(table.name, column.name),
            "references": _describe_extract(reference.table, reference.references) if reference else None,
        }
    )


def _describe_extract(table: str, column: str) -> dict[str, Any]:
    return {"fileObject": {"@id": f"{table}.parquet"}, "extract": {"column": column}}
