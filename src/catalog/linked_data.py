"""JSON-LD of schema.org for search engines: descriptors of versions in, plain dictionaries out.

Addresses begin with `root`: the site's address, or the relative path from the page to the root where it is not known
(JSON-LD in HTML resolves relative addresses against the page).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from publish.data_catalog import DESCRIPTION, TITLE
from publish.metadata import NOBODY_NAMED, omit_empty, to_web_address

Shown = Mapping[str, Any]
CONTEXT = "https://schema.org/"
# The longest description that search engines for datasets accept.
MAX_DESCRIPTION_LENGTH = 5000
# Characters with which a text could end the element that it is in, or a line of a script.
ESCAPES = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})


def to_script_json(value: Any) -> Markup:
    """JSON that is safe within a script element, whatever texts it has."""
    return Markup(json.dumps(value, ensure_ascii=False).translate(ESCAPES))  # noqa: S704 (escaped here)


def describe_catalog(descriptors: Sequence[Shown], root: str) -> dict[str, Any]:
    """The catalogue and its datasets."""
    return {
        "@context": CONTEXT,
        **_refer_to_catalog(root),
        "description": DESCRIPTION,
        "isAccessibleForFree": True,
        "dataset": [_refer_to_dataset(descriptor, root) for descriptor in descriptors],
    }


def describe_dataset(descriptor: Shown, root: str, version: str | None) -> dict[str, Any]:
    """A dataset as its newest version describes it; where `version` is given, that version."""
    own = f"{root}{descriptor['name']}/"
    page = f"{own}versions/{version}/" if version else own
    makers, publishers = _list_people(descriptor, "author", "creator"), _list_people(descriptor, "publisher")
    return omit_empty(
        {
            "@context": CONTEXT,
            "@type": "Dataset",
            "@id": page,
            "url": page,
            "name": descriptor["title"] if version is None else f"{descriptor['title']} {version}",
            "description": _description_of(descriptor),
            "identifier": descriptor["contentHash"] if version else descriptor["name"],
            "version": descriptor["version"],
            "license": next((licence["path"] for licence in descriptor.get("licenses", ())), None),
            "creator": makers,
            "publisher": publishers[0],
            "creditText": _make_credit(descriptor, makers),
            "datePublished": descriptor["created"] if version else None,
            "dateModified": descriptor["created"],
            "keywords": [word for word in descriptor.get("keywords", ()) if word] or None,
            "inLanguage": list(descriptor.get("languages", ())) or None,
            "temporalCoverage": _format_period(descriptor.get("temporal")),
            "isAccessibleForFree": True,
            "isPartOf": _refer_to_dataset(descriptor, root) if version else None,
            "includedInDataCatalog": _refer_to_catalog(root),
            "distribution": _list_files(descriptor, f"{own}{descriptor['version']}/") or None,
        }
    )


def describe_plan(descriptor: Shown, document: Shown, name: str, root: str) -> dict[str, Any]:
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


def _refer_to_dataset(descriptor: Shown, root: str) -> dict[str, Any]:
    """A dataset as a page about something else refers to it, with what search engines require of every dataset."""
    own = f"{root}{descriptor['name']}/"
    licence = next((licence["path"] for licence in descriptor.get("licenses", ())), None)
    return omit_empty(
        {
            "@type": "Dataset",
            "@id": own,
            "url": own,
            "name": descriptor["title"],
            "description": _description_of(descriptor),
            "license": licence,
            "creator": _list_people(descriptor, "author", "creator"),
        }
    )


def _list_files(descriptor: Shown, folder: str) -> list[dict[str, Any]]:
    """Each file of each table that the descriptor lists; early versions do not list Parquet files."""
    return [
        omit_empty(
            {
                "@type": "DataDownload",
                "name": file["path"],
                "contentUrl": folder + quote(file["path"]),
                "encodingFormat": file["mediatype"],
                "contentSize": f"{file['bytes']} B" if "bytes" in file else None,
                "sha256": str(file.get("hash", "")).removeprefix("sha256:") or None,
            }
        )
        for table in descriptor.get("resources", ())
        for file in (table, *table.get("alternates", ()))
        if "mediatype" in file
    ]


def _list_people(descriptor: Shown, *roles: str) -> list[dict[str, str]]:
    """The contributors with one of the roles; all contributors where nobody has one."""
    named = descriptor.get("contributors") or [{"title": NOBODY_NAMED.title}]
    chosen = [person for person in named if set(roles) & set(person.get("roles", ()))] or named
    return [
        omit_empty({"@type": "Organization", "name": person["title"], "url": to_web_address(person.get("path"))})
        for person in chosen
    ]


def _make_credit(descriptor: Shown, makers: Sequence[Mapping[str, str]]) -> str:
    """How to cite a version, for `creditText`: in schema.org, `citation` is for works that it cites."""
    names = "; ".join(maker["name"] for maker in makers)
    return (
        f"{names} ({str(descriptor['created'])[:4]}). {descriptor['title']}, version {descriptor['version']}. Data set."
    )


def _format_period(days: Mapping[str, str] | None) -> str | None:
    if days is None:
        return None
    return days["start"] if days["start"] == days["end"] else f"{days['start']}/{days['end']}"


def _description_of(descriptor: Shown) -> str:
    return str(descriptor.get("description") or descriptor["title"])[:MAX_DESCRIPTION_LENGTH]
