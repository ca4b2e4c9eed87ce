from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import rdflib
from rdflib import RDF, Namespace, URIRef
from rdflib.compare import isomorphic

from publish.data_catalog import build_catalog
from publish.records import Descriptor, to_record
from tests.conftest import CHECKOUT
from tests.publish.releases import CHINESE, DATASETS, PLAIN, STRANGE, descriptor_of
from transform.schema import TABLES

SITE = "https://data.example.org/"
SERVED = "https://elsewhere.example/plans/catalog.json"
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCT = Namespace("http://purl.org/dc/terms/")
ADMS = Namespace("http://www.w3.org/ns/adms#")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
SPDX = Namespace("http://spdx.org/rdf/terms#")
STATUS = "http://publications.europa.eu/resource/authority/dataset-status/"

# What a portal cannot do without: the properties that each thing of a kind has to have.
NEEDED = {
    DCAT.Catalog: (DCT.title, DCT.description, DCT.publisher, DCAT.dataset),
    DCAT.Dataset: (
        DCT.identifier,
        DCT.title,
        DCT.description,
        DCT.issued,
        DCT.modified,
        DCT.publisher,
        DCT.license,
        DCAT.landingPage,
        DCAT.hasVersion,
        ADMS.status,
    ),
    DCAT.Resource: (DCT.title, DCT.issued, DCAT.version, DCAT.isVersionOf, ADMS.versionNotes, ADMS.status),
    DCAT.Distribution: (
        DCT.title,
        DCT.license,
        DCT["format"],
        DCAT.accessURL,
        DCAT.downloadURL,
        DCAT.mediaType,
        DCAT.byteSize,
        SPDX.checksum,
    ),
    SPDX.Checksum: (SPDX.algorithm, SPDX.checksumValue),
    FOAF.Agent: (FOAF.name,),
    DCT.PeriodOfTime: (DCAT.startDate, DCAT.endDate),
}


def describe(
    first: dict[str, Any], *numbers: str, withdrawn: Mapping[str, str] = MappingProxyType({})
) -> list[Descriptor]:
    """The descriptors of a first version and of later ones; `withdrawn` has the reasons why some were withdrawn."""
    versions = [first]
    for day, number in enumerate(numbers, 1):
        later = {"version": number, "previousVersion": versions[-1]["version"], "created": f"2026-12-0{day}T00:00:00Z"}
        versions.append({**first, **later, "changeSummary": f"tasks: {day} added"})
    reasons = {number: {"reason": reason, "at": "2026-12-09T00:00:00Z"} for number, reason in withdrawn.items()}
    return [to_record(Descriptor, {**fields, "withdrawn": reasons.get(fields["version"])}) for fields in versions]


def make_graph(*entries: Sequence[Descriptor], site: str | None = SITE) -> rdflib.Graph:
    """The catalogue as a harvester reads it."""
    return rdflib.Graph().parse(data=json.dumps(build_catalog(entries, site)), format="json-ld", publicID=SERVED)


def read_value(catalog: rdflib.Graph, subject: Any, predicate: URIRef) -> Any:
    (value,) = catalog.objects(subject, predicate)
    return value


TOWNS = URIRef(f"{SITE}towns/")


def test_everything_has_what_a_portal_needs() -> None:
    catalog = make_graph(
        describe(descriptor_of(PLAIN), "1.1.0", "1.2.0", withdrawn={"1.2.0": "Two areas were mixed up."}),
        *(describe(descriptor_of(dataset)) for dataset in (CHINESE, STRANGE)),
    )
    for kind, properties in NEEDED.items():
        things = list(catalog.subjects(RDF.type, kind))
        assert things, kind
        for thing in things:
            for needed in properties:
                assert list(catalog.objects(thing, needed)), (thing, needed)


