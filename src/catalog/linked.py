"""What pages are, after schema.org, as JSON-LD: descriptors of versions in, plain dictionaries out.

Addresses begin with `root`, the way from the page to the site's root or the root's own address: a relative one counts
from the page that it stands in, as JSON-LD within HTML has it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from catalog import preview
from publish.about import NOBODY_NAMED, stated, web_address
from publish.data_catalog import DESCRIPTION, TITLE

Shown = Mapping[str, Any]
CONTEXT = "https://schema.org/"
# The longest description that search engines for datasets take.
MOST_DESCRIBED = 5000
# Signs by which a text could end the element that holds it, or a line of a script.
ESCAPES = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def script_json(value: Any) -> Markup:
    """JSON that can stand within a script element, whatever texts it holds."""
    return Markup(json.dumps(value, ensure_ascii=False).translate(ESCAPES))  # noqa: S704 (escaped here)


def home_page(descriptors: Sequence[Shown], root: str) -> dict[str, Any]:
    """The catalogue and its datasets."""
    return {
        "@context": CONTEXT,
        **_catalog(root),
        "description": DESCRIPTION,
        **_pictured(root, root),
        "isAccessibleForFree": True,
        "dataset": [_named(one, root) for one in descriptors],
    }


def dataset_page(said: Shown, root: str, version: str | None) -> dict[str, Any]:
    """A dataset as its newest version has it, or where `version` is given, that version."""
    own = f"{root}{said['name']}/"
    page = f"{own}versions/{version}/" if version else own
    makers, publishers = _people(said, "author", "creator"), _people(said, "publisher")
    return stated(
        {
            "@context": CONTEXT,
            "@type": "Dataset",
            "@id": page,
            "url": page,
            "name": said["title"] if version is None else f"{said['title']} {version}",
            "description": _told(said),
            **_pictured(root, own),
            "identifier": said["contentHash"] if version else said["name"],
            "version": said["version"],
            "license": next((one["path"] for one in said.get("licenses", ())), None),
            "creator": makers,
            "publisher": publishers[0],
            "creditText": _credit(said, makers),
            "datePublished": said["created"] if version else None,
            "dateModified": said["created"],
            "keywords": [word for word in said.get("keywords", ()) if word] or None,
            "inLanguage": list(said.get("languages", ())) or None,
            "temporalCoverage": _period(said.get("temporal")),
            "isAccessibleForFree": True,
            "isPartOf": _named(said, root) if version else None,
            "includedInDataCatalog": _catalog(root),
            "distribution": _files(said, f"{own}{said['version']}/") or None,
        }
    )


def plan_page(said: Shown, document: Shown, name: str, root: str) -> dict[str, Any]:
    """A plan's page, by its name below the root: a work that is based on the article."""
    return stated(
        {
            "@context": CONTEXT,
            "@type": "CreativeWork",
            "@id": root + name,
            "url": root + name,
            "name": document["plan_title"] or document["title"] or document["document_id"],
            "inLanguage": document["language"],
            "isBasedOn": web_address(document["url"]),
            "isAccessibleForFree": True,
            "isPartOf": _named(said, root),
        }
    )


def _pictured(root: str, folder: str) -> dict[str, str]:
    """The picture in a folder, which is there only where the root's own address is known."""
    return {"image": folder + preview.NAME} if urlsplit(root).scheme else {}


def _catalog(root: str) -> dict[str, Any]:
    return {"@type": "DataCatalog", "@id": root, "name": TITLE, "url": root}


def _named(said: Shown, root: str) -> dict[str, Any]:
    """A dataset as others speak of it: with all that a search engine asks of one wherever it meets it."""
    own = f"{root}{said['name']}/"
    licence = next((one["path"] for one in said.get("licenses", ())), None)
    return stated(
        {
            "@type": "Dataset",
            "@id": own,
            "url": own,
            "name": said["title"],
            "description": _told(said),
            "license": licence,
            "creator": _people(said, "author", "creator"),
        }
    )


def _files(said: Shown, folder: str) -> list[dict[str, Any]]:
    """Each file of each table, as far as the version tells of it: those of long ago did not tell of Parquet files."""
    return [
        stated(
            {
                "@type": "DataDownload",
                "name": file["path"],
                "contentUrl": folder + quote(file["path"]),
                "encodingFormat": file["mediatype"],
                "contentSize": f"{file['bytes']} B" if "bytes" in file else None,
                "sha256": str(file.get("hash", "")).removeprefix("sha256:") or None,
            }
        )
        for table in said.get("resources", ())
        for file in (table, *table.get("alternates", ()))
        if "mediatype" in file
    ]


def _people(said: Shown, *roles: str) -> list[dict[str, str]]:
    """Who has one of the roles; all who are named where nobody has."""
    named = said.get("contributors") or [{"title": NOBODY_NAMED.title}]
    having = [one for one in named if set(roles) & set(one.get("roles", ()))]
    return [
        stated({"@type": "Organization", "name": one["title"], "url": web_address(one.get("path"))})
        for one in having or named
    ]


def _credit(said: Shown, makers: Sequence[Mapping[str, str]]) -> str:
    """How to cite it; `citation` would be works to cite beside it."""
    names = "; ".join(one["name"] for one in makers)
    return f"{names} ({str(said['created'])[:4]}). {said['title']}, version {said['version']}. Data set."


def _period(days: Mapping[str, str] | None) -> str | None:
    if days is None:
        return None
    return days["start"] if days["start"] == days["end"] else f"{days['start']}/{days['end']}"


def _told(said: Shown) -> str:
    return str(said.get("description") or said["title"])[:MOST_DESCRIBED]
