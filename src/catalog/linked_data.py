"""What pages are, after schema.org, as JSON-LD: descriptors of versions in, plain dictionaries out.

Addresses begin with `root`, the way from the page to the site's root or the root's own address: a relative one counts
from the page that it stands in, as JSON-LD within HTML has it.
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
# The longest description that search engines for datasets take.
MAX_DESCRIPTION_LENGTH = 5000
# Signs by which a text could end the element that holds it, or a line of a script.
ESCAPES = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def to_script_json(value: Any) -> Markup:
    """JSON that can stand within a script element, whatever texts it holds."""
    return Markup(json.dumps(value, ensure_ascii=False).translate(ESCAPES))  # noqa: S704 (escaped here)


def describe_catalog(descriptors: Sequence[Shown], root: str) -> dict[str, Any]:
    """The catalogue and its datasets."""
    return {
        "@context": CONTEXT,
        **_refer_to_catalog(root),
        "description": DESCRIPTION,
        "isAccessibleForFree": True,
        "dataset": [_refer_to_dataset(one, root) for one in descriptors],
    }


def describe_dataset(descriptor: Shown, root: str, version: str | None) -> dict[str, Any]:
    """A dataset as its newest version has it, or where `version` is given, that version."""
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
            "license": next((one["path"] for one in descriptor.get("licenses", ())), None),
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
    """A plan's page, by its name below the root: a work that is based on the article."""
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
    """A dataset as others speak of it: with all that a search engine asks of one wherever it meets it."""
    own = f"{root}{descriptor['name']}/"
    licence = next((one["path"] for one in descriptor.get("licenses", ())), None)
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
    """Each file of each table, as far as the version tells of it: those of long ago did not tell of Parquet files."""
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
    """Who has one of the roles; all who are named where nobody has."""
    named = descriptor.get("contributors") or [{"title": NOBODY_NAMED.title}]
    having = [one for one in named if set(roles) & set(one.get("roles", ()))]
    return [
        omit_empty({"@type": "Organization", "name": one["title"], "url": to_web_address(one.get("path"))})
        for one in having or named
    ]


def _make_credit(descriptor: Shown, makers: Sequence[Mapping[str, str]]) -> str:
    """How to cite it; `citation` would be works to cite beside it."""
    names = "; ".join(one["name"] for one in makers)
    return (
        f"{names} ({str(descriptor['created'])[:4]}). {descriptor['title']}, version {descriptor['version']}. Data set."
    )


def _format_period(days: Mapping[str, str] | None) -> str | None:
    if days is None:
        return None
    return days["start"] if days["start"] == days["end"] else f"{days['start']}/{days['end']}"


def _description_of(descriptor: Shown) -> str:
    return str(descriptor.get("description") or descriptor["title"])[:MAX_DESCRIPTION_LENGTH]
