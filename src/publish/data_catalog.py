"""`catalog.json`: the whole shelf after DCAT 3, as JSON-LD, for the harvesters of data portals.

What each dataset's versions say of themselves (`datapackage.json`) comes in; one `dcat:Catalog` goes out. A dataset
keeps one IRI for ever, the address of its folder, and has the files of its newest version that was not withdrawn. Every
version stands under `dcat:hasVersion`, as a member of the series that the dataset is, with its number, date, notes and
status.

A version is a `dcat:Resource`, not a `dcat:Dataset`: a harvester such as CKAN's makes an entry of its portal from
everything that is typed a dataset, and readers of a portal look for one entry a dataset, not for one a version.

Where the address of the site is not known, IRIs are relative and resolve against where the file is served. A harvester
that forgets where it read a file from needs them absolute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from publish.metadata import NOBODY_NAMED, omit_empty, to_web_address

TITLE = "Public plans as open data"
DESCRIPTION = "What public plans announce: their areas and tasks, who has them, and the claims made of them, as tables."

PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "adms": "http://www.w3.org/ns/adms#",
    "spdx": "http://spdx.org/rdf/terms#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# What the values of a property are, where they are not plain text.
KINDS = {
    "dcat:accessURL": "@id",
    "dcat:downloadURL": "@id",
    "dcat:hasCurrentVersion": "@id",
    "dcat:inSeries": "@id",
    "dcat:last": "@id",
    "dcat:isVersionOf": "@id",
    "dcat:previousVersion": "@id",
    "rdfs:seeAlso": "@id",
    "dct:issued": "xsd:dateTime",
    "dct:modified": "xsd:dateTime",
    "dcat:startDate": "xsd:date",
    "dcat:endDate": "xsd:date",
    "dcat:byteSize": "xsd:nonNegativeInteger",
    "spdx:checksumValue": "xsd:hexBinary",
}
CONTEXT: Mapping[str, Any] = PREFIXES | {name: {"@type": kind} for name, kind in KINDS.items()}
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
LANGUAGES = "http://id.loc.gov/vocabulary/iso639-1/"
STATUSES = "http://publications.europa.eu/resource/authority/dataset-status/"
SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"

Descriptor = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """A dataset on the shelf: the descriptors of its versions, oldest first, and why any of them were withdrawn."""

    descriptors: Sequence[Descriptor]
    withdrawn: Mapping[str, str] = field(default_factory=dict)

    @property
    def current(self) -> Descriptor | None:
        """The newest version that was not withdrawn."""
        return next((one for one in reversed(self.descriptors) if one["version"] not in self.withdrawn), None)


def build_catalog(entries: Iterable[DatasetEntry], site: str | None) -> dict[str, Any]:
    """The catalogue of all datasets that have a version; `site` is the shelf's address on the web, if known."""
    shown = [entry for entry in entries if entry.descriptors]
    created = sorted(one["created"] for entry in shown for one in entry.descriptors)
    publishers = {name for entry in shown for name in _list_names(entry.descriptors[-1], "publisher")}
    root = _root_of(site)
    return {
        "@context": CONTEXT,
        **omit_empty(
            {
                "@id": root,
                "@type": "dcat:Catalog",
                "dct:title": TITLE,
                "dct:description": DESCRIPTION,
                "dct:publisher": _describe_agent(publishers.pop() if len(publishers) == 1 else NOBODY_NAMED.title),
                "dct:issued": created[0] if created else None,
                "dct:modified": created[-1] if created else None,
                "foaf:homepage": {"@id": root, "@type": "foaf:Document"},
                "dcat:dataset": [_describe_dataset(entry, root) for entry in shown],
            }
        ),
    }


def versions_in(document: Mapping[str, Any], dataset_id: str, site: str | None) -> tuple[str | None, str | None]:
    """What a catalogue tells of a dataset: its current version, and the highest number ever given; None for neither."""
    nodes = document.get("dcat:dataset") if document.get("@id") == _root_of(site) else ()
    try:
        for node in nodes or ():
            if node.get("dct:identifier") == dataset_id:
                versions = [one["dcat:version"] for one in node.get("dcat:hasVersion", ())]
                return node.get("dcat:version"), versions[0] if versions else None
    except (TypeError, KeyError, AttributeError):
        pass  # it is no catalogue of ours, and is made anew
    return None, None


def _root_of(site: str | None) -> str:
    return f"{site.rstrip('/')}/" if site else "./"


