"""JSON-LD of schema.org for search engines: descriptors of versions in, plain dictionaries out.

Addresses begin with `root`: the site's address, or the relative path from the page to the root if it is not known
(JSON-LD in HTML resolves relative addresses against the page).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from publish.data_catalog import DESCRIPTION, TITLE, list_contributors
from publish.metadata import omit_empty, to_web_address
from publish.records import Descriptor, Period

CONTEXT = "https://schema.org/"
# The longest description that search engines for datasets accept.
MAX_DESCRIPTION_LENGTH = 5000


def describe_catalog(descriptors: Sequence[Descriptor], root: str) -> dict[str, Any]:
    """The catalogue and its datasets."""
    return {
        "@context": CONTEXT,
        **_refer_to_catalog(root),
        "description": DESCRIPTION,
        "isAccessibleForFree": True,
        "dataset": [_refer_to_dataset(descriptor, root) for descriptor in descriptors],
    }


def describe_dataset(descriptor: Descriptor, root: str, version: str | None) -> dict[str, Any]:
    """A dataset as its newest version describes it; if `version` is given, that version."""
    own = f"{root}{descriptor.name}/"
    page = f"{own}versions/{version}/" if version else own
    makers = _list_people(descriptor, "author", "creator")
    return omit_empty(
        {
            "@context": CONTEXT,
            "@type": "Dataset",
            "@id": page,
            "url": page,
            "name": f"{descriptor.title} {version}" if version else descriptor.title,
            "description": _shorten_description(descriptor),
            "identifier": descriptor.content_hash if version else descriptor.name,
            "version": descriptor.version,
            "license": _locate_licence(descriptor),
            "creator": makers,
            "publisher": _list_people(descriptor, "publisher")[0],
            "creditText": cite_version("; ".join(maker["name"] for maker in makers), descriptor),
            "datePublished": descriptor.created if version else None,
            "dateModified": descriptor.created,
            "keywords": list(filter(None, descriptor.keywords)) or None,
            "inLanguage": list(descriptor.languages) or None,
            "temporalCoverage": _format_period(descriptor.temporal),
            "isAccessibleForFree": True,
            "isPartOf": _refer_to_dataset(descriptor, root) if version else None,
            "includedInDataCatalog": _refer_to_catalog(root),
            "distribution": _list_files(descriptor, f"{own}{descriptor.version}/") or None,
        }
    )


def describe_plan(descriptor: Descriptor, document: Mapping[str, Any], name: str, root: str) -> dict[str, Any]:
    """A plan's page, `name` below the root: a work that is based on the article."""
    return omit_empty(
        {
            "@context": CONTEXT,
            "@type": "CreativeWork",
            "@id": root + name,
            "url": root + name,
            "name": document["plan_title"] or document["title"] or document["document_id"],
            "inLanguage": document["language"],
            "isBasedOn": to_web_address(document["url"]),
            "isAccessibleForFree": True,
            "isPartOf": _refer_to_dataset(descriptor, root),
        }
    )


def _refer_to_catalog(root: str) -> dict[str, Any]:
    return {"@type": "DataCatalog", "@id": root, "name": TITLE, "url": root}


def _refer_to_dataset(descriptor: Descriptor, root: str) -> dict[str, Any]:
    """A dataset as a page about something else refers to it, with what search engines require of every dataset."""
    own = f"{root}{descriptor.name}/"
    return omit_empty(
        {
            "@type": "Dataset",
            "@id": own,
            "url": own,
            "name": descriptor.title,
            "description": _shorten_description(descriptor),
            "license": _locate_licence(descriptor),
            "creator": _list_people(descriptor, "author", "creator"),
        }
    )


def _list_files(descriptor: Descriptor, folder: str) -> list[dict[str, Any]]:
    """Each file of each table that the descriptor lists; early versions do not list Parquet files."""
    return [
        omit_empty(
            {
                "@type": "DataDownload",
                "name": file.path,
                "contentUrl": folder + quote(file.path),
                "encodingFormat": file.mediatype,
                "contentSize": f"{file.bytes} B",
                "sha256": file.hash.removeprefix("sha256:"),
            }
        )
        for table in descriptor.resources
        for file in (table, *table.alternates)
    ]


def _list_people(descriptor: Descriptor, *roles: str) -> list[dict[str, str]]:
    return [
        omit_empty({"@type": "Organization", "name": person.title, "url": to_web_address(person.path)})
        for person in list_contributors(descriptor, *roles)
    ]


def cite_version(names: str, descriptor: Descriptor) -> str:
    """How to cite a version, for `creditText` too: in schema.org, `citation` is for works that it cites."""
    return f"{names} ({descriptor.created[:4]}). {descriptor.title}, version {descriptor.version}. Data set."


def _locate_licence(descriptor: Descriptor) -> str | None:
    return next((licence.path for licence in descriptor.licenses), None)


def _format_period(days: Period | None) -> str | None:
    if days is None:
        return None
    return days.start if days.start == days.end else f"{days.start}/{days.end}"


def _shorten_description(descriptor: Descriptor) -> str:
    return (descriptor.description or descriptor.title)[:MAX_DESCRIPTION_LENGTH]