def test_a_dataset_has_the_files_of_its_newest_version() -> None:
    first = descriptor_of(PLAIN)
    catalog = make_graph(describe(first, "1.1.0"))
    files = list(catalog.objects(TOWNS, DCAT.distribution))
    assert len(files) == 2 * len(TABLES)
    for resource in first["resources"]:
        for file in (resource, *resource["alternates"]):
            thing = URIRef(f"{TOWNS}#{file['path']}")
            address = URIRef(f"{TOWNS}1.1.0/{file['path']}")
            assert read_value(catalog, thing, DCAT.downloadURL) == read_value(catalog, thing, DCAT.accessURL) == address
            size = read_value(catalog, thing, DCAT.byteSize)
            assert (int(size), size.datatype) == (file["bytes"], rdflib.XSD.nonNegativeInteger)
            checksum = read_value(catalog, thing, SPDX.checksum)
            assert read_value(catalog, checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
            assert f"sha256:{read_value(catalog, checksum, SPDX.checksumValue)}" == file["hash"]
            assert str(read_value(catalog, thing, DCAT.mediaType)) == (
                f"https://www.iana.org/assignments/media-types/{file['mediatype']}"
            )


def test_versions_are_chained_and_only_the_dataset_is_typed_as_one() -> None:
    catalog = make_graph(describe(descriptor_of(PLAIN), "1.1.0", "1.10.0"))
    assert list(catalog.subjects(RDF.type, DCAT.Dataset)) == [TOWNS]
    third, second, first = (URIRef(f"{TOWNS}{number}/") for number in ("1.10.0", "1.1.0", "1.0.0"))
    assert set(catalog.objects(TOWNS, DCAT.hasVersion)) == {first, second, third}
    assert read_value(catalog, TOWNS, DCAT.hasCurrentVersion) == third
    assert read_value(catalog, third, DCAT.previousVersion) == second
    assert read_value(catalog, second, DCAT.previousVersion) == first
    assert not list(catalog.objects(first, DCAT.previousVersion))
    assert {read_value(catalog, version, DCAT.isVersionOf) for version in (first, second, third)} == {TOWNS}
    assert str(read_value(catalog, TOWNS, DCAT.version)) == "1.10.0"
    assert str(read_value(catalog, second, ADMS.versionNotes)) == "tasks: 1 added"


def test_a_withdrawn_version_says_why_and_gives_no_files() -> None:
    catalog = make_graph(describe(descriptor_of(PLAIN), "1.1.0", withdrawn={"1.1.0": "Two areas were mixed up."}))
    withdrawn = URIRef(f"{TOWNS}1.1.0/")
    assert str(read_value(catalog, withdrawn, ADMS.status)) == f"{STATUS}WITHDRAWN"
    assert str(read_value(catalog, withdrawn, ADMS.versionNotes)) == "Withdrawn: Two areas were mixed up."
    assert str(read_value(catalog, TOWNS, ADMS.status)) == f"{STATUS}COMPLETED"
    assert read_value(catalog, TOWNS, DCAT.hasCurrentVersion) == URIRef(f"{TOWNS}1.0.0/")
    addresses = set(map(str, catalog.objects(predicate=DCAT.downloadURL)))
    assert addresses
    assert not [address for address in addresses if "/1.1.0/" in address]


def test_a_dataset_of_which_all_was_withdrawn_stays_listed_without_files() -> None:
    catalog = make_graph(describe(descriptor_of(PLAIN), withdrawn={"1.0.0": "The source asked for it."}))
    assert str(read_value(catalog, TOWNS, ADMS.status)) == f"{STATUS}WITHDRAWN"
    assert not list(catalog.objects(TOWNS, DCAT.distribution))
    assert not list(catalog.objects(TOWNS, DCAT.hasCurrentVersion))


def test_publisher_creator_period_and_frequency_are_described() -> None:
    catalog = make_graph(describe(descriptor_of(PLAIN)))
    assert str(read_value(catalog, read_value(catalog, TOWNS, DCT.publisher), FOAF.name)) == "Towns and Sons"
    assert str(read_value(catalog, read_value(catalog, TOWNS, DCT.creator), FOAF.name)) == "Ferry Office"
    assert str(read_value(catalog, TOWNS, DCT.accrualPeriodicity)).endswith("/frequency/DAILY")
    assert str(read_value(catalog, TOWNS, DCT.language)) == "http://id.loc.gov/vocabulary/iso639-1/en"
    assert str(read_value(catalog, read_value(catalog, TOWNS, DCT.temporal), DCAT.startDate)) == "2021-03-04"
    assert str(read_value(catalog, TOWNS, DCT.license)) == "https://creativecommons.org/licenses/by/4.0/"
    assert {str(word) for word in catalog.objects(TOWNS, DCAT.keyword)} == {"ferries", "schools"}
    assert str(read_value(catalog, URIRef(SITE), DCT.modified)) == "2026-11-23T12:00:00+00:00"


@pytest.mark.parametrize("site", ["https://data.example.org", "https://data.example.org/", None])
def test_addresses_are_absolute_or_resolve_where_the_file_is_served(site: str | None) -> None:
    catalog = make_graph(describe(descriptor_of(PLAIN)), site=site)
    root = SITE if site else "https://elsewhere.example/plans/"
    assert list(catalog.subjects(RDF.type, DCAT.Catalog)) == [URIRef(root)]
    assert list(catalog.subjects(RDF.type, DCAT.Dataset)) == [URIRef(f"{root}towns/")]
    assert all(str(address).startswith(f"{root}towns/1.0.0/") for address in catalog.objects(None, DCAT.downloadURL))
    assert site is None or "./" not in json.dumps(build_catalog([describe(descriptor_of(PLAIN))], site))


def test_no_text_breaks_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        catalog = make_graph(*(describe(descriptor_of(dataset)) for dataset in DATASETS))
        again = rdflib.Graph().parse(data=catalog.serialize(format="nt"), format="nt")
    assert not caplog.records
    assert isomorphic(catalog, again)
    assert {str(read_value(catalog, thing, DCT.title)) for thing in catalog.subjects(RDF.type, DCAT.Dataset)} == {
        dataset.title for dataset in DATASETS
    }


@pytest.mark.parametrize("path", sorted((CHECKOUT / "data" / "published").glob("*/*.*.*/datapackage.json")), ids=str)
def test_versions_published_earlier_are_taken_with_what_they_say(path: Path) -> None:
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    catalog = make_graph(describe(descriptor))
    assert str(read_value(catalog, URIRef(f"{SITE}{descriptor['name']}/"), DCAT.version)) == descriptor["version"]


def test_a_shelf_with_nothing_on_it_is_an_empty_catalogue() -> None:
    catalog = make_graph([])
    assert list(catalog.subjects(RDF.type, DCAT.Catalog)) == [URIRef(SITE)]
    assert not list(catalog.subjects(RDF.type, DCAT.Dataset))