def _describe_dataset(entry: DatasetEntry, root: str) -> dict[str, Any]:
    """A dataset as it is now: what its current version says and holds; no files where all were withdrawn."""
    current = entry.current
    descriptor = current or entry.descriptors[-1]
    iri = f"{root}{descriptor['name']}/"
    page = to_web_address(descriptor.get("homepage")) or iri
    return omit_empty(
        {
            "@id": iri,
            "@type": ["dcat:Dataset", "dcat:DatasetSeries"],
            "dct:identifier": descriptor["name"],
            "dct:title": descriptor["title"],
            "dct:description": descriptor.get("description") or descriptor["title"],
            "dct:issued": entry.descriptors[0]["created"],
            "dct:modified": descriptor["created"],
            "dcat:landingPage": {"@id": page, "@type": "foaf:Document"},
            "dcat:keyword": [word for word in descriptor.get("keywords", ()) if word] or None,
            "dct:publisher": _describe_agent(_list_names(descriptor, "publisher")[0]),
            "dct:creator": [_describe_agent(name) for name in _list_names(descriptor, "author", "creator")],
            "dct:license": _describe_licence(descriptor),
            "dct:language": [
                _describe_iri(f"{LANGUAGES}{code}", "dct:LinguisticSystem") for code in descriptor.get("languages", ())
            ]
            or None,
            "dct:temporal": _describe_period(descriptor.get("temporal")),
            "dct:accrualPeriodicity": _describe_iri(descriptor.get("accrualPeriodicity"), "dct:Frequency"),
            "dcat:version": descriptor["version"] if current else None,
            "adms:versionNotes": descriptor["changeSummary"] if current else None,
            "adms:status": _describe_status(withdrawn=current is None),
            "dcat:last": f"{iri}{current['version']}/" if current else None,
            "dcat:hasCurrentVersion": f"{iri}{current['version']}/" if current else None,
            "dcat:hasVersion": [_describe_version(one, entry, iri) for one in reversed(entry.descriptors)],
            "dcat:distribution": _list_distributions(descriptor, iri) if current else None,
        }
    )


def _describe_version(descriptor: Descriptor, entry: DatasetEntry, iri: str) -> dict[str, Any]:
    number, previous = descriptor["version"], descriptor.get("previousVersion")
    reason = entry.withdrawn.get(number)
    return omit_empty(
        {
            "@id": f"{iri}{number}/",
            "@type": "dcat:Resource",
            "dct:title": f"{descriptor['title']}, version {number}",
            "dct:issued": descriptor["created"],
            "dcat:version": number,
            "dcat:isVersionOf": iri,
            "dcat:inSeries": iri,
            "dcat:previousVersion": f"{iri}{previous}/" if previous else None,
            "adms:versionNotes": descriptor["changeSummary"] if reason is None else f"Withdrawn: {reason}",
            "adms:status": _describe_status(withdrawn=reason is not None),
            "dct:identifier": descriptor["contentHash"],
            "rdfs:seeAlso": f"{iri}{number}/datapackage.json",
        }
    )


def _list_distributions(descriptor: Descriptor, iri: str) -> list[dict[str, Any]]:
    return [
        _describe_distribution(table, file, descriptor, iri)
        for table in descriptor["resources"]
        for file in (table, *table.get("alternates", ()))
    ]


def _describe_distribution(table: Descriptor, file: Descriptor, descriptor: Descriptor, iri: str) -> dict[str, Any]:
    """A file. Its IRI stays from version to version, so that a portal updates what it has; its address does not."""
    path = quote(file["path"])
    address = f"{iri}{descriptor['version']}/{path}"
    return {
        "@id": f"{iri}#{path}",
        "@type": "dcat:Distribution",
        "dct:title": file["path"],
        "dct:description": table["description"],
        "dct:issued": descriptor["created"],
        "dct:license": _describe_licence(descriptor),
        "dcat:accessURL": address,
        "dcat:downloadURL": address,
        # CKAN knows a file's format by the label of a node whose first type is dct:IMT, not by the media type's IRI.
        "dct:format": {"@type": ["dct:IMT", "dct:MediaTypeOrExtent"], "rdfs:label": file["format"].upper()},
        "dcat:mediaType": _describe_iri(f"{MEDIA_TYPES}{file['mediatype']}", "dct:MediaType"),
        "dcat:byteSize": file["bytes"],
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": _describe_iri(SHA256, "spdx:ChecksumAlgorithm"),
            "spdx:checksumValue": file["hash"].removeprefix("sha256:"),
        },
    }


def _list_names(descriptor: Descriptor, *roles: str) -> list[str]:
    """Who has one of the roles in a dataset; all who are named where nobody has."""
    named = descriptor.get("contributors") or [{"title": NOBODY_NAMED.title}]
    having = [one for one in named if set(roles) & set(one.get("roles", ()))]
    return [one["title"] for one in having or named]


def _describe_agent(name: str) -> dict[str, Any]:
    return {"@type": "foaf:Agent", "foaf:name": name}


def _describe_licence(descriptor: Descriptor) -> dict[str, Any] | None:
    """None for a withdrawn version of whose descriptor no more was left than what the listing knew."""
    licence = next(iter(descriptor.get("licenses", ())), None)
    return licence and {"@id": licence["path"], "@type": "dct:LicenseDocument", "rdfs:label": licence["title"]}


def _describe_period(days: Mapping[str, str] | None) -> dict[str, Any] | None:
    if days is None:
        return None
    return {"@type": "dct:PeriodOfTime", "dcat:startDate": days["start"], "dcat:endDate": days["end"]}


def _describe_status(*, withdrawn: bool) -> dict[str, Any]:
    code = "WITHDRAWN" if withdrawn else "COMPLETED"
    return {"@id": f"{STATUSES}{code}", "@type": "skos:Concept", "skos:prefLabel": code.capitalize()}


def _describe_iri(iri: str | None, kind: str) -> dict[str, Any] | None:
    return {"@id": iri, "@type": kind} if iri else None
