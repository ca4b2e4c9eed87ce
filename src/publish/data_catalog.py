"""`catalog.json`: the whole shelf after DCAT 3, as JSON-LD, for the harvesters of data portals.

The descriptors of each dataset's versions come in; one `dcat:Catalog` goes out. A dataset keeps one IRI for ever, the
address of its folder, and has the files of its newest version that is not withdrawn. Every version is listed under
`dcat:hasVersion`, as a member of the series that the dataset is, with its number, date, notes and status.

A version is a `dcat:Resource`, not a `dcat:Dataset`: a harvester such as CKAN's makes an entry of its portal from
everything of the type dataset, and readers of a portal look for one entry for each dataset, not for each version.

If the address of the site is not known, IRIs are relative to the address of the file. A harvester that does not
remember that address needs them absolute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from publish.metadata import NOBODY_NAMED, omit_empty, to_web_address
from publish.records import DescribedContributor, DescribedFile, Descriptor, Resource, to_record

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
# The types of properties whose values are not plain text.
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


def build_catalog(datasets: Iterable[Sequence[Descriptor]], site: str | None) -> dict[str, Any]:
    """The catalogue of all datasets, each given as the descriptors of its versions, oldest first.

    `site` is the shelf's address on the web, if known. A dataset without a version is omitted.
    """
    shown = [descriptors for descriptors in datasets if descriptors]
    created = [descriptor.created for descriptors in shown for descriptor in descriptors]
    publishers = {name for descriptors in shown for name in _list_names(descriptors[-1], "publisher")}
    root = _to_root(site)
    return omit_empty(
        {
            "@context": CONTEXT,
            "@id": root,
            "@type": "dcat:Catalog",
            "dct:title": TITLE,
            "dct:description": DESCRIPTION,
            "dct:publisher": _describe_agent(publishers.pop() if len(publishers) == 1 else NOBODY_NAMED.title),
            "dct:issued": min(created, default=None),
            "dct:modified": max(created, default=None),
            "foaf:homepage": {"@id": root, "@type": "foaf:Document"},
            "dcat:dataset": [_describe_dataset(descriptors, root) for descriptors in shown],
        }
    )


def read_listed_versions(
    document: Mapping[str, Any], dataset_id: str, site: str | None
) -> tuple[str | None, str | None]:
    """What a catalogue says of a dataset: its current version, and the highest number ever given.

    Both are None if it does not know the dataset, or was not written by `build_catalog` for this site.
    """
    if document.get("@id") != _to_root(site):
        return None, None
    for node in _list_objects(document.get("dcat:dataset")):
        if node.get("dct:identifier") == dataset_id:
            versions = _list_objects(node.get("dcat:hasVersion"))
            return node.get("dcat:version"), versions[0].get("dcat:version") if versions else None
    return None, None


def _list_objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _to_root(site: str | None) -> str:
    return f"{site.rstrip('/')}/" if site else "./"


def _describe_dataset(descriptors: Sequence[Descriptor], root: str) -> dict[str, Any]:
    """A dataset as its newest version that is not withdrawn describes it; no files if all were withdrawn."""
    current = next((descriptor for descriptor in reversed(descriptors) if not descriptor.withdrawn), None)
    descriptor = current or descriptors[-1]
    period = descriptor.temporal
    iri = f"{root}{descriptor.name}/"
    languages = [_describe_iri(f"{LANGUAGES}{code}", "dct:LinguisticSystem") for code in descriptor.languages]
    return omit_empty(
        {
            "@id": iri,
            "@type": ["dcat:Dataset", "dcat:DatasetSeries"],
            "dct:identifier": descriptor.name,
            "dct:title": descriptor.title,
            "dct:description": descriptor.description or descriptor.title,
            "dct:issued": descriptors[0].created,
            "dct:modified": descriptor.created,
            "dcat:landingPage": {"@id": to_web_address(descriptor.homepage) or iri, "@type": "foaf:Document"},
            "dcat:keyword": [word for word in descriptor.keywords if word],
            "dct:publisher": _describe_agent(_list_names(descriptor, "publisher")[0]),
            "dct:creator": [_describe_agent(name) for name in _list_names(descriptor, "author", "creator")],
            "dct:license": _describe_licence(descriptor),
            "dct:language": languages,
            "dct:temporal": period
            and {"@type": "dct:PeriodOfTime", "dcat:startDate": period.start, "dcat:endDate": period.end},
            "dct:accrualPeriodicity": _describe_iri(descriptor.accrual_periodicity, "dct:Frequency"),
            "dcat:version": current and current.version,
            "adms:versionNotes": current and current.change_summary,
            "adms:status": _describe_status(withdrawn=current is None),
            "dcat:last": current and f"{iri}{current.version}/",
            "dcat:hasCurrentVersion": current and f"{iri}{current.version}/",
            "dcat:hasVersion": [_describe_version(version, iri) for version in reversed(descriptors)],
            "dcat:distribution": current
            and [
                _describe_distribution(table, file, current, iri)
                for table in current.resources
                for file in (table, *table.alternates)
            ],
        }
    )


def _describe_version(descriptor: Descriptor, iri: str) -> dict[str, Any]:
    number, previous, withdrawal = descriptor.version, descriptor.previous_version, descriptor.withdrawn
    return omit_empty(
        {
            "@id": f"{iri}{number}/",
            "@type": "dcat:Resource",
            "dct:title": f"{descriptor.title}, version {number}",
            "dct:issued": descriptor.created,
            "dcat:version": number,
            "dcat:isVersionOf": iri,
            "dcat:inSeries": iri,
            "dcat:previousVersion": f"{iri}{previous}/" if previous else None,
            "adms:versionNotes": f"Withdrawn: {withdrawal.reason}" if withdrawal else descriptor.change_summary,
            "adms:status": _describe_status(withdrawn=withdrawal is not None),
            "dct:identifier": descriptor.content_hash,
            "rdfs:seeAlso": f"{iri}{number}/datapackage.json",
        }
    )


def _describe_distribution(table: Resource, file: DescribedFile, descriptor: Descriptor, iri: str) -> dict[str, Any]:
    """A file. Its IRI stays from version to version, so that a portal updates what it has; its address does not."""
    path = quote(file.path)
    address = f"{iri}{descriptor.version}/{path}"
    return {
        "@id": f"{iri}#{path}",
        "@type": "dcat:Distribution",
        "dct:title": file.path,
        "dct:description": table.description,
        "dct:issued": descriptor.created,
        "dct:license": _describe_licence(descriptor),
        "dcat:accessURL": address,
        "dcat:downloadURL": address,
        # CKAN knows a file's format by the label of a node whose first type is dct:IMT, not by the media type's IRI.
        "dct:format": {"@type": ["dct:IMT", "dct:MediaTypeOrExtent"], "rdfs:label": file.format.upper()},
        "dcat:mediaType": _describe_iri(f"{MEDIA_TYPES}{file.mediatype}", "dct:MediaType"),
        "dcat:byteSize": file.bytes,
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": _describe_iri(SHA256, "spdx:ChecksumAlgorithm"),
            "spdx:checksumValue": file.hash.removeprefix("sha256:"),
        },
    }


def list_contributors(descriptor: Descriptor, *roles: str) -> Sequence[DescribedContributor]:
    """The contributors with one of the roles; all contributors if nobody has one. Never empty."""
    named = descriptor.contributors or [to_record(DescribedContributor, {"title": NOBODY_NAMED.title})]
    return [person for person in named if set(roles) & set(person.roles)] or named


def _list_names(descriptor: Descriptor, *roles: str) -> list[str]:
    return [person.title for person in list_contributors(descriptor, *roles)]


def _describe_agent(name: str) -> dict[str, Any]:
    return {"@type": "foaf:Agent", "foaf:name": name}


def _describe_licence(descriptor: Descriptor) -> dict[str, Any] | None:
    """None for a withdrawn version whose descriptor was damaged, so that only the release index described it."""
    if not descriptor.licenses:
        return None
    licence = descriptor.licenses[0]
    return {"@id": licence.path, "@type": "dct:LicenseDocument", "rdfs:label": licence.title}


def _describe_status(*, withdrawn: bool) -> dict[str, Any]:
    code = "WITHDRAWN" if withdrawn else "COMPLETED"
    return {"@id": f"{STATUSES}{code}", "@type": "skos:Concept", "skos:prefLabel": code.capitalize()}


def _describe_iri(iri: str | None, kind: str) -> dict[str, Any] | None:
    return {"@id": iri, "@type": kind} if iri else None
