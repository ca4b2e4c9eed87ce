"""What pages are, after schema.org, as JSON-LD: descriptors of versions in, plain dictionaries out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from publish.about import stated

Shown = Mapping[str, Any]
# Signs by which a text could end the element that holds it, or a line of a script.
ESCAPES = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def script_json(value: Any) -> Markup:
    """JSON that can stand within a script element, whatever texts it holds."""
    return Markup(json.dumps(value, ensure_ascii=False).translate(ESCAPES))  # noqa: S704 (escaped here)


def home_page(descriptors: Sequence[Shown], site: str | None) -> dict[str, Any]:
    """The catalogue and its datasets."""
    root = _root(site)
    return {
        "@context": "https://schema.org/",
        "@type": "DataCatalog",
        "@id": root,
        "name": "Public plans as open data",
        "url": root,
        "dataset": [
            {"@type": "Dataset", "@id": f"{root}{one['name']}/", "name": one["title"], "description": _told(one)}
            for one in descriptors
        ],
    }


def dataset_page(said: Shown, site: str | None, version: str | None) -> dict[str, Any]:
    """A dataset as its newest version has it, or where `version` is given, that version."""
    root = _root(site)
    own = f"{root}{said['name']}/"
    files = f"{own}{said['version']}/"
    people = [{"@type": "Organization", "name": one["title"]} for one in said.get("contributors", ())]
    return stated(
        {
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "@id": f"{own}versions/{version}/" if version else own,
            "url": f"{own}versions/{version}/" if version else own,
            "name": said["title"] if version is None else f"{said['title']} {version}",
            "description": _told(said),
            "identifier": said["contentHash"],
            "version": said["version"],
            "license": next((one["path"] for one in said.get("licenses", ())), None),
            "creator": people or None,
            "publisher": people[0] if people else None,
            "datePublished": said["created"],
            "keywords": [word for word in said.get("keywords", ()) if word] or None,
            "inLanguage": list(said.get("languages", ())) or None,
            "isAccessibleForFree": True,
            "includedInDataCatalog": {"@type": "DataCatalog", "@id": root, "name": "Public plans as open data"},
            "distribution": [
                {
                    "@type": "DataDownload",
                    "name": file["path"],
                    "contentUrl": files + file["path"],
                    "encodingFormat": file["mediatype"],
                    "contentSize": f"{file['bytes']} B",
                    "sha256": str(file.get("hash", "")).removeprefix("sha256:"),
                }
                for table in said.get("resources", ())
                for file in (table, *table.get("alternates", ()))
                if "mediatype" in file
            ]
            or None,
        }
    )


def plan_page(said: Shown, document: Shown, name: str, site: str | None) -> dict[str, Any]:
    """A plan's page: a work that is based on the article."""
    return stated(
        {
            "@context": "https://schema.org/",
            "@type": "CreativeWork",
            "@id": _root(site) + name,
            "name": document["plan_title"] or document["title"] or document["document_id"],
            "inLanguage": document["language"],
            "isBasedOn": document["url"],
            "isPartOf": {"@type": "Dataset", "@id": f"{_root(site)}{said['name']}/", "name": said["title"]},
        }
    )


def _told(said: Shown) -> str:
    return str(said.get("description") or said["title"])


def _root(site: str | None) -> str:
    return f"{site.rstrip('/')}/" if site else "./"
